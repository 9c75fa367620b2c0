//! The backend behind every proxy: it reads strictly, keeps what it read, and answers as told.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::case::GOOD_REPLY;
use super::expand::{Step, steps};
use super::message::{Body, Framing, Head, body};
use super::run::PROBE;

/// A whole request as it came to the backend.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
}

#[derive(Debug, Default)]
struct Book {
    recorded: Vec<Recorded>,
    /// What can be read in two ways, in whole requests and in others.
    faults: Vec<String>,
    /// What the requests of a case are answered with.
    reply: Option<&'static str>,
}

/// A running backend.
pub(super) struct Recorder {
    book: Arc<Mutex<Book>>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

// === impl Recorder ===

impl Recorder {
    pub(super) async fn start(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let book = Arc::new(Mutex::new(Book::default()));
        let shared = Arc::clone(&book);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                tcp.set_nodelay(true).unwrap();
                let connection = Connection { tcp, buffer: BytesMut::new(), book: Arc::clone(&shared) };
                connections.spawn(connection.serve());
                while connections.try_join_next().is_some() {}
            }
        });
        Self { book, address, task }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forgets all, and answers all requests with this that are no probes.
    pub(super) fn expect(&self, reply: &'static str) {
        *self.book.lock().unwrap() = Book { reply: Some(reply), ..Book::default() };
    }

    pub(super) fn recorded(&self) -> Vec<Recorded> {
        self.book.lock().unwrap().recorded.clone()
    }

    pub(super) fn faults(&self) -> Vec<String> {
        self.book.lock().unwrap().faults.clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Connection {
    tcp: TcpStream,
    buffer: BytesMut,
    book: Arc<Mutex<Book>>,
}

impl Connection {
    async fn serve(mut self) {
        while matches!(self.exchange().await, Ok(true)) {}
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    async fn exchange(&mut self) -> io::Result<bool> {
        let mut head = loop {
            if let Some((head, end)) = Head::read(&self.buffer) {
                let _read = self.buffer.split_to(end);
                break head;
            }
            self.fill().await?;
        };
        head.check_request();
        let framing = head.framing();
        let is_head = head.start.starts_with("HEAD ");
        self.book().faults.extend(head.faults.iter().cloned());
        let reply = if head.values(PROBE).is_empty() { self.book().reply } else { None };
        let steps = steps(reply.unwrap_or(GOOD_REPLY));
        let early = steps.contains(&Step::Early);
        if !early {
            if !head.values("expect").is_empty() {
                self.tcp.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            }
            self.request(head, framing).await?;
        }
        if is_head {
            self.tcp.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n").await?;
            return Ok(true);
        }
        self.play(steps).await.map(|goes_on| goes_on && !early)
    }

    async fn request(&mut self, head: Head, framing: Framing) -> io::Result<()> {
        loop {
            match body(framing, &self.buffer) {
                Body::Whole(body, length) => {
                    let _read = self.buffer.split_to(length);
                    self.book().recorded.push(Recorded { head, body });
                    return Ok(());
                }
                Body::More => self.fill().await?,
                Body::Fault(fault) => {
                    self.book().faults.push(fault);
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
        }
    }

    async fn play(&mut self, steps: Vec<Step>) -> io::Result<bool> {
        for step in steps {
            match step {
                Step::Send(bytes) => self.tcp.write_all(&bytes).await?,
                Step::Pause(time) => tokio::time::sleep(time).await,
                Step::Early => {}
                Step::Fin => {
                    self.tcp.shutdown().await?;
                    return Ok(false);
                }
                Step::Reset => {
                    self.tcp.set_zero_linger()?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.tcp.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
