//! One request after the other on a kept connection, as a client asks.

use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::chunks::Chunks;
use crate::http::{body_length, head_end, is_chunked, is_last};
use crate::stamp;
use crate::tally::Tally;

/// What is asked.
pub(crate) struct Ask {
    request: Vec<u8>,
    /// How many events a whole answer has; none if it isn't streamed.
    events: usize,
}

impl Ask {
    /// Writes a request with a prompt of so many bytes for an answer of so many events.
    ///
    /// The model comes behind the prompt, as OpenAI's own client writes it.
    pub(crate) fn new(prompt: usize, events: usize) -> Self {
        let (prompt, stream) = ("x".repeat(prompt), events > 0);
        let body = format!(
            r#"{{"messages":[{{"role":"user","content":"{prompt}"}}],"model":"m","stream":{stream}}}"#
        );
        let length = body.len();
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        Self { request: (head + &body).into(), events }
    }

    /// Returns the request's bytes.
    pub(crate) fn request(&self) -> &[u8] {
        &self.request
    }
}

/// A client with one connection, which it opens anew when it is lost.
pub(crate) struct Client {
    at: SocketAddr,
    socket: Option<TcpStream>,
    read: Vec<u8>,
    payload: Vec<u8>,
}

impl Client {
    /// Makes one that isn't connected yet.
    pub(crate) fn new(at: SocketAddr) -> Self {
        Self { at, socket: None, read: Vec::with_capacity(16 * 1024), payload: Vec::new() }
    }

    /// Asks once, and counts what comes of it from `since` on.
    pub(crate) async fn ask(&mut self, ask: &Ask, since: Instant, tally: &Mutex<Tally>) {
        if let Ok(true) = self.exchange(ask, since, tally).await {
            tally.lock().expect("nobody panics with it").answer(since);
            return;
        }
        self.socket = None;
        tally.lock().expect("nobody panics with it").failed += 1;
        // Who refuses is not asked again at once, a million times a second.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    /// Tells whether a whole 200 came.
    async fn exchange(&mut self, ask: &Ask, since: Instant, tally: &Mutex<Tally>) -> io::Result<bool> {
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(self.at).await?,
        };
        socket.write_all(&ask.request).await?;
        self.read.clear();
        let head = loop {
            if socket.read_buf(&mut self.read).await? == 0 {
                return Ok(false);
            }
            if let Some(head) = head_end(&self.read) {
                break head;
            }
        };
        if !self.read.starts_with(b"HTTP/1.1 200") {
            return Ok(false);
        }
        let last = is_last(&self.read[..head]);
        let whole = if is_chunked(&self.read[..head]) {
            self.chunked(&mut socket, head, ask, since, tally).await?
        } else {
            let length = head + body_length(&self.read[..head]);
            while self.read.len() < length && socket.read_buf(&mut self.read).await? > 0 {}
            self.read.len() == length && ask.events == 0
        };
        self.socket = (!last).then_some(socket);
        Ok(whole)
    }

    async fn chunked(
        &mut self,
        socket: &mut TcpStream,
        head: usize,
        ask: &Ask,
        since: Instant,
        tally: &Mutex<Tally>,
    ) -> io::Result<bool> {
        self.payload.clear();
        let (mut chunks, mut from) = (Chunks::new(), head);
        let (mut seen, mut events, mut last) = (0, 0, None::<Duration>);
        loop {
            let now = Instant::now();
            if chunks.feed(&self.read[from..], &mut self.payload).is_none() {
                return Ok(false);
            }
            {
                let mut tally = tally.lock().expect("nobody panics with it");
                while let Some((end, sent)) = stamp::next(&self.payload[seen..]) {
                    if events == 0 {
                        tally.first.add(now - since);
                    }
                    let delay = tally.event(sent, now);
                    if let Some(last) = last.replace(delay) {
                        tally.jitter.add(delay.abs_diff(last));
                    }
                    (seen, events) = (seen + end, events + 1);
                }
            }
            if chunks.is_done() {
                return Ok(events == ask.events);
            }
            self.read.clear();
            from = 0;
            if socket.read_buf(&mut self.read).await? == 0 {
                return Ok(false);
            }
        }
    }
}

async fn connect(at: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(at).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}
