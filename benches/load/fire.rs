//! The closed loop: so many connections, each asks again as soon as it has its answer.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::{body_length, head_end, is_chunked};

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Connections that ask at the same time.
    pub(crate) connections: usize,
    /// Bytes of the prompt.
    pub(crate) prompt: usize,
    /// Whether the answer is streamed.
    pub(crate) stream: bool,
    /// For how long.
    pub(crate) length: Duration,
}

/// What came of it.
pub(crate) struct Fired {
    /// Answers that came whole.
    pub(crate) answers: usize,
    /// Answers that didn't.
    pub(crate) failed: usize,
    /// How long each took, sorted.
    pub(crate) latencies: Vec<Duration>,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
}

impl Fired {
    /// Returns the latency that this share of answers stayed below, in microseconds.
    pub(crate) fn percentile(&self, share: f64) -> u128 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list"
        )]
        let at = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).map_or(0, Duration::as_micros)
    }
}

/// Fires at an address until the time is up.
pub(crate) async fn fire(at: SocketAddr, load: Load) -> Fired {
    let prompt = "x".repeat(load.prompt);
    let body = format!(
        r#"{{"model":"m","stream":{},"messages":[{{"role":"user","content":"{prompt}"}}]}}"#,
        load.stream
    );
    let length = body.len();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let began = Instant::now();
    let until = began + load.length;
    let connections = (0..load.connections).map(|_| tokio::spawn(one(at, request.clone(), until)));
    let mut fired = Fired { answers: 0, failed: 0, latencies: Vec::new(), took: Duration::ZERO };
    for connection in connections.collect::<Vec<_>>() {
        let (latencies, failed) = connection.await.expect("a connection's task does not panic");
        fired.answers += latencies.len();
        fired.failed += failed;
        fired.latencies.extend(latencies);
    }
    fired.took = began.elapsed();
    fired.latencies.sort();
    fired
}

async fn one(at: SocketAddr, request: String, until: Instant) -> (Vec<Duration>, usize) {
    let (mut latencies, mut failed) = (Vec::with_capacity(100_000), 0);
    while Instant::now() < until {
        let Ok(mut socket) = TcpStream::connect(at).await else {
            failed += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        socket.set_nodelay(true).ok();
        while Instant::now() < until {
            let began = Instant::now();
            if !exchange(&mut socket, request.as_bytes()).await.unwrap_or(false) {
                failed += 1;
                break;
            }
            latencies.push(began.elapsed());
        }
    }
    (latencies, failed)
}

/// Asks once; tells whether the answer is a whole 200.
async fn exchange(socket: &mut TcpStream, request: &[u8]) -> io::Result<bool> {
    socket.write_all(request).await?;
    let mut read = Vec::with_capacity(64 * 1024);
    loop {
        if socket.read_buf(&mut read).await? == 0 {
            return Ok(false);
        }
        let Some(head) = head_end(&read) else { continue };
        let ended = if is_chunked(&read[..head]) {
            read.ends_with(b"0\r\n\r\n")
        } else {
            read.len() >= head + body_length(&read[..head])
        };
        if ended {
            return Ok(read.starts_with(b"HTTP/1.1 200"));
        }
    }
}
