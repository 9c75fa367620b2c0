//! A scripted backend on a real socket, which can misbehave to the byte.
//!
//! It speaks HTTP/1.1 by hand: every request is kept as it came, and every answer is a list of
//! steps. It ends with its owner.

mod connection;
mod received;
mod reply;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::wait::until;

pub(crate) use received::Received;
pub(crate) use reply::{Reply, chunk, event};

/// How connections are treated, whatever the replies.
#[derive(Debug, Clone, Copy, Default)]
struct Manners {
    /// Closes after so many answers on a connection, unannounced.
    close_after: Option<usize>,
    /// Reads the n-th request of a connection, then closes without a byte.
    die_on: Option<usize>,
    /// Closes a connection that was idle for so long.
    idle: Option<Duration>,
}

/// Finds the answer to a request.
#[derive(Clone)]
struct Chooser(Arc<dyn Fn(&Received) -> Reply + Send + Sync>);

/// What happened so far.
#[derive(Debug, Default)]
struct Book {
    received: Vec<Received>,
    accepted: usize,
    open: usize,
    /// Requests that are being answered, and the most that ever were at once.
    busy: usize,
    busiest: usize,
    /// Bytes of answers that the other side has taken.
    sent: usize,
    /// Connections that the other side closed, by number.
    closed_by_peer: Vec<usize>,
    queue: VecDeque<Reply>,
    always: Option<Reply>,
    chooser: Option<Chooser>,
    manners: Manners,
}

#[derive(Debug)]
struct Shared {
    book: Mutex<Book>,
    resumed: watch::Sender<usize>,
    turns: Semaphore,
}

/// A request that is being answered.
struct Busy<'s>(&'s Shared);

/// A running backend.
#[derive(Debug)]
pub(crate) struct Fake {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

// === impl Fake ===

impl Fake {
    /// Answers every request alike.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::on(std::net::TcpListener::bind("127.0.0.1:0").unwrap(), reply)
    }

    /// The same, on a socket that listens already.
    pub(crate) fn on(listener: std::net::TcpListener, reply: Reply) -> Self {
        let book = Book { always: Some(reply), ..Book::default() };
        let shared = Arc::new(Shared {
            book: Mutex::new(book),
            resumed: watch::Sender::new(0),
            turns: Semaphore::new(0),
        });
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let task = tokio::spawn(connection::accept(listener, Arc::clone(&shared)));
        Self { shared, address, task }
    }

    /// Answers with these one after the other, then again and again with the last.
    pub(crate) fn in_turn(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let last = replies.pop_back().unwrap();
        let fake = Self::always(last);
        fake.book().queue = replies;
        fake
    }

    /// Answers each request by what it asks for.
    pub(crate) fn choosing(choose: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let fake = Self::always(Reply::close());
        fake.book().chooser = Some(Chooser(Arc::new(choose)));
        fake
    }

    /// Answers every chat request with this text.
    pub(crate) fn answers(text: &str) -> Self {
        Self::always(Reply::text(text))
    }

    /// Answers every chat request with these deltas as events.
    pub(crate) fn streams<'a>(deltas: impl IntoIterator<Item = &'a str>) -> Self {
        Self::always(Reply::stream(deltas))
    }

    /// Stops before the event with this number (from 0), until [`resume`](Self::resume).
    pub(crate) fn pausing_after(self, events: usize) -> Self {
        {
            let mut book = self.book();
            let reply = book.always.take();
            book.always = reply.map(|reply| reply.pausing_after(events));
        }
        self
    }

    /// Closes each connection after so many answers, without a word in the headers.
    pub(crate) fn closing_after(self, answers: usize) -> Self {
        self.book().manners.close_after = Some(answers);
        self
    }

    /// Reads the n-th request on each connection (from 1) and closes without a byte.
    pub(crate) fn dying_on_request(self, nth: usize) -> Self {
        self.book().manners.die_on = Some(nth);
        self
    }

    /// Closes connections that were idle for so long.
    pub(crate) fn closing_when_idle(self, after: Duration) -> Self {
        self.book().manners.idle = Some(after);
        self
    }

    /// Answers the next request with this, before all others.
    pub(crate) fn next(&self, reply: Reply) {
        self.book().queue.push_back(reply);
    }

    /// Lets everything pass that waits at its next pause.
    pub(crate) fn resume(&self) {
        self.shared.resumed.send_modify(|count| *count += 1);
    }

    /// Lets so many go of the answers that are held, now or later.
    pub(crate) fn let_go(&self, count: usize) {
        self.shared.turns.add_permits(count);
    }

    /// How many requests are being answered.
    pub(crate) fn busy(&self) -> usize {
        self.book().busy
    }

    /// How many were ever answered at once.
    pub(crate) fn busiest(&self) -> usize {
        self.book().busiest
    }

    /// The address as `host:port`.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The base URL: `http://host:port/v1`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> usize {
        self.book().received.len()
    }

    /// How many connections were accepted.
    pub(crate) fn connections(&self) -> usize {
        self.book().accepted
    }

    /// How many bytes of answers the other side has taken.
    pub(crate) fn sent(&self) -> usize {
        self.book().sent
    }

    /// How many connections the other side closed.
    pub(crate) fn closed_by_peer(&self) -> usize {
        self.book().closed_by_peer.len()
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.book().open
    }

    /// All requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.book().received.clone()
    }

    /// The newest request.
    pub(crate) fn last(&self) -> Received {
        self.book().received.last().cloned().unwrap()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn until_requests(&self, count: usize) {
        until(&format!("{count} requests at the backend"), || self.count() >= count).await;
    }

    /// Waits until the other side has closed so many connections.
    pub(crate) async fn until_closed(&self, count: usize) {
        until(&format!("{count} connections closed by the router"), || self.closed_by_peer() >= count).await;
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// Counts a request in, until the guard is dropped.
    fn busy(&self) -> Busy<'_> {
        let mut book = self.book();
        book.busy += 1;
        book.busiest = book.busiest.max(book.busy);
        Busy(self)
    }

    /// Takes the reply for the next request, unless that takes a look at it.
    fn reply(&self) -> Result<Reply, Chooser> {
        let mut book = self.book();
        if let Some(chooser) = book.chooser.clone() {
            return Err(chooser);
        }
        Ok(match book.queue.pop_front() {
            Some(reply) => reply,
            None => book.always.clone().unwrap(),
        })
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.book().busy -= 1;
    }
}

impl std::fmt::Debug for Chooser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Chooser")
    }
}
