//! The documents of the newest generation lie on disk, for a start on a broken file.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use patchbay::config::{Format, build};
use patchbay::history::{Records, Stored};

use crate::files::{Setting, table};
use crate::namespace;
use crate::wait;

/// Waits until the kept table's `demo` goes there.
async fn until_kept(kept: &Records, target: &str) -> Stored {
    let holds = || kept.last().is_some_and(|stored| stored.documents[0].content == table(target));
    wait::until(&format!("{target} to be kept"), holds).await;
    kept.last().unwrap()
}

/// What a start would find on disk: a handle of its own has nothing in memory.
fn kept(setting: &Setting) -> Records {
    setting.history().0
}

fn page(kept: &Records, generation: u64) -> PathBuf {
    kept.folder().unwrap().join(format!("{generation:08}.json"))
}

#[tokio::test]
async fn the_table_of_the_start_and_every_good_change_are_kept() {
    let state = tempfile::tempdir().unwrap();
    let setting = Setting::new().with("routes.yaml", table("start")).keeping(state.path());
    let kept = kept(&setting);
    let files = setting.watch().await;
    until_kept(&kept, "start").await;
    files.replace("routes.yaml", table("next"));
    let stored = until_kept(&kept, "next").await;
    assert_eq!(stored.record.digest, files.live().load().table.digest());
    files.replace("routes.yaml", "models: [\n");
    files.until_refused().await;
    assert_eq!(kept.last().unwrap().documents, stored.documents, "a refused text was kept");
    files.heals().await;
    files.stop().await;
    assert_eq!(kept.last().unwrap().documents[0].content, table("healed"), "a stop waits for the last save");
}

#[tokio::test]
async fn what_is_kept_builds_the_same_table_and_is_private() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("made/by/the/router");
    let routes = "backends:\n  b: {url: 'http://127.0.0.1:9/v1', key: '${file:k}'}\n  c: {url: 'echo://${T}', key: '${P:-none}'}\nmodels:\n  demo: [b, c]\n";
    let setting =
        Setting::new().with("k", "key-of-a-file").with(".env", "T=env\n").with("routes.yaml", routes);
    let setting = setting.variable("P", "key-of-the-process").keeping(&folder);
    let (kept, vars) = (kept(&setting), setting.vars());
    let files = setting.watch().await;
    wait::until("the documents to be kept", || kept.last().is_some()).await;

    let stored = kept.last().unwrap();
    let formats: Vec<Format> = stored.documents.iter().map(|document| document.format).collect();
    assert_eq!(formats, [Format::Routes, Format::Dotenv, Format::Secret]);
    assert_eq!(build(&stored.documents, &vars).unwrap().table.digest(), files.live().load().table.digest());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(kept.folder().unwrap()), mode(&page(&kept, 1))), (0o700, 0o600));
    let written = std::fs::read_to_string(page(&kept, 1)).unwrap();
    assert!(!written.contains("key-of-the-process"), "the process environment was kept");
}

#[tokio::test]
async fn two_tables_do_not_share_a_place() {
    let state = tempfile::tempdir().unwrap();
    let first = Setting::new().with("routes.yaml", table("first")).keeping(state.path());
    let second = Setting::new().with("routes.yaml", table("second")).keeping(state.path());
    let (one, two) = (kept(&first), kept(&second));
    let _watched = (first.watch().await, second.watch().await);
    until_kept(&one, "first").await;
    until_kept(&two, "second").await;
}

#[tokio::test]
async fn a_page_of_no_use_is_ignored_and_its_number_not_given_again() {
    let state = tempfile::tempdir().unwrap();
    let good = r#"{"schema":1,"generation":7,"at":1.5,"who":"a","how":"file","changes":[],"digest":"d","took_ms":1.0,"saved_at":2.0,"documents":[{"name":"r","format":"routes","text":"x"}]}"#;
    let pages = ["", "garbage", &good[..60], &good.replace("\"schema\":1", "\"schema\":9"), "{}", "\0\0\0\0"];
    let setting = Setting::new().with("routes.yaml", table("start")).keeping(state.path());
    let kept = kept(&setting);
    std::fs::create_dir_all(kept.folder().unwrap()).unwrap();
    let page = page(&kept, 7);
    std::fs::write(&page, good).unwrap();
    assert!(kept.last().is_some());
    for text in pages {
        std::fs::write(&page, text).unwrap();
        assert!(kept.last().is_none(), "{text:?}");
    }
    // What a killed router has left half written is never looked at.
    std::fs::write(page.with_extension("1.tmp"), &good[..60]).unwrap();
    let files = setting.watch().await;
    let stored = until_kept(&kept, "start").await;
    assert_eq!(stored.record.generation, 8, "a number was given twice");
    files.heals().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_keeps_nobody_from_serving() {
    let state = tempfile::tempdir().unwrap();
    let blocked = state.path().join("a-file");
    std::fs::write(&blocked, "").unwrap();
    let files = Setting::new().with("routes.yaml", table("start")).keeping(&blocked).watch().await;
    files.replace("routes.yaml", table("next"));
    files.until_live("next").await;
    files.heals().await;
}

#[tokio::test]
async fn a_full_disk_keeps_nobody_from_serving() {
    let test = "last_good::a_full_disk_keeps_nobody_from_serving";
    if !namespace::inside() {
        return namespace::run(test, "mount -t tmpfs -o size=16k tmpfs /mnt");
    }
    let state = Path::new("/mnt");
    let setting = Setting::new().with("routes.yaml", table("start")).keeping(state);
    let kept = kept(&setting);
    let files = setting.watch().await;
    until_kept(&kept, "start").await;
    // Whatever is left of the disk goes.
    let filler =
        std::process::Command::new("sh").args(["-c", "cat /dev/zero > /mnt/filler"]).output().unwrap();
    assert!(!filler.status.success(), "the disk was not filled");
    let long = "# a comment that is long\n".repeat(1000);
    files.replace("routes.yaml", table("next") + &long);
    files.until_live("next").await;
    let folder = files.stop().await;
    assert_eq!(
        kept.last().unwrap().documents[0].content,
        table("start"),
        "a half page took the place of a whole one"
    );
    drop(folder);
}
