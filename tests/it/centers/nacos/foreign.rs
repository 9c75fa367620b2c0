//! The official SDK and our client, side by side on one stub: a stub that merely agreed with our
//! own client would prove nothing.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::stub::{DATA_ID, Generation, NacosStub, md5};
use super::{A, B, center, revision};
use crate::wait::within;

/// A Python that has `nacos-sdk-python`.
const PYTHON: &str = "PATCHBAY_NACOS_SDK_PYTHON";

struct Sdk {
    _process: Child,
    commands: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Sdk {
    fn start(python: &str, server: &str, user: &str, password: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/nacos_sdk.py");
        let mut process = Command::new(python)
            .args([script, server, user, password, DATA_ID])
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let commands = process.stdin.take().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { _process: process, commands, said }
    }

    async fn tell(&mut self, command: &Value) {
        self.commands.write_all(format!("{command}\n").as_bytes()).await.unwrap();
    }

    /// Returns what it says under this name, passing over all else.
    async fn says(&mut self, name: &str) -> Value {
        within(name, async {
            loop {
                let line = self.said.next_line().await.unwrap().expect("the SDK goes on");
                let said: Value = serde_json::from_str(&line).unwrap_or_default();
                assert!(said.get("error").is_none() || name == "error", "{said}");
                if let Some(value) = said.get(name) {
                    return value.clone();
                }
            }
        })
        .await
    }
}

#[tokio::test]
async fn the_official_sdk_and_our_client_understand_the_same_stub() {
    let Ok(python) = std::env::var(PYTHON) else {
        println!("SKIPPED: the official SDK of Nacos: {PYTHON} names no Python that has it");
        return;
    };
    let stub = NacosStub::pushing(Generation::Third, Some(("reader", "sesame")));
    let ours = center(&stub.url_as("reader", "sesame"));
    let mut theirs = Sdk::start(&python, &stub.server.authority(), "reader", "sesame");
    theirs.says("ready").await;

    theirs.tell(&json!({"do": "publish", "content": A})).await;
    assert_eq!(theirs.says("published").await, true);
    let fetched = ours.fetch().await.unwrap();
    assert_eq!((fetched.content.as_ref(), &fetched.revision), (A.as_bytes(), &revision(A)));

    theirs.tell(&json!({"do": "get"})).await;
    assert_eq!(theirs.says("got").await, A);
    theirs.tell(&json!({"do": "listen"})).await;
    theirs.says("listening").await;
    ours.replace(Some(&fetched.revision), B).await.unwrap();
    while theirs.says("heard").await != B {}

    let command = json!({"do": "publish", "content": A, "cas": md5(B)});
    let change = theirs.tell(&command);
    let since = revision(B);
    let (waited, ()) = within("a hint", async { tokio::join!(ours.wait(&since), change) }).await;
    waited.unwrap();
    assert_eq!(theirs.says("published").await, true);
    assert_eq!(ours.fetch().await.unwrap().content, A);

    theirs.tell(&json!({"do": "publish", "content": "lost", "cas": md5(B)})).await;
    theirs.says("error").await;
    assert_eq!(stub.current().as_deref(), Some(A));
}
