//! A router in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::wait::{until, within};

/// A router that serves; it is killed when it is dropped.
pub(crate) struct Served {
    process: Child,
    talk: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    client: reqwest::Client,
    pub(crate) api: String,
    pub(crate) admin: String,
}

impl Served {
    pub(super) async fn start(command: Command) -> Self {
        Self::start_with(command, Stdio::null(), Stdio::null()).await
    }

    pub(super) async fn start_with(mut command: Command, stdin: Stdio, stdout: Stdio) -> Self {
        let mut process = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        let talk = Arc::new(Mutex::new(String::new()));
        let (heard, pipe) = (Arc::clone(&talk), process.stderr.take().unwrap());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let (api, admin) = (String::new(), String::new());
        let mut served = Self { process, talk, reader: Some(reader), client, api, admin };
        let is_up = |talk: &str| talk.contains("\n  switch ") || talk.contains(r#""message":"serving""#);
        until("the start-up lines", || is_up(&served.talk())).await;
        served.api = served.address_after(&["  API    ", r#""data":""#]);
        served.admin = served.address_after(&["  status ", r#""admin":""#]);
        served
    }

    /// Everything that it has said so far.
    pub(crate) fn talk(&self) -> String {
        self.talk.lock().unwrap().clone()
    }

    /// Reads an address behind one of two marks: that of the text, or that of the JSON log.
    fn address_after(&self, marks: &[&str]) -> String {
        let talk = self.talk();
        let rest = marks.iter().find_map(|mark| talk.split(mark).nth(1)).unwrap();
        let (scheme, rest) = rest.split_once("://").filter(|(s, _)| s.len() < 6).unwrap_or(("http", rest));
        format!("{scheme}://{}", rest.split(['/', '"', '\n']).next().unwrap())
    }

    /// Asks for a model, and returns the status and the body.
    pub(crate) async fn chat(&self, model: &str) -> (u16, Value) {
        self.ask(&json!({"model": model, "messages": [{"role": "user", "content": "hi"}]})).await
    }

    /// Asks with a body, and returns the status and the body of the answer.
    pub(crate) async fn ask(&self, body: &Value) -> (u16, Value) {
        let url = format!("{}/v1/chat/completions", self.api);
        let answer = within("an answer", self.client.post(url).json(body).send()).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Asks for a model, and returns what it says.
    pub(crate) async fn says(&self, model: &str) -> String {
        let (status, body) = self.chat(model).await;
        assert_eq!(status, 200, "{body}");
        body["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }

    /// Asks until the answer begins so.
    pub(crate) async fn until_says(&self, model: &str, beginning: &str) {
        within(beginning, async { while !self.says(model).await.starts_with(beginning) {} }).await;
    }

    pub(crate) async fn get(&self, url: &str) -> (u16, Value) {
        let answer = within("an answer", self.client.get(url).send()).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Asks it to stop; returns its exit code and everything that it said.
    pub(crate) async fn stop(mut self) -> (i32, String) {
        self.signal("TERM");
        let mut code = None;
        within("the end", async {
            while code.is_none() {
                code = self.process.try_wait().unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
        self.reader.take().unwrap().join().unwrap();
        (code.unwrap().code().unwrap(), self.talk())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, which is what most tests wait for.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
