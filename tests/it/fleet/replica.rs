//! A router whose table stands in a config center.

use std::net::SocketAddr;

use patchbay::app::{self, Options, Owner, Ports, Running};
use serde_json::{Value, json};

use crate::wait::{until_so, within};

/// A running router, in this process.
pub(super) struct Replica {
    running: Running,
    data: SocketAddr,
    admin: SocketAddr,
    client: reqwest::Client,
    _state: tempfile::TempDir,
}

impl Replica {
    /// Starts a router with these variables in what it takes for its process environment.
    pub(super) async fn start(source: &str, vars: &[(&str, &str)]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let options = Options {
            source: Some(source.to_owned()),
            owner: Owner::Demo,
            unused: Vec::new(),
            listen: Some(([127, 0, 0, 1], 0).into()),
            admin: Some(([127, 0, 0, 1], 0).into()),
            ports: Ports::default(),
            advertise: None,
            state_dir: Some(state.path().to_owned()),
            last_good: false,
            vars: vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        let running = within("the router to start", app::start(options)).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().unwrap();
        let (data, admin) = (running.data, running.admin);
        Self { running, data, admin, client, _state: state }
    }

    /// What the others know it as.
    pub(super) fn address(&self) -> String {
        self.data.to_string()
    }

    /// Ends it without a word to anybody.
    pub(super) fn kill(self) {
        drop(self.running);
    }

    /// Ends it in order.
    pub(super) async fn stop(self) {
        within("the router to stop", self.running.stop()).await;
    }

    /// Asks the model `demo`, and returns the number of the backend that answers.
    pub(super) async fn backend(&self) -> usize {
        let body = json!({"model": "demo", "messages": [{"role": "user", "content": "hi"}]});
        let asking = async {
            let url = format!("http://{}/v1/chat/completions", self.data);
            let answer = self.client.post(url).json(&body).send().await.unwrap();
            answer.json::<Value>().await.unwrap()
        };
        let answer = within("an answer", asking).await;
        let text =
            answer["choices"][0]["message"]["content"].as_str().unwrap_or_else(|| panic!("{answer:#}"));
        let name = text.split(':').next().unwrap();
        name.strip_prefix('b').unwrap().parse().unwrap()
    }

    pub(super) async fn fleet(&self) -> Value {
        self.ask("fleet").await.1
    }

    pub(super) async fn wait(&self, query: &str) -> (u16, Value) {
        self.ask(&format!("wait?{query}")).await
    }

    /// Looks at the fleet until something holds.
    pub(super) async fn until_fleet(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        until_so(what, async || holds(&self.fleet().await)).await;
    }

    /// Gives a command, whatever the generation.
    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("http://{}/admin/v1/{path}", self.admin);
        let asking = async {
            let answer = self.client.post(url).header("if-match", "*").json(&body).send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap())
        };
        within("an answer to a command", asking).await
    }

    pub(super) async fn ask(&self, path: &str) -> (u16, Value) {
        let asking = async {
            let url = format!("http://{}/admin/v1/{path}", self.admin);
            let answer = self.client.get(url).send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap())
        };
        within("an answer of the admin port", asking).await
    }
}
