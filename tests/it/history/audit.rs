//! The audit has one line for every generation and every refused change.

use std::process::Command;

use serde_json::{Value, json};

use super::authors::me;
use super::{STATE, audit, folder, switch, table};
use crate::binary::Home;
use crate::wait::until;

/// What `sha256sum` says.
fn sum(home: &Home) -> Value {
    let output = Command::new("sha256sum").arg("routes.yaml").current_dir(home.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split(' ').next().unwrap().into()
}

#[tokio::test]
async fn who_how_what_and_the_hashes_before_and_after_are_told() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&STATE).await;
    let blue = sum(&home);
    switch(&home, &served, "green", 2).await;
    let green = sum(&home);
    home.write("routes.yaml", "models:\n  demo: nowhere\n");
    until("the refusal", || served.talk().contains("refused; generation 2 keeps serving")).await;
    let bad = sum(&home);
    until("its line", || audit(&home).len() == 3).await;

    let [first, second, refused] = audit(&home).try_into().unwrap();
    assert_eq!(
        (&first["event"], &first["how"], &first["who"]),
        (&json!("applied"), &json!("start"), &json!(me()))
    );
    assert_eq!(first["documents"], json!([{"name": "routes.yaml", "before": null, "after": blue}]));
    assert_eq!(
        (&second["event"], &second["how"], &second["who"]),
        (&json!("applied"), &json!("file"), &json!(me()))
    );
    assert_eq!(second["documents"], json!([{"name": "routes.yaml", "before": blue, "after": green}]));
    assert_eq!(second["table"]["before"], first["table"]["after"]);
    assert_eq!(second["changes"].as_array().unwrap().len(), 1, "{second}");
    assert_eq!(
        (&refused["event"], &refused["generation"], &refused["who"]),
        (&json!("refused"), &json!(2), &json!(me()))
    );
    assert_eq!(refused["reason"], "error[E102]: model `demo` points to unknown backend `nowhere`");
    assert_eq!(refused["documents"], json!([{"name": "routes.yaml", "refused": bad}]));
    for line in [first, second, refused] {
        assert_eq!(line["schema"], 1);
        assert!(line["at"].as_str().unwrap().ends_with('Z'), "{line}");
    }
}

#[tokio::test]
async fn it_may_be_moved_away_at_any_time() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&STATE).await;
    let path = || folder(&home).join("audit.jsonl");
    until("the first line", || home.path().join("state").exists() && audit(&home).len() == 1).await;
    std::fs::rename(path(), path().with_extension("jsonl.1")).unwrap();
    switch(&home, &served, "green", 2).await;
    until("a new file", || audit(&home).len() == 1).await;
    assert_eq!(audit(&home)[0]["generation"], 2);
}

#[tokio::test]
async fn commands_that_were_refused_are_told_with_who_asked() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&STATE).await;
    let admin = served.admin.as_str();
    let refused = home.run(&["switch", "demo", "nowhere", "-m", "a try", "--admin", admin]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let lost = home.run(&["switch", "demo", "green", "--if-gen", "7", "--admin", admin]);
    assert_eq!(lost.code, 4, "{}", lost.stderr);
    let dry = home.run(&["switch", "demo", "nowhere", "--dry-run", "--admin", admin]);
    assert_eq!(dry.code, 1, "{}", dry.stderr);
    until("both lines", || audit(&home).len() == 3).await;
    let [_start, refused, lost] = audit(&home).try_into().unwrap();
    assert_eq!(
        (&refused["event"], &refused["how"], &refused["why"], &refused["who"], &refused["generation"]),
        (&json!("refused"), &json!("switch"), &json!("a try"), &json!(me()), &json!(1))
    );
    assert!(refused["reason"].as_str().unwrap().contains("`nowhere`"), "{refused}");
    assert_eq!((&lost["event"], &lost["who"]), (&json!("refused"), &json!(me())));
    assert!(lost["reason"].as_str().unwrap().contains('7'), "{lost}");
}
