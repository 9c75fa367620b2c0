//! Every generation has an author.

use std::process::Command;

use patchbay::config::{Document, Format, Vars, build};
use patchbay::live::Author;

use crate::binary::Home;
use crate::files::{Setting, table};
use crate::wait::until;

/// Who runs the tests, and owns the files that they write.
pub(super) fn me() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn digest(text: &str) -> String {
    let name = "routes.yaml".to_owned();
    let document = Document { name, format: Format::Routes, content: text.to_owned().into() };
    build(&[document], &Vars::new()).unwrap().table.digest().to_owned()
}

fn alice() -> Author {
    Author { who: "alice".to_owned(), how: "switch".to_owned(), why: Some("cheaper".to_owned()) }
}

#[tokio::test]
async fn a_table_that_was_claimed_bears_that_name_and_others_the_files_owner() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let author_of = async |target: &str| {
        files.replace("routes.yaml", table(target));
        files.until_live(target).await;
        files.news().applied.unwrap().author
    };
    let claims = files.live().claims();
    claims.leave(&digest(&table("green")), alice());
    let of_file = Author { who: me(), how: "file".to_owned(), why: None };
    assert_eq!(author_of("red").await, of_file, "a claim on one table was taken for another");
    assert_eq!(claims.pending().len(), 1);
    assert_eq!(author_of("green").await, alice());
    assert_eq!(claims.pending(), []);
    assert_eq!(author_of("red").await, of_file);
    assert_eq!(author_of("green").await, of_file, "a claim counted twice");
}

#[tokio::test]
async fn a_refusal_names_the_files_owner() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    files.replace("routes.yaml", "models: [\n");
    files.until_refused().await;
    assert_eq!(files.news().refused.unwrap().author.unwrap().who, me());
    files.heals().await;
}

#[tokio::test]
async fn the_changed_files_owner_counts_and_not_that_of_its_neighbours() {
    let routes = "models:\n  demo: echo://${WHO}\n";
    let setting = Setting::new().with("routes.yaml", routes).with(".env", "WHO=start\n");
    // Another owner than ours can be given to a file by root alone.
    let theirs = std::os::unix::fs::chown(setting.path("routes.yaml"), Some(1), None).is_ok();
    let files = setting.watch().await;
    files.replace(".env", "WHO=green\n");
    files.until_live("green").await;
    assert_eq!(files.news().applied.unwrap().author.who, me());
    if theirs {
        files.write("routes.yaml", routes.replace("${WHO}", "red"));
        files.until_live("red").await;
        let output = Command::new("id").args(["-un", "1"]).output().unwrap();
        let name = String::from_utf8(output.stdout).unwrap();
        assert_eq!(files.news().applied.unwrap().author.who, name.trim());
    }
}

#[tokio::test]
async fn status_names_the_author_of_what_serves() {
    let home = Home::new().with("routes.yaml", "models:\n  demo: echo://blue\n");
    let served = home.serve(&[]).await;
    home.write("routes.yaml", "models:\n  demo: echo://green\n");
    until("the switch", || served.talk().contains("generation 2 live in ")).await;
    assert!(!served.talk().contains("   by "), "only a command is named in the log: {}", served.talk());
    let told = home.run(&["status", "--admin", &served.admin]);
    assert!(told.stdout.contains(&format!("\nchanged by {} (file)\n", me())), "{}", told.stdout);
    let (_, status) = served.get(&format!("{}/admin/v1/status", served.admin)).await;
    assert_eq!(status["last_applied"]["by"], serde_json::json!({"who": me(), "how": "file"}));
}
