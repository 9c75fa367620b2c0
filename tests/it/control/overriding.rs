//! Changes that the owner doesn't hold: they are told, and they end.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use super::{TABLE, generation, status, verb};
use crate::binary::Home;
use crate::wait::{until, within};

/// A home whose table nobody may write.
fn sealed() -> Home {
    let home = Home::new().with("routes.yaml", TABLE);
    std::fs::set_permissions(home.path().join("routes.yaml"), Permissions::from_mode(0o444)).unwrap();
    home
}

#[tokio::test]
async fn a_switch_of_a_read_only_file_is_an_override_until_its_time_is_over() {
    let home = sealed();
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["switch", "demo", "green", "-m", "incident"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("demo: blue -> green   generation 2 live in "), "{}", run.stdout);
    assert!(
        run.stderr.contains("routes.yaml can't be written: it is read-only; this is an override"),
        "{}",
        run.stderr
    );
    assert!(served.says("demo").await.starts_with("green:"));
    assert_eq!(home.read("routes.yaml"), TABLE);
    let told = verb(&home, &served, &["status"]).stdout;
    assert!(told.contains("override: demo -> green, by ") && told.contains("it is read-only"), "{told}");
    let shorter = verb(&home, &served, &["switch", "demo", "green", "--for", "300ms"]);
    assert_eq!(shorter.code, 0, "{}", shorter.stderr);
    served.until_says("demo", "blue:").await;
    until("the end", || served.talk().contains("the time of demo is over")).await;
    assert_eq!(status(&served).await["overrides"], serde_json::json!([]));
}

#[tokio::test]
async fn a_switch_for_a_time_leaves_the_file_alone() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["switch", "demo", "green", "--for", "1s"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), TABLE);
    let state = status(&served).await;
    assert_eq!(
        (&state["overrides"][0]["of"], &state["overrides"][0]["to"]),
        (&"demo".into(), &"green".into())
    );
    assert!(state["overrides"][0]["until"].is_number());
    served.until_says("demo", "blue:").await;
    assert_eq!(home.read("routes.yaml"), TABLE);
    for wrong in ["0s", "31d", "forever"] {
        assert_eq!(verb(&home, &served, &["switch", "demo", "green", "--for", wrong]).code, 1, "{wrong}");
    }
}

#[tokio::test]
async fn an_override_ends_when_the_owner_changes_that_model_and_not_before() {
    let home = sealed();
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    std::fs::remove_file(home.path().join("routes.yaml")).unwrap();
    home.write("routes.yaml", &TABLE.replace("other: blue", "other: green"));
    served.until_says("other", "green:").await;
    assert!(served.says("demo").await.starts_with("green:"));
    assert_eq!(status(&served).await["overrides"].as_array().unwrap().len(), 1);
    home.write("routes.yaml", &TABLE.replace("demo: blue", "demo: echo://third"));
    served.until_says("demo", "third:").await;
    assert_eq!(status(&served).await["overrides"], serde_json::json!([]));
}

#[tokio::test]
async fn a_switch_to_what_the_owner_says_ends_the_override() {
    let home = sealed();
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    let again = verb(&home, &served, &["switch", "demo", "green"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(generation(&served).await, 2);
    let back = verb(&home, &served, &["switch", "demo", "blue"]);
    assert!(
        back.stdout.starts_with("demo: green -> blue   generation 3 live in "),
        "{}{}",
        back.stdout,
        back.stderr
    );
    assert_eq!(status(&served).await["overrides"], serde_json::json!([]));
}

#[tokio::test]
async fn a_file_that_can_be_written_again_takes_the_change_over() {
    let home = sealed();
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    std::fs::set_permissions(home.path().join("routes.yaml"), Permissions::from_mode(0o644)).unwrap();
    let run = verb(&home, &served, &["switch", "demo", "green"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), super::green());
    let ended = async { while status(&served).await["overrides"] != serde_json::json!([]) {} };
    within("the override's end", ended).await;
    assert_eq!(generation(&served).await, 2);
}

#[tokio::test]
async fn the_built_in_demo_can_be_switched() {
    let home = Home::new();
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["switch", "demo", "green"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(served.says("demo").await.starts_with("green:"));
    assert!(run.stderr.contains("it is part of the binary; this is an override"), "{}", run.stderr);
}

#[tokio::test]
async fn a_backend_can_be_drained_without_the_owner() {
    let home = sealed();
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["drain", "green"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let told = verb(&home, &served, &["status"]).stdout;
    assert!(told.contains("override: backend green -> drain"), "{told}");
    assert_eq!(verb(&home, &served, &["ready", "green"]).code, 0);
    assert_eq!(status(&served).await["overrides"], serde_json::json!([]));
}
