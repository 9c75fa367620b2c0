//! A scripted backend that speaks HTTP/2 on real TLS sockets, and misbehaves as it is told.
//!
//! It takes what the router sends as the `h2` crate hands it on, and answers each request with a
//! list of steps. It ends with its owner.

mod connection;
mod turn;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, Method, Uri, Version};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::authority::{Authority, Issued};
use crate::bench::{Bench, RunningBench};
use crate::fake::Fake;
use crate::wait::until;

pub(crate) use turn::Turn;

/// How it speaks, whatever the request.
#[derive(Default)]
pub(crate) struct Manners {
    /// The most streams of a connection.
    pub(crate) most_streams: Option<u32>,
    /// How much of a request it takes without being asked; it never gives more.
    pub(crate) window: Option<u32>,
    /// What the client may choose from; `h2` and `http/1.1` if nothing is said.
    pub(crate) protocols: Option<&'static [&'static str]>,
    /// Who must have signed the client's certificate.
    pub(crate) clients: Option<Authority>,
    /// Its certificate, if not one of the test's own authority.
    pub(crate) issued: Option<Issued>,
    /// What its certificate is for, if not its address.
    pub(crate) name: Option<&'static str>,
    /// Who answers in HTTP/1.1.
    pub(crate) http1: Option<Fake>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The connection's number, from 1.
    pub(crate) connection: usize,
}

/// What happened so far.
#[derive(Debug, Default)]
struct Book {
    /// Requests whose head came.
    begun: usize,
    received: Vec<Request>,
    resets: Vec<Reason>,
    /// Bytes of floods that the router took.
    flooded: usize,
    accepted: usize,
    open: usize,
}

/// What is told to all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Say goodbye: finish what has begun, and take nothing new.
    Leave,
    /// Close without a word.
    Die,
}

type Choose = Box<dyn Fn(usize) -> Turn + Send + Sync>;

struct Shared {
    book: Mutex<Book>,
    resumed: watch::Sender<usize>,
    orders: broadcast::Sender<Order>,
    choose: Choose,
    manners: Manners,
}

/// A running backend.
pub(crate) struct FakeHttp2 {
    shared: Arc<Shared>,
    address: SocketAddr,
    authority: Authority,
    folder: tempfile::TempDir,
    task: JoinHandle<()>,
}

// === impl FakeHttp2 ===

impl FakeHttp2 {
    /// Answers every request alike.
    pub(crate) async fn always(turn: Turn) -> Self {
        Self::choosing(move |_| turn.clone()).await
    }

    /// Answers each request, counted from 1, by its number.
    pub(crate) async fn choosing(choose: impl Fn(usize) -> Turn + Send + Sync + 'static) -> Self {
        Self::with(Manners::default(), choose).await
    }

    /// The same, with manners of its own.
    pub(crate) async fn with(
        manners: Manners,
        choose: impl Fn(usize) -> Turn + Send + Sync + 'static,
    ) -> Self {
        let authority = Authority::new("the test's own");
        let issued = || authority.issue(manners.name.unwrap_or("127.0.0.1"));
        let issued = manners.issued.clone().unwrap_or_else(issued);
        let protocols = manners.protocols.unwrap_or(&["h2", "http/1.1"]);
        let config: ServerConfig = issued.server(protocols, manners.clients.as_ref());
        let shared = Arc::new(Shared {
            book: Mutex::default(),
            resumed: watch::Sender::new(0),
            orders: broadcast::Sender::new(16),
            choose: Box::new(choose),
            manners,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(connection::accept(listener, config, Arc::clone(&shared)));
        let folder = tempfile::tempdir().unwrap();
        let fake = Self { shared, address, authority, folder, task };
        fake.write("ca.pem", &fake.authority.pem());
        fake
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("https://{}/v1", self.address)
    }

    /// Puts a file beside the authority's certificate, in one step.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let fresh = self.folder.path().join("fresh");
        std::fs::write(&fresh, text).unwrap();
        let path = self.folder.path().join(name);
        std::fs::rename(&fresh, &path).unwrap();
        path
    }

    /// The path of `ca.pem`, which the router can trust, or of another file beside it.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Who has signed its certificate.
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The backend `a` that trusts it, with more settings.
    pub(crate) fn backend(&self, more: &str) -> String {
        format!("a: {{url: {}, tls: {{ca: {}}}{more}}}", self.url(), self.file("ca.pem"))
    }

    /// A router that has nobody else, and tries nothing twice.
    pub(crate) async fn bench(&self) -> RunningBench {
        self.bench_with("").await
    }

    /// The same, with more settings of the backend.
    pub(crate) async fn bench_with(&self, more: &str) -> RunningBench {
        let yaml = format!("backends:\n  {}\nmodels:\n  m: {{to: a, retry: 0}}\n", self.backend(more));
        Bench::new().yaml(&yaml).start().await
    }

    /// Says goodbye on all connections.
    pub(crate) fn leave(&self) {
        let _none_open = self.shared.orders.send(Order::Leave);
    }

    /// Closes all connections without a word.
    pub(crate) fn die(&self) {
        let _none_open = self.shared.orders.send(Order::Die);
    }

    /// Lets everything pass that waits at its next pause.
    pub(crate) fn resume(&self) {
        self.shared.resumed.send_modify(|count| *count += 1);
    }

    /// How many requests came, be it that their bodies are still on the way.
    pub(crate) fn begun(&self) -> usize {
        self.book().begun
    }

    /// All whole requests so far.
    pub(crate) fn received(&self) -> Vec<Request> {
        self.book().received.clone()
    }

    /// Why streams were reset by the router.
    pub(crate) fn resets(&self) -> Vec<Reason> {
        self.book().resets.clone()
    }

    /// How many bytes of floods the router has taken.
    pub(crate) fn flooded(&self) -> usize {
        self.book().flooded
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.book().accepted
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.book().open
    }

    /// Waits until so many requests have come.
    pub(crate) async fn until_requests(&self, count: usize) {
        until(&format!("{count} requests at the backend"), || self.begun() >= count).await;
    }

    /// Waits until the router has reset so many streams.
    pub(crate) async fn until_resets(&self, count: usize) {
        until(&format!("{count} streams reset"), || self.resets().len() >= count).await;
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book()
    }
}

impl Drop for FakeHttp2 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }
}

/// Writes a certificate and its key beside the authority's.
pub(crate) fn write_issued(fake: &FakeHttp2, issued: &Issued) {
    fake.write("client.pem", &issued.cert);
    fake.write("client.key", &issued.key);
}
