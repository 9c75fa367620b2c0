//! Recorded requests tell beforehand what another table would do with them.

use serde_json::Value;

use crate::binary::Home;
use crate::wait::until;

const TABLE: &str = "models:\n  demo: echo://blue\n  gone: echo://blue\n  split: {to: {red: 1, green: 1}}\n\
    backends: {red: echo://red, green: echo://green}\n";

const CANDIDATE: &str = "models:\n  demo: echo://blue\n  split: {to: {red: 3, green: 1}}\n\
    backends: {red: echo://red, green: echo://green}\n";

#[tokio::test]
async fn a_candidate_table_is_tried_on_what_was_recorded() {
    let home = Home::new().with("routes.yaml", TABLE).with("candidate.yaml", CANDIDATE);
    let served = home.serve(&["--log", "json"]).await;
    for model in ["demo", "gone", "gone", "split", "split", "split", "split"] {
        served.says(model).await;
    }
    until("seven lines", || served.talk().matches("patchbay::access").count() == 7).await;
    let (_, log) = served.stop().await;
    assert!(!log.contains("hi\""), "the record holds a prompt: {log}");
    home.write("access.log", &log);
    let same = home.run(&["replay", "access.log", "--table", "routes.yaml"]);
    assert_eq!((same.code, same.stderr.as_str()), (0, ""), "{}", same.stdout);
    assert!(same.stdout.ends_with("7 requests: 0 would move, 0 would fail\n"), "{}", same.stdout);
    let other = home.run(&["replay", "access.log", "--table", "candidate.yaml"]);
    assert_eq!(other.code, 1, "{}", other.stderr);
    insta::assert_snapshot!(other.stdout, @r"
    MODEL  REQUESTS  RECORDED        EXPECTED              MOVE  FAIL
    demo   1         demo 1          demo 100 %            0     0
    gone   2         gone 2                                0     2: unknown model
    split  4         green 2, red 2  green 25 %, red 75 %  1     0
    7 requests: 1 would move, 2 would fail
    ");
    let report = home.run(&["replay", "access.log", "--table", "candidate.yaml", "--json"]);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!((&report["schema"], &report["moved"], &report["fail"]), (&1.into(), &1.into(), &2.into()));
}

#[test]
fn a_caller_who_would_be_turned_away_is_counted() {
    let line = |caller: &str| {
        format!(r#"{{"target":"patchbay::access","model":"m","backend":"m","caller":{caller}}}{}"#, "\n")
    };
    let log = line("\"ann\"") + &line("\"bob\"") + &line("null") + "no json\n";
    let table = "models: {m: echo://m}\nkeys: {ann: sk-0123456789abcdef}\n";
    let home = Home::new().with("log", &log).with("t.yaml", table);
    let told = home.run(&["replay", "log", "--table", "t.yaml"]);
    assert_eq!(told.code, 1);
    assert!(told.stdout.contains("2: callers without a key in `keys`"), "{}", told.stdout);
}

#[test]
fn a_log_without_requests_and_a_bad_table_are_refused() {
    let home = Home::new()
        .with("log", "hello\n")
        .with("t.yaml", "models: {m: echo://m}\n")
        .with("bad.yaml", "models: 1\n");
    let empty = home.run(&["replay", "log", "--table", "t.yaml"]);
    assert_eq!(empty.code, 1);
    assert!(empty.stderr.contains("patchbay --log json"), "{}", empty.stderr);
    assert_eq!(home.run(&["replay", "log", "--table", "bad.yaml"]).code, 1);
    assert_eq!(home.run(&["replay", "none", "--table", "t.yaml"]).code, 1);
}
