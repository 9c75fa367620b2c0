//! The builder that every test of the router begins with: backends and a table in, a running
//! router out.
//!
//! The router is the real one, started in this process on free ports, with real files in a folder
//! of its own.

mod ask;
mod raw;
mod stream;
mod table_text;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use patchbay::app::{self, Options, Owner, Ports, Running, StartError};
use patchbay::front::StopReport;
use patchbay::live::{Live, Snapshot};
use serde_json::json;

use crate::fake::Fake;
use crate::wait::{until, within};

pub(crate) use ask::{Answer, Ask};
pub(crate) use raw::{Raw, chat_request};
pub(crate) use stream::Stream;

/// What a router is started with.
#[derive(Debug, Default)]
pub(crate) struct Bench {
    backends: Vec<(String, Fake)>,
    yaml: Option<String>,
    dotenv: Option<String>,
    files: Vec<(String, String)>,
    vars: BTreeMap<String, String>,
}

/// A running router with its backends.
pub(crate) struct RunningBench {
    backends: HashMap<String, Fake>,
    folder: tempfile::TempDir,
    data: SocketAddr,
    admin: SocketAddr,
    live: Arc<Live>,
    router: Mutex<Option<Running>>,
    client: reqwest::Client,
}

// === impl Bench ===

impl Bench {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a backend; `{NAME}` in the table stands for its URL.
    pub(crate) fn backend(mut self, name: &str, fake: Fake) -> Self {
        self.backends.push((name.to_owned(), fake));
        self
    }

    /// Writes the table in short: `qwen -> old`, one model a line.
    pub(crate) fn routes(mut self, lines: &str) -> Self {
        self.yaml = Some(table_text::of_lines(lines, &self.names()));
        self
    }

    /// Writes the table in full; `{NAME}` is a backend's URL, `{NAME.host}` its `host:port`.
    pub(crate) fn yaml(mut self, text: &str) -> Self {
        self.yaml = Some(text.to_owned());
        self
    }

    /// Writes a `.env`.
    pub(crate) fn env(mut self, text: &str) -> Self {
        self.dotenv = Some(text.to_owned());
        self
    }

    /// Writes a file beside the table.
    pub(crate) fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Puts a variable into what the router takes for its process environment.
    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    fn names(&self) -> Vec<&str> {
        self.backends.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Starts the router.
    pub(crate) async fn start(self) -> RunningBench {
        match self.try_start().await {
            Ok(running) => running,
            Err(StartError::Config(problems)) => {
                panic!("the table is refused:\n{}", problems.render(false))
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Starts the router, if it does.
    pub(crate) async fn try_start(self) -> Result<RunningBench, StartError> {
        let folder = tempfile::tempdir().unwrap();
        let backends: HashMap<String, Fake> = self.backends.into_iter().collect();
        if let Some(text) = &self.yaml {
            std::fs::write(folder.path().join("routes.yaml"), table_text::filled(text, &backends)).unwrap();
        }
        if let Some(text) = &self.dotenv {
            std::fs::write(folder.path().join(".env"), table_text::filled(text, &backends)).unwrap();
        }
        for (name, text) in &self.files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let file = |name: &str, exists: bool| exists.then(|| folder.path().join(name));
        let options = Options {
            source: None,
            owner: Owner::Files {
                routes: file("routes.yaml", self.yaml.is_some()),
                dotenv: file(".env", self.dotenv.is_some()),
            },
            unused: Vec::new(),
            listen: Some(([127, 0, 0, 1], 0).into()),
            admin: Some(([127, 0, 0, 1], 0).into()),
            ports: Ports::default(),
            advertise: None,
            state_dir: Some(folder.path().join("state")),
            last_good: false,
            vars: self.vars,
        };
        let router = within("the router to start", app::start(options)).await?;
        let client = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build().unwrap();
        let (data, admin, live) = (router.data, router.admin, Arc::clone(&router.live));
        Ok(RunningBench { backends, folder, data, admin, live, router: Mutex::new(Some(router)), client })
    }
}

// === impl RunningBench ===

impl RunningBench {
    /// Returns a backend by its name.
    pub(crate) fn backend(&self, name: &str) -> &Fake {
        &self.backends[name]
    }

    /// Begins a chat request that asks for `hi`.
    pub(crate) fn chat(&self, model: &str) -> Ask {
        let body = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
        self.post("/v1/chat/completions", body.to_string())
    }

    /// Begins a request with exactly this body.
    pub(crate) fn post(&self, path: &str, body: impl Into<bytes::Bytes>) -> Ask {
        let ask = Ask::new(self.client.clone(), "POST", &self.url(path)).body(body);
        ask.header("content-type", "application/json")
    }

    /// Begins a request without a body.
    pub(crate) fn get(&self, path: &str) -> Ask {
        Ask::new(self.client.clone(), "GET", &self.url(path))
    }

    /// Asks as a client that does not follow redirects.
    pub(crate) async fn ask_without_redirects(&self, model: &str) -> Answer {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        self.chat(model).with_client(client.build().unwrap()).send().await
    }

    /// Asks the admin port.
    pub(crate) fn admin(&self, path: &str) -> Ask {
        Ask::new(self.client.clone(), "GET", &format!("http://{}{path}", self.admin))
    }

    /// The admin port's URL, for the binary.
    pub(crate) fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Opens a connection to the data port, for exact bytes.
    pub(crate) async fn connect(&self) -> Raw {
        Raw::connect(self.data).await
    }

    /// Asks for a stream on a bare connection, which can be left at any moment.
    pub(crate) async fn begin_stream(&self, model: &str) -> Raw {
        let body = json!({"model": model, "stream": true, "messages": [{"role": "user", "content": "hi"}]});
        let mut raw = self.connect().await;
        raw.send(chat_request(&body.to_string())).await;
        raw
    }

    /// Sends exact bytes on a connection of their own, and reads the answer to its end.
    pub(crate) async fn exchange(&self, request: impl AsRef<[u8]>) -> raw::RawAnswer {
        let mut raw = self.connect().await;
        raw.send(request).await;
        raw.answer().await
    }

    /// The URL of a path on the data port.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.data)
    }

    /// The address of the data port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.data
    }

    /// The folder that holds the table.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What serves now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.live.load()
    }

    /// Saves a table as editors do, by renaming, and waits until it serves.
    pub(crate) async fn switch_to(&self, lines: &str) {
        let mut names: Vec<&str> = self.backends.keys().map(String::as_str).collect();
        names.sort_unstable();
        self.save_and_wait(&table_text::of_lines(lines, &names)).await;
    }

    /// Saves a whole table and waits until it serves.
    pub(crate) async fn save_and_wait(&self, yaml: &str) {
        let next = self.snapshot().generation + 1;
        self.save(yaml);
        self.until_generation(next).await;
    }

    /// Saves a whole table by renaming.
    pub(crate) fn save(&self, yaml: &str) -> PathBuf {
        let path = self.folder().join("routes.yaml");
        let fresh = self.folder().join("routes.yaml.new");
        std::fs::write(&fresh, table_text::filled(yaml, &self.backends)).unwrap();
        std::fs::rename(&fresh, &path).unwrap();
        path
    }

    /// Waits until a generation serves.
    pub(crate) async fn until_generation(&self, generation: u64) {
        until(&format!("generation {generation}"), || self.snapshot().generation >= generation).await;
    }

    /// Stops the router; the backends go on.
    pub(crate) async fn stop(&self) -> StopReport {
        let router = self.router.lock().unwrap().take().unwrap();
        within("the router to stop", router.stop()).await
    }
}
