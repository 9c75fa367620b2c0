//! Good documents that the operator should hear something about.

use crate::files::{Setting, table};

fn five(server: &str) -> String {
    let more = ["a", "b", "c", "d", "e"].map(|name| format!("  {name}: echo://x\n")).concat();
    format!("models:\n  demo: echo://start\n{more}{server}")
}

#[tokio::test]
async fn a_save_that_removes_most_models_is_told_loudly() {
    let files = Setting::new().with("routes.yaml", five("")).watch().await;
    files.replace("routes.yaml", table("few"));
    files.until_live("few").await;
    let warnings = files.news().warnings;
    assert!(warnings[0].starts_with("5 of 6 models were removed in one save"), "{warnings:?}");
    files.heals().await;
    assert_eq!(files.news().warnings, Vec::<String>::new());
}

#[tokio::test]
async fn a_guarded_table_refuses_to_lose_most_models() {
    let guard = "server: {guard: true}\n";
    let files = Setting::new().with("routes.yaml", five(guard)).watch().await;
    files.replace("routes.yaml", table("few") + guard);
    let report = files.until_refused().await;
    assert!(report.contains("remove 5 of 6 models, and `server.guard` is on"), "{report}");
    files.replace("routes.yaml", five(guard).replace("start", "kept"));
    files.until_live("kept").await;
}

#[tokio::test]
async fn an_edit_of_the_server_block_says_that_a_restart_is_needed() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    files.replace("routes.yaml", table("moved") + "server: {listen: '127.0.0.1:7777', guard: true}\n");
    files.until_live("moved").await;
    assert_eq!(files.news().restart_needed, ["server.listen", "server.guard"]);
    files.heals().await;
    assert_eq!(files.news().restart_needed, Vec::<String>::new());
}
