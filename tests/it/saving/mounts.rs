//! A single file that is mounted into a container.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::files::{Setting, table};
use crate::namespace;

fn mount(folder: &Path) {
    run(folder, &["mount", "--bind", "host/routes.yaml", "inside/routes.yaml"]);
}

fn run(folder: &Path, command: &[&str]) {
    let status = Command::new(command[0]).args(&command[1..]).current_dir(folder).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

#[tokio::test]
async fn a_mounted_file_that_is_written_in_place_is_seen() {
    if !namespace::inside() {
        return namespace::run("saving::mounts::a_mounted_file_that_is_written_in_place_is_seen", "true");
    }
    let setting = Setting::new().with("host/routes.yaml", table("start")).with("inside/routes.yaml", "");
    let setting = setting.routes_at("inside/routes.yaml");
    mount(&setting.path(""));
    let files = setting.watch().await;
    files.write("host/routes.yaml", table("written"));
    files.until_live("written").await;
}

#[tokio::test]
async fn a_mounted_file_that_is_replaced_outside_is_told() {
    if !namespace::inside() {
        return namespace::run("saving::mounts::a_mounted_file_that_is_replaced_outside_is_told", "true");
    }
    let setting = Setting::new().with("host/routes.yaml", table("start")).with("inside/routes.yaml", "");
    let setting = setting.routes_at("inside/routes.yaml").poll(Duration::from_millis(100));
    mount(&setting.path(""));
    let files = setting.watch().await;
    files.replace("host/routes.yaml", table("invisible"));
    let news = files.until("the notice", |news| !news.warnings.is_empty()).await;
    assert!(
        news.warnings[0]
            .ends_with("inside/routes.yaml was replaced outside the container; mount its directory instead"),
        "{:?}",
        news.warnings
    );
    assert_eq!(files.demo(), "start");
    // Mounting it anew, as a restart of the container does, ends it.
    run(&files.path(""), &["umount", "inside/routes.yaml"]);
    mount(&files.path(""));
    files.until_live("invisible").await;
    assert_eq!(files.news().warnings, Vec::<String>::new());
}
