//! Saves that write the file itself, at once or slowly.
//!
//! The first lines of these tables are tables too, with fewer models: a router that only asked
//! whether the text parses would serve them.

use std::io::{Seek, Write};
use std::process::Stdio;
use std::time::Duration;

use crate::files::{Files, Setting, table};

/// What is written slowly: `demo` changes in the first lines, `other` comes last.
const LINES: &[&str] = &["# the table\n", "models:\n", "  demo: echo://slow\n", "  other: echo://constant\n"];

/// Waits until the last line has been taken; only one generation may have come of all pieces.
async fn taken_whole(files: &Files) {
    files.until_live("slow").await;
    let news = files.news();
    assert_eq!(news.generation, 2, "a half state was live: {news:?}");
}

#[tokio::test]
async fn the_tools_that_write_in_place_are_all_seen() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let saves = [
        ("cat", "sed 's/start/cat/' routes.yaml > new && cat new > routes.yaml"),
        ("cp", "sed 's/cat/cp/' routes.yaml > new && cp new routes.yaml"),
        (
            "vim",
            "vim -es -u NONE -c 'set backupcopy=yes' -c '%s/echo:..cp/echo:\\/\\/vim/' -c wq routes.yaml",
        ),
        ("dd", "sed 's/vim/dd/' routes.yaml > new && dd if=new of=routes.yaml bs=7 status=none"),
        (
            "python",
            "python3 -c \"t=open('routes.yaml').read(); open('routes.yaml','w').write(t.replace('dd','python'))\"",
        ),
        ("tee", "sed 's/python/tee/' routes.yaml > new && tee routes.yaml < new > /dev/null"),
    ];
    for (target, script) in saves {
        files.run(script);
        files.until_live(target).await;
    }
}

#[tokio::test]
async fn a_writer_that_pauses_between_lines_is_waited_for() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let mut file = files.open("routes.yaml");
    for line in LINES {
        file.write_all(line.as_bytes()).unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    drop(file);
    taken_whole(&files).await;
    files.heals().await;
}

#[tokio::test]
async fn a_writer_in_small_pieces_is_waited_for() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let script = "import sys,time\n\
        text=sys.argv[1]\n\
        f=open('routes.yaml','w',buffering=1)\n\
        for i in range(0,len(text),3):\n\
        \x20   f.write(text[i:i+3]); f.flush(); time.sleep(0.004)\n\
        f.close()";
    let mut python = std::process::Command::new("python3");
    let status = python.args(["-c", script, &LINES.concat()]).current_dir(files.path("")).status().unwrap();
    assert!(status.success());
    taken_whole(&files).await;
    files.heals().await;
}

#[tokio::test]
async fn a_file_that_is_empty_for_a_second_moves_nothing() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let mut file = files.open("routes.yaml");
    let report = files.until_refused().await;
    assert!(report.contains("is empty"), "{report}");
    file.write_all(LINES.concat().as_bytes()).unwrap();
    drop(file);
    taken_whole(&files).await;
}

#[tokio::test]
async fn a_writer_that_never_closes_the_file_is_seen() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let mut file = files.open("routes.yaml");
    for target in ["open", "held", "kept"] {
        file.rewind().unwrap();
        file.set_len(0).unwrap();
        file.write_all(table(target).as_bytes()).unwrap();
        files.until_live(target).await;
    }
    assert_eq!(files.news().generation, 4);
    drop(file);
    files.heals().await;
}

#[tokio::test]
async fn a_text_that_only_lacks_its_end_is_waited_for_longer() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let text = table("slow");
    let (begin, end) = text.split_at(text.len() - 12);
    let mut file = files.open("routes.yaml");
    file.write_all(begin.as_bytes()).unwrap();
    // Twice the time after which an open file is taken that looks whole.
    tokio::time::sleep(Duration::from_millis(200)).await;
    file.write_all(end.as_bytes()).unwrap();
    taken_whole(&files).await;
}

#[tokio::test]
async fn a_save_with_the_same_size_and_the_same_time_is_seen() {
    let files = Setting::new().with("routes.yaml", table("blue")).watch().await;
    files.run("touch -r routes.yaml stamp; sed 's/blue/grey/' routes.yaml > new; cat new > routes.yaml; touch -r stamp routes.yaml");
    files.until_live("grey").await;
    files.heals().await;
}

#[tokio::test]
async fn a_write_through_another_name_of_the_file_is_seen() {
    let setting = Setting::new().routes_at("conf/routes.yaml").with("conf/routes.yaml", table("start"));
    let files = setting.watch().await;
    files.run("ln conf/routes.yaml elsewhere.yaml");
    files.write("elsewhere.yaml", table("linked"));
    files.until_live("linked").await;
    files.run("ln -f elsewhere.yaml conf/routes.yaml");
    files.heals_at("conf/routes.yaml").await;
}

#[tokio::test]
async fn a_hard_link_in_the_files_place_is_seen() {
    let files =
        Setting::new().with("routes.yaml", table("start")).with("next.yaml", table("next")).watch().await;
    files.run("ln -f next.yaml routes.yaml");
    files.until_live("next").await;
    files.heals().await;
}

#[tokio::test]
async fn a_write_through_mapped_memory_is_found_by_the_poll() {
    let setting = Setting::new().with("routes.yaml", table("blue")).poll(Duration::from_millis(100));
    let files = setting.watch().await;
    // The file stays open: a close would be an event.
    let script = "import mmap,sys\n\
        f=open('routes.yaml','r+b'); m=mmap.mmap(f.fileno(),0)\n\
        i=m.find(b'blue'); m[i:i+4]=b'grey'; m.flush()\n\
        sys.stdin.read()";
    let mut python = std::process::Command::new("python3");
    python.args(["-c", script]).current_dir(files.path("")).stdin(Stdio::piped());
    let mut python = python.spawn().unwrap();
    files.until_live("grey").await;
    drop(python.stdin.take());
    python.wait().unwrap();
    files.heals().await;
}

#[tokio::test]
async fn a_save_that_changes_no_route_makes_no_generation() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    let judged = files.news().judged;
    files.run("touch routes.yaml; echo '# a comment' >> routes.yaml");
    let news = files.until_judged_after(judged).await;
    assert_eq!(news.generation, 1);
    files.heals().await;
}
