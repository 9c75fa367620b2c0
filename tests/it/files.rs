//! A folder of real files, and the part of the router that watches it: files in, news out.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use patchbay::config::{Needs, Vars, WatchMode, build};
use patchbay::history::{DiskWriter, Records};
use patchbay::live::{Author, Live, News, Snapshot};
use patchbay::reload::Reloader;
use patchbay::source::{FilePaths, FileSource, Source};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::wait;

/// How to watch, and what lies in the folder at the start.
pub(crate) struct Setting {
    folder: tempfile::TempDir,
    routes: Option<PathBuf>,
    mode: WatchMode,
    poll: Duration,
    state: Option<PathBuf>,
    vars: Vars,
}

/// A watched folder.
pub(crate) struct Files {
    folder: tempfile::TempDir,
    live: Arc<Live>,
    poke: Arc<Notify>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

/// A table with one model on one echo backend.
pub(crate) fn table(target: &str) -> String {
    format!("# the table\nmodels:\n  demo: echo://{target}\n  other: echo://constant\n")
}

// === impl Setting ===

impl Setting {
    /// An empty folder, to be watched by events; the poll is too slow to help a test.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            routes: Some("routes.yaml".into()),
            mode: WatchMode::Auto,
            poll: Duration::from_secs(3600),
            state: None,
            vars: Vars::new(),
        }
    }

    /// Looks that often.
    pub(crate) fn poll(mut self, poll: Duration) -> Self {
        self.poll = poll;
        self
    }

    /// Only polls.
    pub(crate) fn only_polls(mut self) -> Self {
        self.mode = WatchMode::Poll;
        self.poll(Duration::from_millis(100))
    }

    /// The table lies there, below the folder.
    pub(crate) fn routes_at(mut self, path: &str) -> Self {
        self.routes = Some(path.into());
        self
    }

    /// There is no table but the `.env`.
    pub(crate) fn owned_by_env(mut self) -> Self {
        self.routes = None;
        self
    }

    /// Keeps generations in this folder.
    pub(crate) fn keeping(mut self, folder: &Path) -> Self {
        self.state = Some(folder.to_owned());
        self
    }

    /// Opens what was kept.
    pub(crate) fn history(&self) -> (Records, DiskWriter) {
        Records::open(self.state.as_deref(), &self.path("routes.yaml"), self.vars())
    }

    /// Sets a variable of the process environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn vars(&self) -> Vars {
        self.vars.clone()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn linked(self, name: &str, target: &str) -> Self {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
        self
    }

    /// Begins to watch, as the router does at its start.
    pub(crate) async fn watch(self) -> Files {
        let routes = self.routes.as_ref().map(|routes| self.folder.path().join(routes));
        let paths = FilePaths { routes, dotenv: Some(self.path(".env")) };
        let mut source = FileSource::new(paths, self.mode, self.poll, Needs::of);
        let arrival = source.read().await.unwrap();
        let built = build(&arrival.documents, &self.vars).unwrap_or_else(|problems| panic!("{problems}"));
        let mut first = Snapshot::first(built.table, "routes.yaml".to_owned(), SystemTime::now());
        let history = self.history();
        let author = Author { who: arrival.hand.who, how: "start".to_owned(), why: None };
        first.generation = history.0.first_number(first.table.digest());
        history.0.begin(first.generation, &first.table, &arrival.documents, author);
        let live = Arc::new(Live::new(first));
        let reloader =
            Reloader::new(Arc::clone(&live), Source::Files(source), self.vars, built.server, history);
        let (poke, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        let task = tokio::spawn(reloader.run(Arc::clone(&poke), stop.clone()));
        let files = Files { folder: self.folder, live, poke, stop, task: Some(task) };
        // The start judges once itself.
        files.until("the start's own look", |news| news.judged >= 2).await;
        files
    }
}

// === impl Files ===

