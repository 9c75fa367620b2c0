//! Texts that can be read and make no table.

use futures_util::future::join_all;

use crate::files::{Setting, table};

/// A bad text, and what its report must say.
type Bad = (&'static str, Vec<u8>, &'static str);

/// Saves each text over a table of its own, and then a good one.
async fn each_is_refused_and_heals(cases: Vec<Bad>) {
    let tries = cases.into_iter().map(|(name, text, says)| async move {
        let files = Setting::new().with("routes.yaml", table("start")).watch().await;
        files.replace("routes.yaml", &text);
        let report = files.until_refused().await;
        assert!(report.contains(says), "{name}: {report}");
        files.heals().await;
        // In place, too: an editor may not rename.
        files.write("routes.yaml", &text);
        files.until_refused().await;
        files.write("routes.yaml", table("again"));
        files.until_live("again").await;
        assert_eq!(files.news().generation, 3, "{name}");
    });
    join_all(tries).await;
}

fn models(text: &str) -> Vec<u8> {
    format!("models:\n  demo: echo://x\n{text}").into_bytes()
}

#[tokio::test]
async fn damaged_texts_are_refused_and_heal() {
    let good = table("start");
    let nul = good.replace("constant", "\0\0\0\0").into_bytes();
    each_is_refused_and_heals(vec![
        ("zero length", Vec::new(), "is empty"),
        ("comments only", b"# one\n# two\n".to_vec(), "routes.yaml"),
        ("half a file", good.as_bytes()[..good.len() - 18].to_vec(), "routes.yaml:"),
        ("filled with NUL", vec![0; good.len()], "routes.yaml"),
        ("NUL inside", nul, "routes.yaml"),
        ("broken UTF-8", [good.as_bytes(), b"  \xff\xfe: echo://x\n"].concat(), "routes.yaml"),
        ("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect(), "routes.yaml"),
        (
            "an HTML page",
            b"<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n".to_vec(),
            "routes.yaml",
        ),
    ])
    .await;
}

#[tokio::test]
async fn texts_that_are_no_table_are_refused_and_heal() {
    let conflict = format!("<<<<<<< HEAD\n{}=======\n{}>>>>>>> theirs\n", table("ours"), table("theirs"));
    each_is_refused_and_heals(vec![
        ("syntax error", b"models:\n  demo: [echo://x\n".to_vec(), "routes.yaml:"),
        ("a tab", b"models:\n\tdemo: echo://x\n".to_vec(), "routes.yaml:2"),
        ("conflict markers", conflict.into_bytes(), "routes.yaml:1"),
        ("a list on top", b"- models\n".to_vec(), "routes.yaml:1"),
        ("a text on top", b"models\n".to_vec(), "routes.yaml:1"),
        ("no models", b"models: {}\n".to_vec(), "no models"),
        ("an unknown key", models("modles: {}\n"), "did you mean"),
        ("two documents", models("---\nmodels: {}\n"), "routes.yaml:"),
    ])
    .await;
}

#[tokio::test]
async fn tables_that_contradict_themselves_are_refused_and_heal() {
    each_is_refused_and_heals(vec![
        ("a model twice", models("  demo: echo://y\n"), "routes.yaml:3"),
        ("a dangling backend", models("  a: bleu\nbackends:\n  blue: echo://b\n"), "did you mean `blue`?"),
        (
            "a fallback cycle",
            models("  a: {to: echo://a, fallback: b}\n  b: {to: echo://b, fallback: a}\n"),
            "routes.yaml:",
        ),
        ("an alias that is taken", models("  a: {to: echo://a, alias: [demo]}\n"), "routes.yaml:3"),
        ("a bad scheme", models("  a: ftp://host/v1\n"), "routes.yaml:3"),
        ("a bad URL", models("  a: http://\n"), "routes.yaml:3"),
        ("an empty pool", models("  a: []\n"), "routes.yaml:3"),
        (
            "all weights 0",
            models("  a: {b: 0, c: 0}\nbackends: {b: echo://b, c: echo://c}\n"),
            "routes.yaml:3",
        ),
    ])
    .await;
}

#[tokio::test]
async fn hostile_texts_are_refused_and_heal() {
    let level = |n: usize| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","));
    let levels: Vec<String> = (1..10).map(level).collect();
    let bomb = "a0: &a0 lol\n".to_owned() + &levels.concat();
    each_is_refused_and_heals(vec![
        ("an alias bomb", bomb.into_bytes(), "routes.yaml"),
        ("100,000 brackets", [b"models: ".to_vec(), vec![b'['; 100_000]].concat(), "routes.yaml"),
        (
            "a key with a line break",
            models("backends: {b: {url: echo://b, key: \"a\\r\\nHost: x\"}}\n"),
            "routes.yaml:3",
        ),
        ("a loop to the router", models("  a: http://127.0.0.1:9999/v1\n"), "routes.yaml:3"),
        ("one long line", vec![b'a'; 1 << 20], "routes.yaml"),
    ])
    .await;
}

#[tokio::test]
async fn line_ends_and_marks_of_windows_are_taken() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    files.write("routes.yaml", table("crlf").replace('\n', "\r\n"));
    files.until_live("crlf").await;
    files.write("routes.yaml", format!("\u{feff}{}", table("bom")));
    files.until_live("bom").await;
    files.heals().await;
}

#[tokio::test]
async fn a_refusal_lasts_until_the_good_save_and_counts() {
    let files = Setting::new().with("routes.yaml", table("start")).watch().await;
    for count in 1..=3 {
        files.write("routes.yaml", format!("models: {count}\n"));
        files.until("one more refusal", |news| news.refused.as_ref().is_some_and(|r| r.count == count)).await;
    }
    // The very text that serves is good news as well.
    files.write("routes.yaml", table("start"));
    let news = files.until("the end of the refusal", |news| news.refused.is_none()).await;
    assert_eq!(news.generation, 1);
    files.heals().await;
}
