//! A model server that costs next to nothing: fixed answers over a raw socket.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::http::{body_length, head_end};
use crate::stamp;

/// How streams are answered: what a request says is not asked, since some routers write it anew.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shape {
    /// Events, each its own write.
    pub(crate) events: usize,
    /// From one to the next.
    pub(crate) gap: Duration,
}

/// One server.
#[derive(Clone)]
pub(crate) struct Mock {
    pub(crate) address: SocketAddr,
    shape: Arc<Mutex<Shape>>,
}

/// The port of the mock that answered last, and how often that was another than before.
static LAST: AtomicU16 = AtomicU16::new(0);
static TURNS: AtomicUsize = AtomicUsize::new(0);

/// Returns how often another mock answered than the time before, since it was last asked.
pub(crate) fn turns() -> usize {
    TURNS.swap(0, Ordering::Relaxed)
}

impl Mock {
    /// Serves on a loopback port until the process ends.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mock = Self { address: listener.local_addr()?, shape: Arc::default() };
        tokio::spawn(mock.clone().serve(listener));
        Ok(mock)
    }

    /// Streams so from now on.
    pub(crate) fn stream(&self, shape: Shape) {
        *self.shape.lock().expect("nobody panics with it") = shape;
    }

    async fn serve(self, listener: TcpListener) -> io::Result<()> {
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let mock = self.clone();
            tokio::spawn(async move { mock.connection(socket).await.ok() });
        }
    }

    async fn connection(self, mut socket: TcpStream) -> io::Result<()> {
        let whole = whole_answer();
        let mut read = Vec::with_capacity(16 * 1024);
        loop {
            let (head, length) = loop {
                if let Some(head) = head_end(&read) {
                    break (head, body_length(&read[..head]));
                }
                if socket.read_buf(&mut read).await? == 0 {
                    return Ok(());
                }
            };
            while read.len() < head + length {
                if socket.read_buf(&mut read).await? == 0 {
                    return Ok(());
                }
            }
            let streamed = wants_stream(&read[head..head + length]);
            read.drain(..head + length);
            if length > 0 && LAST.swap(self.address.port(), Ordering::Relaxed) != self.address.port() {
                TURNS.fetch_add(1, Ordering::Relaxed);
            }
            if streamed {
                self.answer_in_events(&mut socket).await?;
            } else {
                socket.write_all(&whole).await?;
            }
        }
    }

    async fn answer_in_events(&self, socket: &mut TcpStream) -> io::Result<()> {
        let Shape { events, gap } = *self.shape.lock().expect("nobody panics with it");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        socket.write_all(head.as_bytes()).await?;
        let (mut event, stamped) = event();
        let mut due = Instant::now();
        for n in 0..events {
            // A wait for a moment that is past takes up to a millisecond, too.
            if n > 0 && !gap.is_zero() {
                due += gap;
                tokio::time::sleep_until(due).await;
            }
            stamp::write(&mut event[stamped..stamped + stamp::LENGTH]);
            socket.write_all(&event).await?;
        }
        socket.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").await
    }
}

fn wants_stream(body: &[u8]) -> bool {
    let key = b"\"stream\":";
    let Some(at) = memchr::memmem::find(body, key) else { return false };
    body[at + key.len()..].trim_ascii_start().starts_with(b"true")
}

fn whole_answer() -> Vec<u8> {
    let text = "word ".repeat(60);
    let body = format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":200,"completion_tokens":60,"total_tokens":260}}}}"#
    );
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into()
}

/// Returns an event, and where in it the moment stands at which it is sent.
fn event() -> (Vec<u8>, usize) {
    let stamp = "@".repeat(stamp::LENGTH);
    let event = format!(
        r#"data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"content":"{stamp}"}},"finish_reason":null}}]}}"#
    );
    let chunk = format!("{:x}\r\n{event}\n\n\r\n", event.len() + 2).into_bytes();
    let stamped = memchr::memchr(b'@', &chunk).expect("it is in there");
    (chunk, stamped)
}
