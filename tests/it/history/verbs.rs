//! `history`, `show` and `diff`.

use patchbay::live::Author;

use super::authors::me;
use super::{STATE, asked, switch, table};
use crate::binary::Home;
use crate::files::{self, Setting};
use crate::wait::until;

#[tokio::test]
async fn applied_live_and_refused_are_told_apart() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&STATE).await;
    switch(&home, &served, "green", 2).await;
    home.write("routes.yaml", "models:\n  demo: nowhere\n");
    until("the refusal", || served.talk().contains("refused; generation 2 keeps serving")).await;
    let told = home.run(&["history", "--admin", &served.admin]);
    assert_eq!((told.code, told.stderr.as_str()), (0, ""));
    let lines: Vec<Vec<&str>> = told.stdout.lines().map(|line| line.split("  ").collect()).collect();
    let cells = |line: usize| {
        lines[line].iter().map(|cell| cell.trim()).filter(|c| !c.is_empty()).collect::<Vec<_>>()
    };
    let by = |how: &str| format!("{} ({how})", me());
    assert_eq!(cells(0), ["GENERATION", "STATE", "AGE", "BY", "CHANGES"]);
    let (state, why) = (cells(1)[1], cells(1)[4]);
    assert_eq!((state, why), ("refused", "error[E102]: model `demo` points to unknown backend `nowhere`"));
    assert_eq!((cells(2)[0], cells(2)[1], cells(2)[3]), ("2", "live", by("file").as_str()));
    assert_eq!((cells(3)[0], cells(3)[1], cells(3)[3]), ("1", "applied", by("start").as_str()));
    assert_eq!(lines.len(), 4, "{}", told.stdout);
    let one = home.run(&["history", "-n", "1", "--json", "--admin", &served.admin]);
    let one: serde_json::Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!((&one["schema"], one["applied"].as_array().unwrap().len()), (&1.into(), 1));

    home.write("routes.yaml", &table("green"));
    until("good again", || served.talk().contains("is good again; generation 2 keeps serving")).await;
    assert_eq!(asked(&served, "history").await["refused"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_claimed_table_is_pending_until_it_is_live() {
    let files = Setting::new().with("routes.yaml", files::table("start"));
    let records = files.history().0;
    let files = files.watch().await;
    let author = Author { who: "alice".to_owned(), how: "switch".to_owned(), why: None };
    files.live().claims().leave("a-digest", author.clone());
    let report = records.report(files.live(), 20).await;
    assert_eq!(report.pending.len(), 1);
    assert_eq!((&report.pending[0].author, report.refused.is_some()), (&author, false));
    files.live().claims().take("a-digest");
    assert_eq!(records.report(files.live(), 20).await.pending, []);
}

#[tokio::test]
async fn show_tells_who_what_and_the_text_as_it_was() {
    let home = Home::new().with("routes.yaml", &("# as it was\n".to_owned() + &table("blue")));
    let served = home.serve(&STATE).await;
    switch(&home, &served, "green", 2).await;
    let first = home.run(&["show", "1", "--admin", &served.admin]);
    assert_eq!((first.code, first.stderr.as_str()), (0, ""));
    let mut lines = first.stdout.lines();
    assert!(lines.next().unwrap().starts_with("generation 1, applied, digest "), "{}", first.stdout);
    assert!(lines.next().unwrap().ends_with(&format!(" ago, by {} (start)", me())), "{}", first.stdout);
    assert!(
        first.stdout.ends_with(
            "\n# routes.yaml\n# as it was\nmodels:\n  demo: echo://blue\n  other: echo://constant\n"
        )
    );
    let second = home.run(&["show", "2", "--admin", &served.admin]);
    assert!(second.stdout.starts_with("generation 2, live, digest "), "{}", second.stdout);
    assert!(second.stdout.contains("\n  demo: "), "{}", second.stdout);
    let none = home.run(&["show", "9", "--admin", &served.admin]);
    assert_eq!((none.code, none.stdout.as_str()), (1, ""));
    assert_eq!(none.stderr, "error: generation 9 is not on record; there are 1 to 2\n");
}

#[tokio::test]
async fn diff_ends_with_three_where_something_differs() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&STATE).await;
    switch(&home, &served, "green", 2).await;
    switch(&home, &served, "blue", 3).await;
    let diff = |arguments: &[&str]| home.run(&[&["diff"], arguments, &["--admin", &served.admin]].concat());
    let differs = diff(&["1", "2"]);
    assert_eq!((differs.code, differs.stderr.as_str()), (3, ""));
    assert!(
        differs.stdout.starts_with("demo: ") && differs.stdout.lines().count() == 1,
        "{}",
        differs.stdout
    );
    let same = diff(&["1"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, ""), "the same table came back");
    assert_eq!(same.stderr, "generations 1 and 3 route alike\n");
    assert_eq!(diff(&["7", "1"]).code, 1);
    assert_eq!(home.run(&["diff", "1", "--admin", "http://127.0.0.1:1"]).code, 6);
}

#[tokio::test]
async fn a_file_is_compared_with_what_serves_and_changes_nothing() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&STATE).await;
    let diff = |arguments: &[&str]| home.run(&[&["diff"], arguments, &["--admin", &served.admin]].concat());
    let same = diff(&[]);
    assert_eq!((same.code, same.stdout.as_str()), (0, ""), "{}", same.stderr);
    assert_eq!(same.stderr, "routes.yaml routes as generation 1 does\n");
    home.write("next.yaml", &table("green"));
    let differs = diff(&["next.yaml"]);
    assert_eq!((differs.code, differs.stderr.as_str()), (3, ""));
    assert!(
        differs.stdout.starts_with("demo: ") && differs.stdout.lines().count() == 1,
        "{}",
        differs.stdout
    );
    let json: serde_json::Value = serde_json::from_str(&diff(&["next.yaml", "--json"]).stdout).unwrap();
    assert_eq!(
        (&json["from"], &json["file"], &json["differs"]),
        (&1.into(), &"next.yaml".into(), &true.into())
    );
    home.write("bad.yaml", "models:\n  demo: nowhere\n");
    let refused = diff(&["bad.yaml"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    assert!(refused.stderr.contains("no backend has this name"), "{}", refused.stderr);
    assert_eq!(diff(&["next.yaml", "1"]).code, 2);
    assert_eq!(diff(&["missing.yaml"]).code, 2);
    assert_eq!(asked(&served, "status").await["generation"], 1);
    assert_eq!(asked(&served, "history").await["refused"], serde_json::Value::Null);
    assert_eq!(home.read("routes.yaml"), table("blue"));
}
