//! A disk that fails stops nobody from serving.

use std::time::SystemTime;

use patchbay::config::{Document, Format, Vars};
use patchbay::history::{MOST_GENERATIONS, Record, Records};
use patchbay::live::Author;
use tokio_util::sync::CancellationToken;

use super::{STATE, asked, switch, table};
use crate::binary::Home;
use crate::files::{self, Setting};
use crate::wait::until;

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told_once_and_the_history_goes_on_in_memory() {
    let home = Home::new().with("routes.yaml", &table("blue")).with("state", "a file is in the way");
    let served = home.serve(&STATE).await;
    for (n, target) in ["green", "red", "blue"].iter().enumerate() {
        switch(&home, &served, target, n as u64 + 2).await;
    }
    let history = asked(&served, "history").await;
    assert_eq!(history["applied"].as_array().unwrap().len(), 4);
    assert!(history["problem"].as_str().unwrap().contains("state/history-"), "{history}");
    let told = home.run(&["history", "--admin", &served.admin]);
    assert_eq!(told.code, 0);
    assert!(told.stderr.contains("warning: the newest generations are not on disk: "), "{}", told.stderr);
    assert!(served.says("demo").await.starts_with("blue:"));
    let (code, talk) = served.stop().await;
    assert_eq!((code, talk.matches("the history could not be written").count()), (0, 1), "{talk}");
}

#[tokio::test]
async fn what_the_disk_did_not_take_is_written_once_it_does() {
    let state = tempfile::tempdir().unwrap();
    let blocked = state.path().join("state");
    std::fs::write(&blocked, "").unwrap();
    let setting = Setting::new().with("routes.yaml", files::table("start")).keeping(&blocked);
    let kept = setting.history().0;
    let files = setting.watch().await;
    files.replace("routes.yaml", files::table("next"));
    files.until_live("next").await;
    std::fs::remove_file(&blocked).unwrap();
    files.heals().await;
    until("all three", || kept.last().is_some_and(|stored| stored.record.generation == 3)).await;
    assert_eq!(kept.generations().await, [3, 2, 1]);
    let audit = kept.folder().unwrap().join("audit.jsonl");
    until("the audit of all three", || {
        std::fs::read_to_string(&audit).is_ok_and(|text| text.lines().count() == 3)
    })
    .await;
}

fn record(generation: u64) -> Record {
    let author = Author { who: "a".to_owned(), how: "file".to_owned(), why: None };
    let (changes, digest) = (Vec::new(), generation.to_string());
    Record { generation, at: SystemTime::now(), author, changes, digest, took_ms: 1.0 }
}

#[tokio::test]
async fn the_newest_hundred_are_kept() {
    let state = tempfile::tempdir().unwrap();
    let owner = state.path().join("routes.yaml");
    let (records, writer) = Records::open(Some(state.path()), &owner, Vars::new());
    let stop = CancellationToken::new();
    let writing = tokio::spawn(writer.run(stop.clone()));
    let last = MOST_GENERATIONS as u64 + 20;
    let on_disk = Records::open(Some(state.path()), &owner, Vars::new()).0;
    for n in 1..=last {
        let name = "routes.yaml".to_owned();
        let document = Document { name, format: Format::Routes, content: table(&n.to_string()).into() };
        records.add(record(n), vec![document]);
        until("it to be kept", || on_disk.last().is_some_and(|stored| stored.record.generation == n)).await;
    }
    stop.cancel();
    writing.await.unwrap();
    let numbers = on_disk.generations().await;
    assert_eq!((numbers.len(), numbers[0], numbers[99]), (MOST_GENERATIONS, last, last - 99));
    let files = std::fs::read_dir(on_disk.folder().unwrap()).unwrap().count();
    assert_eq!(files, MOST_GENERATIONS + 1, "the pages and the audit");
    assert!(on_disk.documents(20).await.is_none());
    let stored = on_disk.documents(21).await.unwrap();
    assert_eq!(stored.documents[0].content, table("21"));
}

#[tokio::test]
async fn a_comment_that_changes_nothing_is_kept_with_the_generation_it_belongs_to() {
    let state = tempfile::tempdir().unwrap();
    let setting = Setting::new().with("routes.yaml", files::table("start")).keeping(state.path());
    let kept = setting.history().0;
    let files = setting.watch().await;
    let commented = files::table("start") + "# why it is so\n";
    files.replace("routes.yaml", &commented);
    until("the comment", || kept.last().is_some_and(|stored| stored.documents[0].content == commented)).await;
    assert_eq!(kept.generations().await, [1]);
}
