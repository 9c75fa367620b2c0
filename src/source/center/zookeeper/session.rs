//! One session, which is one connection.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};

use super::jute::{self, Reader};
use super::messages::{self, Ask, Head, LOGIN, NOTICE, PING};
use crate::source::center::socket::{Servers, Stream, lost, read_some};
use crate::source::center::{CenterAddress, CenterError, Server};

/// A session. All that it does may be dropped at any moment: what was not yet sent is sent next
/// time, and an answer that nobody waits for any more is passed over.
#[derive(Debug)]
pub(super) struct Session {
    stream: Stream,
    unsent: BytesMut,
    received: BytesMut,
    last_xid: i32,
    /// How long the server keeps a session that says nothing.
    kept: Duration,
    heard_at: Instant,
    noticed: bool,
}

/// An answer: an error's number, or what follows.
pub(super) type Answer = Result<Reader, i32>;

// === impl Session ===

impl Session {
    /// Connects and begins a session.
    pub(super) async fn open(servers: &Servers, server: &Server) -> Result<Self, CenterError> {
        let mut session = Self {
            stream: servers.connect(server).await?,
            unsent: BytesMut::from(&messages::hello()[..]),
            received: BytesMut::new(),
            last_xid: 0,
            kept: Duration::ZERO,
            heard_at: Instant::now(),
            noticed: false,
        };
        session.send().await?;
        session.kept = Duration::from_millis(messages::welcome(session.message().await?)?);
        if let Some(login) = login(servers.address()) {
            session.unsent.extend_from_slice(&Ask::Login { login: &login }.framed(LOGIN));
            session.answer_to(LOGIN).await?.map_err(messages::fault)?;
        }
        Ok(session)
    }

    /// Asks, and returns the answer.
    pub(super) async fn ask(&mut self, ask: &Ask<'_>) -> Result<Answer, CenterError> {
        self.last_xid = self.last_xid.checked_add(1).unwrap_or(1);
        self.unsent.extend_from_slice(&ask.framed(self.last_xid));
        self.answer_to(self.last_xid).await
    }

    /// Waits for a notice that a watched node has changed, keeping the session alive.
    pub(super) async fn notice(&mut self, until: Instant) -> Result<(), CenterError> {
        // The server hears of us at least three times while it keeps a silent session.
        let pause = self.kept / 3;
        let mut next_ping = Instant::now() + pause;
        while !self.noticed && Instant::now() < until {
            let Ok(message) = timeout_at(next_ping.min(until), self.message()).await else {
                if self.heard_at.elapsed() > pause * 2 {
                    return Err(CenterError::Silent(pause * 2));
                }
                self.unsent.extend_from_slice(&Ask::Ping.framed(PING));
                self.send().await?;
                next_ping = Instant::now() + pause;
                continue;
            };
            let mut reader = Reader::new(message?);
            let head = Head::read(&mut reader)?;
            self.take_notice(&head, &mut reader)?;
        }
        self.noticed = false;
        Ok(())
    }

    /// Ends the session, so that the server need not keep it until it has been silent for long.
    pub(super) async fn close(mut self) {
        let _ended_anyway = self.ask(&Ask::Close).await;
    }

    /// Waits for the answer to a question.
    async fn answer_to(&mut self, xid: i32) -> Result<Answer, CenterError> {
        self.send().await?;
        loop {
            let mut reader = Reader::new(self.message().await?);
            let head = Head::read(&mut reader)?;
            if head.xid == xid {
                return Ok(if head.error == 0 { Ok(reader) } else { Err(head.error) });
            }
            self.take_notice(&head, &mut reader)?;
        }
    }

    fn take_notice(&mut self, head: &Head, reader: &mut Reader) -> Result<(), CenterError> {
        if head.xid == NOTICE {
            self.noticed |= messages::is_of_node(reader)?;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), CenterError> {
        while self.unsent.has_remaining() {
            self.stream.write_buf(&mut self.unsent).await.map_err(|error| lost(&error))?;
        }
        self.stream.flush().await.map_err(|error| lost(&error))
    }

    async fn message(&mut self) -> Result<Bytes, CenterError> {
        loop {
            if let Some(message) = jute::take(&mut self.received)? {
                self.heard_at = Instant::now();
                return Ok(message);
            }
            read_some(&mut self.stream, &mut self.received).await?;
        }
    }
}

fn login(address: &CenterAddress) -> Option<String> {
    let user = address.user.as_deref()?;
    Some(format!("{user}:{}", address.password.as_ref().map_or("", |password| password.expose())))
}
