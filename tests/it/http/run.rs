//! Runs one case against a proxy, and sees what comes of it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::case::{Case, Check, Want};
use super::expand::{JSON, Step, steps};
use super::judge::judge;
use super::message::{Body, Framing, Head, body};
use super::recorder::Recorder;

/// How long to wait for what may never come: much longer than it takes if it does.
const PATIENCE: Duration = Duration::from_secs(8);

/// Marks requests that are no part of a case.
pub(super) const PROBE: &str = "X-Probe";

/// An answer as the client got it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
    pub(super) whole: bool,
}

/// Everything that the client saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) answers: Vec<Answer>,
    pub(super) interims: Vec<u16>,
    /// Whether the proxy closed behind its answers, before anything more was asked.
    pub(super) closed: bool,
    /// The answer to a good request on the same connection.
    pub(super) probe: Option<Answer>,
    /// The answer to a good request on a connection of its own.
    pub(super) other: Option<Answer>,
}

/// Runs a case; the error says what is wrong.
pub(super) async fn run(case: &Case, proxy: SocketAddr, recorder: &Recorder) -> Result<(), String> {
    recorder.expect(case.reply);
    let mut seen = Seen::default();
    let mut client = Client::connect(proxy).await;
    let goes_on = client.play(steps(case.send)).await;
    if goes_on.is_ok() {
        client.see(case, &mut seen).await;
    }
    if goes_on == Ok(true) && !seen.closed && !seen.answers.is_empty() {
        client.send(probe("keep-alive").as_bytes()).await;
        seen.probe = client.answer(&mut seen.interims, false).await;
    }
    drop(client);
    let mut other = Client::connect(proxy).await;
    other.send(probe("close").as_bytes()).await;
    seen.other = other.answer(&mut Vec::new(), false).await;
    judge(case, &seen, recorder)
}

fn probe(connection: &str) -> String {
    let length = JSON.len();
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: router\r\n{PROBE}: 1\r\nConnection: {connection}\r\n\
         Content-Length: {length}\r\n\r\n{JSON}"
    )
}

/// Reads a status line; 0 if it is none.
fn status(line: &str) -> u16 {
    let rest = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 ")).unwrap_or_default();
    let (digits, _) = rest.split_once(' ').unwrap_or((rest, ""));
    if digits.len() == 3 { digits.parse().unwrap_or(0) } else { 0 }
}

struct Client {
    tcp: TcpStream,
    buffer: BytesMut,
    ended: bool,
}

impl Client {
    async fn connect(proxy: SocketAddr) -> Self {
        let tcp = timeout(PATIENCE, TcpStream::connect(proxy)).await.unwrap().unwrap();
        tcp.set_nodelay(true).unwrap();
        Self { tcp, buffer: BytesMut::new(), ended: false }
    }

    /// Sends as much as is taken.
    async fn send(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.tcp.write_all(bytes)).await;
    }

    /// Does what a case says. `Ok` tells whether the client may still send, an error that it left.
    async fn play(&mut self, steps: Vec<Step>) -> Result<bool, ()> {
        for step in steps {
            match step {
                Step::Send(bytes) => self.send(&bytes).await,
                Step::Pause(time) => tokio::time::sleep(time).await,
                Step::Early => {}
                Step::Fin => {
                    let _ = self.tcp.shutdown().await;
                    return Ok(false);
                }
                Step::Reset => {
                    self.tcp.set_zero_linger().unwrap();
                    return Err(());
                }
            }
        }
        Ok(true)
    }

    async fn see(&mut self, case: &Case, seen: &mut Seen) {
        let wanted = if let Want::InOrder(count) = case.want { count } else { 1 };
        let bodiless = case.send.starts_with("HEAD ");
        while seen.answers.len() < wanted {
            let Some(answer) = self.answer(&mut seen.interims, bodiless).await else { break };
            seen.answers.push(answer);
        }
        let is_error = seen.answers.first().is_some_and(|answer| answer.status >= 400);
        let closes = (is_error && matches!(case.want, Want::Refused(_)))
            || matches!(case.want, Want::SafeAndClosed | Want::Incomplete)
            || case.checks.iter().any(|check| matches!(check, Check::Closed));
        if closes && !seen.answers.is_empty() {
            while self.fill().await {}
        }
        seen.closed = self.ended;
    }

    /// Reads one answer, as far as it comes.
    async fn answer(&mut self, interims: &mut Vec<u16>, bodiless: bool) -> Option<Answer> {
        let (mut head, status) = loop {
            let Some((head, end)) = Head::read(&self.buffer) else {
                if self.fill().await {
                    continue;
                }
                return None;
            };
            let _read = self.buffer.split_to(end);
            let status = status(&head.start);
            if !(100..200).contains(&status) || status == 101 {
                break (head, status);
            }
            interims.push(status);
        };
        let mut answer = Answer { status, head: Head::default(), body: Vec::new(), whole: false };
        let framing = head.framing();
        answer.head = head;
        if bodiless || status == 204 || status == 304 {
            answer.whole = true;
            return Some(answer);
        }
        self.body(framing, &mut answer).await;
        Some(answer)
    }

    async fn body(&mut self, framing: Framing, answer: &mut Answer) {
        if framing == Framing::Unsaid {
            while self.fill().await {}
            answer.body = self.buffer.split().to_vec();
            answer.whole = true;
            return;
        }
        loop {
            match body(framing, &self.buffer) {
                Body::Whole(body, length) => {
                    let _read = self.buffer.split_to(length);
                    (answer.body, answer.whole) = (body, true);
                    return;
                }
                Body::More if self.fill().await => {}
                Body::More => return,
                Body::Fault(fault) => return answer.head.faults.push(fault),
            }
        }
    }

    /// Reads some more; `false` if nothing comes.
    async fn fill(&mut self) -> bool {
        match timeout(PATIENCE, self.tcp.read_buf(&mut self.buffer)).await {
            Ok(Ok(some)) if some > 0 => true,
            Ok(_) => {
                self.ended = true;
                false
            }
            Err(_elapsed) => false,
        }
    }
}
