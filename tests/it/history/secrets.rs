//! No key is in anything that the history tells, though its files hold them.

use super::{STATE, folder};
use crate::binary::Home;
use crate::wait::until;

/// What must never be told. Neither the names nor the forms give them away.
const PLANTED: [&str; 7] = [
    "of-the-backend-1",
    "plain-from-dotenv",
    "whole-file-of-key",
    "of-a-caller-42",
    "value-of-a-header",
    "within-the-query",
    "commented-out-key",
];

const TABLE: &str = "models: {demo: real, other: echo://other}
backends:
  real: {url: 'http://127.0.0.1:1/v1?code=within-the-query', key: of-the-backend-1, headers: {x-team: value-of-a-header}}
  # key: commented-out-key
  second: {url: 'http://127.0.0.1:2/v1', key: '${PLAIN}'}
  third: {url: 'http://127.0.0.1:3/v1', key: '${file:k}'}
keys: {me: of-a-caller-42}
";

#[tokio::test]
async fn planted_secrets_are_in_no_output() {
    let home = Home::new().with("routes.yaml", TABLE).with(".env", "PLAIN=plain-from-dotenv\n");
    let home = home.with("k", "whole-file-of-key\n");
    let served = home.serve(&STATE).await;
    home.write("routes.yaml", &TABLE.replace("demo: real", "demo: [second, third]"));
    until("the switch", || served.talk().contains("generation 2 live in ")).await;
    home.write("routes.yaml", &TABLE.replace("demo: real", "demo: reel"));
    until("the refusal", || served.talk().contains("no backend has this name")).await;

    let page = || std::fs::read_to_string(folder(&home).join("00000002.json")).unwrap_or_default();
    until("the page", || PLANTED.iter().all(|planted| page().contains(planted))).await;
    let audit = folder(&home).join("audit.jsonl");
    until("the audit", || std::fs::read_to_string(&audit).is_ok_and(|text| text.lines().count() == 3)).await;

    let mut told = vec![("audit".to_owned(), std::fs::read_to_string(&audit).unwrap())];
    let admin = ["--admin", &served.admin];
    for verb in
        [&["history"][..], &["show", "1"], &["show", "2"], &["diff", "1", "2"], &["diff", "1"], &["status"]]
    {
        for json in [&[][..], &["--json"]] {
            let run = home.run(&[verb, json, &admin].concat());
            assert!(run.code == 0 || run.code == 3, "{verb:?}: {}", run.stderr);
            assert!(!run.stdout.is_empty(), "{verb:?} tells nothing");
            told.push((verb.join(" "), run.stdout + &run.stderr));
        }
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for accept in ["application/yaml", "application/json"] {
        let asked = client.get(format!("{}/admin/v1/table", served.admin)).header("accept", accept);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.headers()["etag"], "\"2\"");
        assert_eq!(answer.headers()["content-type"], accept);
        let text = answer.text().await.unwrap();
        assert!(text.contains("second") && text.contains("127.0.0.1:3"), "{text}");
        told.push((accept.to_owned(), text));
    }
    told.push(("log".to_owned(), served.stop().await.1));
    for (what, text) in told {
        for planted in PLANTED {
            assert!(!text.contains(planted), "`{planted}` is in {what}:\n{text}");
        }
    }
}

#[tokio::test]
async fn the_files_are_the_routers_own() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new().with("routes.yaml", TABLE).with(".env", "PLAIN=x\n").with("k", "y\n");
    home.serve(&STATE).await.stop().await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder(&home)), 0o700);
    for entry in std::fs::read_dir(folder(&home)).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
