//! Clients that others have written, as a second opinion on a stub: one that only our own client
//! has spoken to would prove that the two agree, not that either is right.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::wait::within;

/// A running client that prints JSON lines.
pub(crate) struct Foreign {
    _process: Child,
    commands: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Foreign {
    /// Starts a script of `tests/real` with the Python that a variable names; `None`, and a word
    /// on it, if none does.
    #[expect(clippy::print_stdout, reason = "a skip is said aloud")]
    pub(crate) fn start(variable: &str, script: &str, args: &[&str]) -> Option<Self> {
        let Ok(python) = std::env::var(variable) else {
            println!("SKIPPED: {script}: {variable} names no Python that has its packages");
            return None;
        };
        let mut process = Command::new(python)
            .arg(format!("{}/tests/real/{script}", env!("CARGO_MANIFEST_DIR")))
            .args(args)
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let commands = process.stdin.take().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        Some(Self { _process: process, commands, said })
    }

    pub(crate) async fn tell(&mut self, command: &Value) {
        self.commands.write_all(format!("{command}\n").as_bytes()).await.unwrap();
    }

    /// Returns what it says under this name, passing over all else but errors.
    pub(crate) async fn says(&mut self, name: &str) -> Value {
        within(name, async {
            loop {
                let line = self.said.next_line().await.unwrap().expect("the client goes on");
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
