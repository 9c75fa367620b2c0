//! The same checks against real servers, which `tests/real/centers.sh` starts and stops.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt};
use tokio::process::Command;

use super::super::roster;
use super::{CenterStub, checks};

/// Names the centers that there are, with blanks between them.
const CENTERS: &str = "PATCHBAY_TEST_CENTERS";

/// Names the program that handles them: `PROGRAM control CENTER ACTION [FILE]`.
const CONTROL: &str = "PATCHBAY_TEST_CENTERS_CONTROL";

/// A part of the names of the checks that are to be run, if not all are.
const ONLY: &str = "PATCHBAY_TEST_CENTERS_ONLY";

/// How many centers are checked at once.
const AT_ONCE: usize = 2;

/// A real server.
struct RealCenter {
    name: String,
    control: String,
    url: String,
    /// What a check must know of it, in words of `tests/real/centers/common.sh`.
    traits: String,
    /// Whether a check asked for something that this center doesn't have.
    lacks: Cell<bool>,
    /// What a check found.
    notes: RefCell<String>,
}

impl RealCenter {
    async fn new(name: &str, control: &str) -> Self {
        let center = Self {
            name: name.to_owned(),
            control: control.to_owned(),
            url: String::new(),
            traits: String::new(),
            lacks: Cell::new(false),
            notes: RefCell::default(),
        };
        let url = center.control("url", None).await.unwrap();
        let traits = center.control("traits", None).await.unwrap();
        Self { url: url.trim().to_owned(), traits, ..center }
    }

    fn is(&self, word: &str) -> bool {
        self.traits.split_whitespace().any(|known| known == word)
    }

    /// What is asked of the stubs that keep a list of replicas, in `roster`.
    async fn shows_replicas(&self) {
        if self.has(!self.is("lists-nobody")) {
            roster::cards_are_shown_replaced_and_taken_away(&self.url).await;
        }
    }

    async fn drops_the_dead(&self) {
        if self.has(!self.is("lists-nobody")) {
            roster::a_card_that_is_not_renewed_goes_away(&self.url).await;
        }
    }

    fn has(&self, it: bool) -> bool {
        self.lacks.set(self.lacks.get() || !it);
        it
    }

    async fn control(&self, action: &str, file: Option<&std::path::Path>) -> Option<String> {
        let mut command = Command::new("bash");
        command.args([&self.control, "control", &self.name, action]).args(file);
        let done = command.kill_on_drop(true).output().await.unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        match done.status.code() {
            Some(0) => Some(String::from_utf8(done.stdout).unwrap()),
            Some(3) => None,
            _ => panic!("{} could not {action}: {said}", self.name),
        }
    }
}

impl CenterStub for RealCenter {
    fn url(&self) -> String {
        self.url.clone()
    }

    async fn put(&self, text: &str) {
        self.put_all(&[text.to_owned()]).await;
    }

    async fn put_all(&self, texts: &[String]) {
        let folder = tempfile::tempdir().unwrap();
        for (number, text) in texts.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{number:04}")), text).unwrap();
        }
        self.control("put", Some(folder.path())).await.unwrap();
    }

    async fn delete(&self) {
        self.control("delete", None).await.unwrap();
    }

    async fn down(&self) {
        self.control("down", None).await.unwrap();
    }

    async fn up(&self) {
        self.control("up", None).await.unwrap();
    }

    async fn current(&self) -> Option<String> {
        self.control("get", None).await
    }

    async fn expire_logins(&self) -> bool {
        let expired = self.control("expire", None).await.is_some();
        self.has(expired)
    }

    async fn step_back(&self, _text: &str) -> bool {
        let stepped = self.control("step_back", None).await.is_some();
        self.has(stepped)
    }

    async fn lag(&self) -> bool {
        self.has(false)
    }

    fn takes_anything(&self) -> bool {
        self.has(self.is("takes-anything"))
    }

    fn replaces_atomically(&self) -> bool {
        self.has(!self.is("not-atomic"))
    }

    fn takes_blank(&self) -> bool {
        !self.is("refuses-blank")
    }

    fn note(&self, figure: &str) {
        let mut notes = self.notes.borrow_mut();
        notes.push_str("; ");
        notes.push_str(figure);
    }

    fn is_written_while_down(&self) -> bool {
        !self.is("stays-put")
    }

    fn absence(&self) -> Duration {
        Duration::from_secs(10)
    }
}

/// Runs one check, and says what came of it in a line that the script counts.
#[expect(clippy::print_stdout, reason = "the script counts these lines")]
async fn run(center: &RealCenter, check: &str, checking: impl Future<Output = ()>) -> bool {
    if std::env::var(ONLY).is_ok_and(|only| !check.contains(&only)) {
        return true;
    }
    let began = Instant::now();
    center.lacks.set(false);
    let passed = AssertUnwindSafe(checking).catch_unwind().await.is_ok();
    let word = match (passed, center.lacks.get()) {
        (true, false) => "passed",
        (true, true) => "not asked",
        (false, _) => "FAILED",
    };
    let (took, notes) = (began.elapsed().as_secs_f64(), center.notes.take());
    println!("{word}: {}: {check}, {took:.1} s{notes}", center.name);
    passed
}

macro_rules! run_all {
    ([$($check:ident)*] $center:ident) => {
        [$((stringify!($check), run(&$center, stringify!($check), checks::$check(&$center)).await)),*]
    };
}

/// Runs all checks on one center, and returns those that failed.
async fn run_all(name: &str, control: &str) -> Vec<String> {
    let center = RealCenter::new(name, control).await;
    let results = super::with_checks! { run_all!(center) };
    let of_replicas = [
        ("replicas_are_listed", run(&center, "replicas_are_listed", center.shows_replicas()).await),
        ("a_dead_replica_is_not", run(&center, "a_dead_replica_is_not", center.drops_the_dead()).await),
    ];
    // Whatever a failed check left behind.
    center.up().await;
    results
        .iter()
        .chain(&of_replicas)
        .filter(|(_, passed)| !passed)
        .map(|(check, _)| format!("{name}: {check}"))
        .collect()
}

#[tokio::test]
async fn real_centers_do_as_their_stubs_do() {
    let Ok(centers) = std::env::var(CENTERS) else {
        println!("SKIPPED: no real centers; tests/real/centers.sh starts them");
        return;
    };
    let control = std::env::var(CONTROL).unwrap();
    // Most of the time is spent waiting, for what is away or starts.
    let failed: Vec<_> = stream::iter(centers.split_whitespace())
        .map(|name| run_all(name, &control))
        .buffer_unordered(AT_ONCE)
        .concat()
        .await;
    assert!(failed.is_empty(), "{failed:#?}");
}
