//! Watching ends with its owner.

use std::time::Duration;

use patchbay::config::{Needs, WatchMode};
use patchbay::source::{FilePaths, FileSource};

use crate::files::table;
use crate::{namespace, wait};

#[tokio::test]
async fn a_source_that_is_dropped_leaves_no_thread_and_no_watcher() {
    if !namespace::inside() {
        let test = "saving::ends::a_source_that_is_dropped_leaves_no_thread_and_no_watcher";
        return namespace::run(test, "true");
    }
    let folder = tempfile::tempdir().unwrap();
    let routes = folder.path().join("routes.yaml");
    std::fs::write(&routes, table("start")).unwrap();
    for _ in 0..20 {
        let paths = FilePaths { routes: Some(routes.clone()), dotenv: None };
        let mut source = FileSource::new(paths, WatchMode::Auto, Duration::from_secs(3600), Needs::of);
        source.read().await.unwrap();
    }
    wait::until("the watchers' end", || watchers() == 0).await;
    wait::until("the threads' end", || threads() == 0).await;
}

fn watchers() -> usize {
    let files = std::fs::read_dir("/proc/self/fd").unwrap();
    let targets = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
    targets.filter(|target| target.to_string_lossy().contains("inotify")).count()
}

fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.trim() == "files" || name.starts_with("notify-rs")).count()
}
