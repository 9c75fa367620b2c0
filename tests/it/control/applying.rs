//! `apply`: the whole table at once.

use std::time::SystemTime;

use super::{TABLE, generation, green, verb};
use crate::binary::Home;
use crate::wait::until;

fn written(home: &Home) -> SystemTime {
    std::fs::metadata(home.path().join("routes.yaml")).unwrap().modified().unwrap()
}

#[tokio::test]
async fn a_table_is_live_when_its_command_ends() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml", "-m", "the nightly switch"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("demo: blue -> green   generation 2 live in "), "{}", run.stdout);
    assert!(served.says("demo").await.starts_with("green:"));
    assert_eq!(home.read("routes.yaml"), green());
    until("the line of the switch", || served.talk().contains("(apply): the nightly switch")).await;
}

#[tokio::test]
async fn the_same_table_again_changes_nothing() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["apply", "new.yaml"]).code, 0);
    let before = written(&home);
    let again = verb(&home, &served, &["apply", "new.yaml", "--if-gen", "2"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "routes.yaml: already so   generation 2\n"));
    assert_eq!((generation(&served).await, written(&home)), (2, before));
}

#[tokio::test]
async fn other_comments_are_written_and_make_no_generation() {
    let home = Home::new().with("routes.yaml", TABLE);
    home.write("new.yaml", &TABLE.replace("everyday", "daily"));
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    let told = "routes.yaml: written, routes as before   generation 1 keeps serving\n";
    assert_eq!((run.code, run.stdout.as_str()), (0, told), "{}", run.stderr);
    assert!(home.read("routes.yaml").contains("daily"));
    assert_eq!(generation(&served).await, 1);
}

#[tokio::test]
async fn a_bad_table_changes_nothing_and_says_why() {
    let home = Home::new().with("routes.yaml", TABLE);
    home.write("new.yaml", &TABLE.replace("demo: blue ", "demo: bleu "));
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.starts_with("error[E102]"), "{}", run.stderr);
    assert!(run.stderr.contains("routes.yaml:3:9") && run.stderr.contains("did you mean"), "{}", run.stderr);
    assert_eq!((home.read("routes.yaml").as_str(), generation(&served).await), (TABLE, 1));
    assert!(super::status(&served).await["pending"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_table_that_empties_most_is_refused_before_it_is_written_where_the_guard_is_on() {
    let table = format!("server: {{guard: true}}\n{TABLE}  third: blue\n").replace("  third: blue\n", "");
    let table = table.replace("  other: blue\n", "  other: blue\n  third: blue\n");
    let home = Home::new().with("routes.yaml", &table);
    home.write("new.yaml", &table.replace("  other: blue\n  third: blue\n", ""));
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains("`server.guard` is on"), "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), table);
}

#[tokio::test]
async fn a_dry_run_tells_and_writes_nothing() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml", "--dry-run"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "demo: blue -> green   not written (--dry-run)\n"),
        "{}",
        run.stderr
    );
    assert_eq!((home.read("routes.yaml").as_str(), generation(&served).await), (TABLE, 1));
}

#[tokio::test]
async fn what_a_new_table_includes_is_read_before_it_is_judged() {
    let home = Home::new().with("routes.yaml", TABLE).with("more.yaml", "models: {third: blue}\n");
    home.write("token", "sk-1\n");
    let with_more = format!("include: [more.yaml]\n{TABLE}").replace(
        "  green: echo://green\n",
        "  green: {url: 'http://127.0.0.1:9/v1', key: '${file:token}'}\n",
    );
    home.write("new.yaml", &with_more);
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("third: new -> blue"), "{}", run.stdout);
    assert!(served.says("third").await.starts_with("blue:"));
}

#[tokio::test]
async fn a_broken_file_is_mended_by_a_whole_table() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let served = home.serve(&[]).await;
    home.write("routes.yaml", "models: {demo: nowhere}\n");
    let run = verb(&home, &served, &["apply", "new.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(served.says("demo").await.starts_with("green:"));
}

#[tokio::test]
async fn nobody_waits_who_does_not_want_to() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["apply", "new.yaml", "--wait", "0"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    served.until_says("demo", "green:").await;
}