impl Files {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn news(&self) -> News {
        self.live.news().borrow().clone()
    }

    /// Waits until the news fulfil a wish.
    pub(crate) async fn until(&self, what: &str, wish: impl FnMut(&News) -> bool) -> News {
        let mut news = self.live.news();
        wait::within(what, news.wait_for(wish)).await.unwrap().clone()
    }

    /// Waits until `demo` is answered by this backend.
    pub(crate) async fn until_live(&self, target: &str) {
        let live = Arc::clone(&self.live);
        let what = format!("echo://{target} to be live");
        let news = self.until(&what, move |_| demo_of(&live) == target).await;
        assert!(news.refused.is_none(), "live, but still refused: {news:?}");
    }

    /// Waits until a change is refused, and returns the report; the table must not have moved.
    pub(crate) async fn until_refused(&self) -> String {
        let (generation, target) = (self.news().generation, self.demo());
        let news = self.until("a refusal", |news| news.refused.is_some()).await;
        assert_eq!((news.generation, self.demo()), (generation, target), "a refusal moved the table");
        news.refused.unwrap().report
    }

    /// Ends the test as every test of a fault must: the next good save is live.
    pub(crate) async fn heals(&self) {
        self.heals_at("routes.yaml").await;
    }

    pub(crate) async fn heals_at(&self, name: &str) {
        self.replace(name, table("healed"));
        self.until_live("healed").await;
    }

    /// Heals a table whose `demo` lies in the include `conf.d/b.yaml`.
    pub(crate) async fn heals_include(&self) {
        self.replace("conf.d/b.yaml", "models:\n  demo: echo://healed\n");
        self.until_live("healed").await;
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Returns the backend of `demo`.
    pub(crate) fn demo(&self) -> String {
        demo_of(&self.live)
    }

    /// Reads again, as SIGHUP has it.
    pub(crate) fn poke(&self) {
        self.poke.notify_one();
    }

    /// Waits until the files have been judged once more, for whatever reason.
    pub(crate) async fn until_judged_after(&self, judged: u64) -> News {
        self.until("one more judgement", |news| news.judged > judged).await
    }

    /// Saves by writing another file and renaming it.
    pub(crate) fn replace(&self, name: &str, content: impl AsRef<[u8]>) {
        let unfinished = self.path(".unfinished");
        std::fs::write(&unfinished, content).unwrap();
        std::fs::rename(unfinished, self.path(name)).unwrap();
    }

    /// Saves by truncating and writing the file itself.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Runs a shell script in the folder.
    pub(crate) fn run(&self, script: &str) {
        let status = self.shell(script).status().unwrap();
        assert!(status.success(), "{script}: {status}");
    }

    /// Returns a shell with a script, to be run in the folder.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-ec", script]).current_dir(self.folder.path()).stdin(Stdio::null());
        shell
    }

    /// Opens a file as a writer that truncates it and goes on to hold it.
    pub(crate) fn open(&self, name: &str) -> std::fs::File {
        std::fs::File::create(self.path(name)).unwrap()
    }

    /// Opens the folder, for system calls that want it.
    pub(crate) fn handle(&self) -> OwnedFd {
        std::fs::File::open(self.folder.path()).unwrap().into()
    }

    /// Stops watching, in order.
    pub(crate) async fn stop(mut self) -> tempfile::TempDir {
        self.stop.cancel();
        wait::within("the reloader's end", self.task.take().unwrap()).await.unwrap();
        let spare = tempfile::tempdir().unwrap();
        std::mem::replace(&mut self.folder, spare)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn demo_of(live: &Live) -> String {
    let snapshot = live.load();
    let found = snapshot.table.find(Some("demo"));
    found.map_or_else(
        || "nothing".to_owned(),
        |found| {
            let target = snapshot.table.backend(found.route.tiers[0].targets[0].backend);
            target.address.to_string().trim_start_matches("echo://").to_owned()
        },
    )
}
