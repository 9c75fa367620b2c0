//! `patchbay push` and `patchbay pull`, as scripts and people meet them.
//!
//! A run of the binary blocks the test's own thread, so the stub needs another one.

use std::time::{Duration, Instant};

use super::etcd::stub::EtcdStub;
use super::stub::Manner;
use crate::binary::{Home, Output};

const BLUE: &str = "# ours\nmodels: {demo: blue}\nbackends: {blue: echo://blue, green: echo://green}\n";
const GREEN: &str = "models: {demo: green}\nbackends: {blue: echo://blue, green: echo://green}\n";

fn push(home: &Home, url: &str, more: &[&str]) -> Output {
    home.run(&[&["push", "routes.yaml", "--source", url], more].concat())
}

fn revision(etcd: &EtcdStub) -> String {
    etcd.state().revision.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_writes_the_file_as_it_is_and_tells_the_revision() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", BLUE));
    let url = etcd.url();

    let first = push(&home, &url, &[]);
    assert_eq!((first.code, first.stderr.as_str()), (0, ""));
    assert_eq!(first.stdout, format!("{url}: revision 2\n"));
    assert_eq!(etcd.current().as_deref(), Some(BLUE));

    home.write("routes.yaml", GREEN);
    assert_eq!(push(&home, &url, &[]).code, 0);
    assert_eq!(etcd.current().as_deref(), Some(GREEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_what_is_there_writes_nothing() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", BLUE));
    etcd.put(BLUE);

    // Whoever repeats a push that was cut off asks with the revision from before it.
    for more in [&[][..], &["--if-rev", "none"], &["--if-rev", "1"]] {
        let again = push(&home, &etcd.url(), more);
        assert_eq!(again.code, 0, "{}", again.stderr);
        assert_eq!(again.stdout, format!("{}: already so, revision 2\n", etcd.url()));
    }
    assert_eq!(revision(&etcd), "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_with_a_revision_loses_to_every_other_writer() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", BLUE));
    let url = etcd.url();

    let absent = push(&home, &url, &["--if-rev", "7"]);
    assert_eq!(absent.code, 4, "{}", absent.stderr);
    assert!(absent.stderr.contains("it is at revision none"), "{}", absent.stderr);
    assert_eq!(etcd.current(), None);

    assert_eq!(push(&home, &url, &["--if-rev", "none"]).code, 0);

    etcd.put(GREEN);
    for stale in ["none", "2"] {
        let lost = push(&home, &url, &["--if-rev", stale]);
        assert_eq!((lost.code, lost.stdout.as_str()), (4, ""));
        let expected = format!(
            "error: {url} has changed: it is at revision 3; nothing was overwritten\n  \
             the file would change  demo: green -> blue\n  \
             = help: patchbay pull shows what it holds now\n"
        );
        assert_eq!(lost.stderr, expected);
        assert_eq!(etcd.current().as_deref(), Some(GREEN));
    }

    assert_eq!(push(&home, &url, &["--if-rev", "3"]).code, 0);
    assert_eq!(etcd.current().as_deref(), Some(BLUE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_somebody_has_gone_on_from_was_written() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", BLUE));
    let url = etcd.url();
    etcd.state().then = Some(GREEN);

    let replaced = push(&home, &url, &[]);

    assert_eq!((replaced.code, replaced.stdout.as_str()), (4, ""));
    let expected = format!(
        "error: {url} was written, and has changed since: it is at revision 3; somebody else wrote that\n  \
         the file would change  demo: green -> blue\n  \
         = help: patchbay pull shows what it holds now\n"
    );
    assert_eq!(replaced.stderr, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_mistake_is_not_pushed_unless_it_must_be() {
    let wrong = "models:\n  demo: nowhere\n";
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", wrong));

    let refused = push(&home, &etcd.url(), &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    assert!(refused.stderr.contains("routes.yaml:2:9"), "{}", refused.stderr);
    let end = "\nnothing was pushed; `--no-check` pushes it all the same\n";
    assert!(refused.stderr.ends_with(end), "{}", refused.stderr);
    assert_eq!((etcd.current(), etcd.server.asked().len()), (None, 0));

    assert_eq!(push(&home, &etcd.url(), &["--no-check"]).code, 0);
    assert_eq!(etcd.current().as_deref(), Some(wrong));

    home.write("routes.yaml", &format!("server: {{source: '{}'}}\n", etcd.url()));
    let refused = push(&home, &etcd.url(), &[]);
    assert_eq!(refused.code, 1, "a file that only names the center was pushed into it");
    assert!(refused.stderr.contains("no models in `routes.yaml`"), "{}", refused.stderr);

    for (file, words) in [("missing.yaml", "missing.yaml"), (".", "not a file")] {
        for more in [&[][..], &["--no-check"]] {
            let refused = home.run(&[&["push", file, "--source", &etcd.url()], more].concat());
            assert_eq!(refused.code, 1, "{}", refused.stderr);
            assert!(refused.stderr.contains(words), "{}", refused.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_gives_the_bytes_and_the_revision_apart() {
    let (etcd, home) = (EtcdStub::start(), Home::new());
    etcd.put(BLUE);

    let pulled = home.run(&["pull", "--source", &etcd.url()]);
    assert_eq!((pulled.code, pulled.stdout.as_str()), (0, BLUE));
    assert_eq!(pulled.stderr, format!("{}: revision 2\n", etcd.url()));

    let pulled = home.run(&["pull", "--source", &etcd.url(), "-o", "here.yaml"]);
    assert_eq!((pulled.code, pulled.stdout.as_str()), (0, ""));
    assert_eq!(home.read("here.yaml"), BLUE);

    etcd.delete();
    let pulled = home.run(&["pull", "--source", &etcd.url(), "-o", "here.yaml"]);
    assert_eq!(pulled.code, 1);
    assert!(pulled.stderr.contains("has no such document\n  = help: publish it"), "{}", pulled.stderr);
    assert_eq!(home.read("here.yaml"), BLUE, "a file is touched only when there is something to put into it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_center_that_is_away_or_broken_ends_both_with_6() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", BLUE));
    for manner in
        [Manner::Cuts, Manner::Status(503, "no leader".to_owned()), Manner::Text("<html>".to_owned())]
    {
        etcd.server.behave(manner.clone());
        let pull = home.run(&["pull", "--source", &etcd.url()]);
        for output in [push(&home, &etcd.url(), &[]), pull] {
            assert_eq!((output.code, output.stdout.as_str()), (6, ""), "{manner:?}: {}", output.stderr);
            assert!(output.stderr.starts_with(&format!("error: {} ", etcd.url())), "{}", output.stderr);
        }
    }
    etcd.server.down().await;
    assert_eq!(push(&home, &etcd.url(), &[]).code, 6);

    etcd.server.up();
    etcd.server.behave(Manner::Mute);
    let began = Instant::now();
    assert_eq!(push(&home, &etcd.url(), &[]).code, 6);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_filled_in_and_never_printed() {
    let (etcd, home) = (EtcdStub::start(), Home::new().with("routes.yaml", BLUE));
    etcd.state().login = Some(("root", "s3cret/:@"));
    let url = etcd.url().replace("://", "://root:${PASSWORD}@");
    let say_nothing = |output: &Output| {
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(!said.contains("s3cret") && !said.contains("wr0ng") && !said.contains("root"), "{said}");
    };

    let unset = push(&home, &url, &[]);
    assert_eq!(unset.code, 2, "{}", unset.stderr);
    assert!(unset.stderr.contains("PASSWORD"), "{}", unset.stderr);

    home.write(".env", "PASSWORD=s3cret/:@\n");
    let pushed = push(&home, &url, &[]);
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    say_nothing(&pushed);
    let variables = [("PATCHBAY_SOURCE", url.as_str())];
    let pulled = home.run_with(&["pull"], &variables);
    assert_eq!((pulled.code, pulled.stdout.as_str()), (0, BLUE));
    say_nothing(&pulled);

    home.write(".env", "PASSWORD=wr0ng\n");
    let refused = push(&home, &url, &[]);
    assert_eq!(refused.code, 6, "{}", refused.stderr);
    assert!(refused.stderr.contains("refused the login"), "{}", refused.stderr);
    say_nothing(&refused);
    etcd.server.down().await;
    say_nothing(&push(&home, &url, &[]));
}

#[test]
fn an_address_that_is_none_ends_with_2_and_says_how_one_looks() {
    let home = Home::new().with("routes.yaml", BLUE);
    let cases = [
        ("127.0.0.1:2379/key", "etcd://"),
        ("mysql://root:s3cret@127.0.0.1/key", "a source begins with"),
        ("etcd://root:s3cret@127.0.0.1", "write etcd://HOST:2379/KEY"),
        ("etcd://root:s3cret@127.0.0.1:port/key", "isn't a server"),
        ("etcd://root:s3cret@127.0.0.1/key?grp=s3cret", "no parameter `grp`"),
        ("", "a source begins with"),
    ];
    for (url, words) in cases {
        let pull = home.run(&["pull", "--source", url]);
        for output in [push(&home, url, &[]), pull] {
            assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{url}: {}", output.stderr);
            assert!(output.stderr.contains(words), "{url}: {}", output.stderr);
            assert!(!output.stderr.contains("s3c"), "{url}: {}", output.stderr);
        }
    }
    let nothing = home.run(&["pull"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.stderr.contains("--source <URL>"), "{}", nothing.stderr);
}
