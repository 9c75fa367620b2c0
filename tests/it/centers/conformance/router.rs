//! A router whose table a center owns.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use patchbay::app::{self, Options, Owner, Ports, Running};
use patchbay::live::News;
use serde_json::json;

use super::CenterStub;
use crate::wait::{until, within};

/// How long a switch may take in a check that isn't about that.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running router.
pub(super) struct Router {
    running: Running,
    client: reqwest::Client,
}

/// What became of the requests that were sent all the while.
#[derive(Debug, Default)]
pub(super) struct Load {
    over: AtomicBool,
    pub(super) answered: AtomicUsize,
    pub(super) failed: AtomicUsize,
}

impl Router {
    /// Starts, keeping the last good table in this folder.
    pub(super) async fn start(stub: &impl CenterStub, state: &tempfile::TempDir) -> Self {
        let options = Options {
            owner: Owner::Files { routes: None, dotenv: None },
            source: Some(stub.url()),
            unused: Vec::new(),
            listen: Some(([127, 0, 0, 1], 0).into()),
            admin: Some(([127, 0, 0, 1], 0).into()),
            ports: Ports::default(),
            advertise: None,
            state_dir: Some(state.path().to_owned()),
            last_good: false,
            vars: patchbay::config::Vars::new(),
        };
        let running = within("the router to start", app::start(options)).await.unwrap();
        Self { running, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    /// The number of the table that serves.
    pub(super) fn generation(&self) -> u64 {
        self.running.live.load().generation
    }

    /// What is told of the table.
    pub(super) fn news(&self) -> News {
        self.running.live.news().borrow().clone()
    }

    /// Why the center doesn't answer, if it doesn't.
    pub(super) fn fault(&self) -> Option<String> {
        self.news().center.and_then(|center| center.error)
    }

    /// Waits until the model is answered by this backend.
    pub(super) async fn until_served_by(&self, name: &str) {
        let began = Instant::now();
        loop {
            let answer = self.ask().await;
            if answer.as_deref() == Ok(name) {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "waited {PATIENCE:?} for {name}; the last answer was {answer:?}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Asks once; this backend must answer.
    pub(super) async fn is_served_by(&self, name: &str) {
        assert_eq!(self.ask().await.as_deref(), Ok(name));
    }

    /// Waits until the present document was refused.
    pub(super) async fn until_refused(&self, what: &str) -> String {
        until(&format!("{what} to be refused"), || self.news().refused.is_some()).await;
        self.news().refused.unwrap().report
    }

    /// Sends one request after the other until it is over.
    pub(super) async fn load(&self, load: &Load) {
        while !load.over.load(Ordering::Relaxed) {
            let counter = if self.ask().await.is_ok() { &load.answered } else { &load.failed };
            counter.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn stop(self) {
        within("the router to stop", self.running.stop()).await;
    }

    /// Asks, and returns who answered.
    async fn ask(&self) -> Result<String, String> {
        let body = json!({"model": "demo", "messages": [{"role": "user", "content": "hi"}]}).to_string();
        let url = format!("http://{}/v1/chat/completions", self.running.data);
        let ask = self.client.post(url).header("content-type", "application/json").body(body);
        let answer = ask.send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        match json["choices"][0]["message"]["content"].as_str() {
            Some(content) if status.is_success() => {
                Ok(content.split(':').next().unwrap_or_default().to_owned())
            }
            _ => Err(format!("{status}: {text}")),
        }
    }
}

impl Load {
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
