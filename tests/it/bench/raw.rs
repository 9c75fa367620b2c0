//! A client that sends exactly the bytes it is told to.

use std::net::SocketAddr;

use bytes::BytesMut;
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wait::within;

/// A bare connection.
#[derive(Debug)]
pub(crate) struct Raw {
    stream: TcpStream,
    buffer: BytesMut,
}

/// An answer, framing taken off.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    /// The head as it came.
    pub(crate) head: String,
    /// The body as far as it came.
    pub(crate) body: Vec<u8>,
    /// Whether the body came to the end that the head promised.
    pub(crate) whole: bool,
}

/// A whole chat request, as bytes.
pub(crate) fn chat_request(body: &str) -> String {
    let length = body.len();
    format!("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}")
}

// === impl Raw ===

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(address)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: BytesMut::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within("bytes to be taken", self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends as much as is taken before the other side stops reading.
    pub(crate) async fn send_while_taken(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = within("bytes to be taken", self.stream.write_all(bytes.as_ref())).await;
    }

    /// Closes this side, and waits until the other has seen it and closed its own.
    pub(crate) async fn leave(mut self) {
        within("this side to close", self.stream.shutdown()).await.unwrap();
        self.until_end().await;
    }

    /// Reads until these bytes have come, and gives everything up to their end.
    pub(crate) async fn until(&mut self, wanted: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = memmem::find(&self.buffer, wanted) {
                return self.buffer.split_to(at + wanted.len()).to_vec();
            }
            assert!(
                self.fill().await,
                "ended before {:?}: {:?}",
                String::from_utf8_lossy(wanted),
                self.buffer
            );
        }
    }

    /// Reads whatever comes until the other side closes.
    pub(crate) async fn until_end(&mut self) -> Vec<u8> {
        while self.fill().await {}
        self.buffer.split().to_vec()
    }

    /// Reads the status of an answer, if one comes before the other side closes.
    pub(crate) async fn status(&mut self) -> Option<u16> {
        while memmem::find(&self.buffer, b"\r\n").is_none() && self.fill().await {}
        std::str::from_utf8(&self.buffer).ok()?.split(' ').nth(1)?.parse().ok()
    }

    /// Reads one answer, as far as it comes.
    pub(crate) async fn answer(&mut self) -> RawAnswer {
        let head = String::from_utf8(self.until(b"\r\n\r\n").await).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = RawAnswer { status, head, body: Vec::new(), whole: false };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.whole = self.chunks(&mut answer.body).await;
        } else if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().unwrap();
            while self.buffer.len() < length && self.fill().await {}
            answer.whole = self.buffer.len() >= length;
            let taken = self.buffer.len().min(length);
            answer.body = self.buffer.split_to(taken).to_vec();
        } else {
            answer.body = self.until_end().await;
        }
        answer
    }

    async fn chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let Some(line) = self.line().await else {
                return false;
            };
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            while self.buffer.len() < size + 2 && self.fill().await {}
            if self.buffer.len() < size + 2 {
                let taken = self.buffer.len().min(size);
                body.extend_from_slice(&self.buffer.split_to(taken));
                return false;
            }
            body.extend_from_slice(&self.buffer.split_to(size));
            let end = self.buffer.split_to(2);
            assert_eq!(&end[..], b"\r\n");
            if size == 0 {
                return true;
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = memmem::find(&self.buffer, b"\r\n") {
                let line = self.buffer.split_to(at + 2);
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            if !self.fill().await {
                return None;
            }
        }
    }

    /// Reads some more; `false` at the end, however it came.
    async fn fill(&mut self) -> bool {
        matches!(within("bytes to come", self.stream.read_buf(&mut self.buffer)).await, Ok(n) if n > 0)
    }
}

// === impl RawAnswer ===

impl RawAnswer {
    /// Returns a header's only value; two of a name are a failure.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values: Vec<&str> = self
            .head
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect();
        assert!(values.len() <= 1, "{name} came {} times: {values:?}", values.len());
        values.first().copied()
    }

    pub(crate) fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
