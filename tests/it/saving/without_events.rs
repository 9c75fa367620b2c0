//! Where no events come: polling, and the word for it.

use std::time::Duration;

use patchbay::config::{Needs, WatchMode};
use patchbay::source::{FilePaths, FileSource, PollingReason, Watching};

use crate::files::{Setting, table};
use crate::namespace;

#[tokio::test]
async fn polling_alone_sees_every_save() {
    let files = Setting::new().only_polls().with("routes.yaml", table("blue")).watch().await;
    files.replace("routes.yaml", table("renamed"));
    files.until_live("renamed").await;
    files.write("routes.yaml", table("written"));
    files.until_live("written").await;
    files.run("touch -r routes.yaml stamp; sed 's/written/renewed/' routes.yaml > new; cat new > routes.yaml; touch -r stamp routes.yaml");
    files.until_live("renewed").await;
    files.run("rm routes.yaml");
    files.until_refused().await;
    files.heals().await;
}

#[tokio::test]
async fn polling_takes_no_half_file() {
    let files = Setting::new().only_polls().with("routes.yaml", table("start")).watch().await;
    let whole = table("slow");
    let mut file = files.open("routes.yaml");
    for piece in whole.as_bytes().chunks(16) {
        std::io::Write::write_all(&mut file, piece).unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    drop(file);
    files.until_live("slow").await;
    assert_eq!(files.news().generation, 2);
}

#[tokio::test]
async fn a_poke_reads_again_at_once() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let judged = files.news().judged;
    files.poke();
    let news = files.until_judged_after(judged).await;
    assert_eq!((news.generation, news.refused.is_none()), (1, true));
    files.heals().await;
}

#[tokio::test]
async fn the_way_of_watching_is_said_and_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("routes.yaml"), table("start")).unwrap();
    let paths = FilePaths { routes: Some(folder.path().join("routes.yaml")), dotenv: None };
    let mut source = FileSource::new(paths, WatchMode::Auto, Duration::from_secs(3600), Needs::of);
    source.read().await.unwrap();
    assert_eq!(source.watching(), Watching::Events);
    source.watch_as(WatchMode::Poll, Duration::from_millis(50));
    source.read().await.unwrap();
    assert_eq!(source.watching(), Watching::Polling(PollingReason::Asked));
    std::fs::write(folder.path().join("routes.yaml"), table("polled")).unwrap();
    let arrival = source.next().await.unwrap();
    assert_eq!(arrival.documents[0].content, table("polled"));
    source.watch_as(WatchMode::Auto, Duration::from_secs(3600));
    source.read().await.unwrap();
    assert_eq!(source.watching(), Watching::Events);
    std::fs::write(folder.path().join("routes.yaml"), table("events")).unwrap();
    assert_eq!(source.next().await.unwrap().documents[0].content, table("events"));
}

#[tokio::test]
async fn without_watches_left_it_polls_and_says_so() {
    let test = "saving::without_events::without_watches_left_it_polls_and_says_so";
    if !namespace::inside() {
        for limit in ["max_inotify_instances", "max_inotify_watches"] {
            namespace::run(test, &format!("echo 0 > /proc/sys/user/{limit}"));
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("routes.yaml"), table("start")).unwrap();
    let paths = FilePaths { routes: Some(folder.path().join("routes.yaml")), dotenv: None };
    let mut source = FileSource::new(paths, WatchMode::Auto, Duration::from_millis(50), Needs::of);
    source.read().await.unwrap();
    assert_eq!(source.watching(), Watching::Polling(PollingReason::NoWatchesLeft));
    std::fs::write(folder.path().join("routes.yaml"), table("polled")).unwrap();
    assert_eq!(source.next().await.unwrap().documents[0].content, table("polled"));
}
