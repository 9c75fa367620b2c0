//! Saves that put another file in the place of the old one.

use std::time::{Duration, Instant};

use rustix::fs::{RenameFlags, renameat_with};

use crate::files::{Setting, table};

#[tokio::test]
async fn a_rename_over_the_file_is_live_again_and_again() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    for target in ["one", "two", "three", "four"] {
        files.replace("routes.yaml", table(target));
        files.until_live(target).await;
    }
    assert_eq!(files.news().generation, 5);
}

#[tokio::test]
async fn the_tools_that_rename_are_all_seen() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let saves = [
        ("sed", "sed -i 's/start/sed/' routes.yaml"),
        ("mv", "sed 's/sed/mv/' routes.yaml > new && mv new routes.yaml"),
        ("vim", "vim -es -u NONE -c 'set backupcopy=no' -c '%s/echo:..mv/echo:\\/\\/vim/' -c wq routes.yaml"),
        ("again", "sed -i 's/vim/again/' routes.yaml"),
        ("install", "sed 's/again/install/' routes.yaml > new && install -m 644 new routes.yaml"),
    ];
    for (target, script) in saves {
        files.run(script);
        files.until_live(target).await;
    }
}

#[tokio::test]
async fn a_file_that_is_older_than_the_last_one_is_taken() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    files.write("backup.yaml", table("older"));
    files.run("touch -d 2001-01-01 backup.yaml && cp -p backup.yaml copy && mv copy routes.yaml");
    files.until_live("older").await;
}

#[tokio::test]
async fn a_rename_that_exchanges_two_files_is_seen() {
    let files =
        Setting::new().with("routes.yaml", table("start")).with("next.yaml", table("next")).watch().await;
    let folder = files.handle();
    renameat_with(&folder, "next.yaml", &folder, "routes.yaml", RenameFlags::EXCHANGE).unwrap();
    files.until_live("next").await;
    renameat_with(&folder, "next.yaml", &folder, "routes.yaml", RenameFlags::EXCHANGE).unwrap();
    files.until_live("start").await;
}

#[tokio::test]
async fn a_deleted_file_leaves_the_old_table_until_it_is_written_again() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    files.run("rm routes.yaml");
    let report = files.until_refused().await;
    assert!(report.contains("routes.yaml is gone"), "{report}");
    files.write("routes.yaml", table("back"));
    files.until_live("back").await;
    files.heals().await;
}

#[tokio::test]
async fn a_file_that_is_deleted_and_written_at_once_is_no_fault() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    for target in ["one", "two", "three"] {
        files.run("rm routes.yaml");
        files.write("routes.yaml", table(target));
        files.until_live(target).await;
    }
}

#[tokio::test]
async fn a_folder_that_is_moved_away_and_replaced_is_seen() {
    let setting = Setting::new().routes_at("conf/routes.yaml").with("conf/routes.yaml", table("start"));
    let files = setting.with("new/routes.yaml", table("new")).watch().await;
    files.run("mv conf gone");
    files.until_refused().await;
    files.run("mv new conf");
    files.until_live("new").await;
    // The folder that was moved away counts no more.
    files.write("gone/routes.yaml", table("gone"));
    files.heals_at("conf/routes.yaml").await;
}

#[tokio::test]
async fn a_folder_that_is_swapped_at_once_is_seen() {
    let setting = Setting::new().routes_at("conf/routes.yaml").with("conf/routes.yaml", table("start"));
    let files = setting.with("new/routes.yaml", table("new")).watch().await;
    let folder = files.handle();
    renameat_with(&folder, "new", &folder, "conf", RenameFlags::EXCHANGE).unwrap();
    files.until_live("new").await;
    files.heals_at("conf/routes.yaml").await;
}

#[tokio::test]
async fn a_folder_that_is_deleted_and_made_again_is_seen() {
    let setting = Setting::new().routes_at("a/b/routes.yaml").with("a/b/routes.yaml", table("start"));
    let files = setting.watch().await;
    files.run("rm -r a");
    files.until_refused().await;
    files.run("mkdir a");
    files.run("mkdir a/b");
    files.write("a/b/routes.yaml", table("back"));
    files.until_live("back").await;
    files.heals_at("a/b/routes.yaml").await;
}

#[tokio::test]
async fn of_a_hundred_saves_a_second_the_last_one_wins() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let began = Instant::now();
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    for save in 0..100 {
        pace.tick().await;
        files.replace("routes.yaml", table(&format!("save{save}")));
    }
    files.until_live("save99").await;
    let slots = began.elapsed().as_millis() / 50 + 2;
    let news = files.news();
    assert!(u128::from(news.judged) <= slots + 2, "{} builds in {slots} slots of 50 ms", news.judged);
    assert!(news.generation > 2, "nothing was live before the last save");
    files.heals().await;
}
