//! One connection.

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;

use super::login::Login;
use super::resp::{self, Reply};
use crate::source::center::socket::{Servers, Stream, lost, read_some};
use crate::source::center::{CenterError, Server};

/// A connection that has logged in. One on which a question was given up must be dropped: the
/// answer may still come.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    received: BytesMut,
    login: Login,
}

// === impl Connection ===

impl Connection {
    /// Connects, logs in, and chooses the database.
    pub(super) async fn open(servers: &Servers, server: &Server, login: &Login) -> Result<Self, CenterError> {
        let stream = servers.connect(server).await?;
        let mut connection = Self { stream, received: BytesMut::new(), login: login.clone() };
        for command in login.commands() {
            if let Reply::Error(words) = connection.reply_to(&command).await? {
                return Err(match login.fault(&words) {
                    CenterError::Refused(words) => CenterError::Unauthorized(words),
                    fault => fault,
                });
            }
        }
        // A cluster has no databases to choose from, so that the first is taken as given.
        if login.database() > 0 {
            connection.ask(&[b"SELECT", login.database().to_string().as_bytes()]).await?;
        }
        Ok(connection)
    }

    /// Asks; a refusal is an error.
    pub(super) async fn ask(&mut self, words: &[&[u8]]) -> Result<Reply, CenterError> {
        match self.reply_to(words).await? {
            Reply::Error(words) => Err(self.login.fault(&words)),
            reply => Ok(reply),
        }
    }

    /// Asks; a refusal is a reply like others.
    pub(super) async fn reply_to(&mut self, words: &[&[u8]]) -> Result<Reply, CenterError> {
        self.send(words).await?;
        self.read().await
    }

    /// Sends without waiting for an answer.
    pub(super) async fn send(&mut self, words: &[&[u8]]) -> Result<(), CenterError> {
        self.stream.write_all(&resp::command(words)).await.map_err(|error| lost(&error))?;
        self.stream.flush().await.map_err(|error| lost(&error))
    }

    /// Reads the next reply. Nothing is lost if this is dropped.
    pub(super) async fn read(&mut self) -> Result<Reply, CenterError> {
        loop {
            if let Some(reply) = self.take()? {
                return Ok(reply);
            }
            read_some(&mut self.stream, &mut self.received).await?;
        }
    }

    /// Takes a reply that has come already.
    pub(super) fn take(&mut self) -> Result<Option<Reply>, CenterError> {
        resp::take(&mut self.received)
    }

    /// Reads a key.
    pub(super) async fn get(&mut self, key: &str) -> Result<Option<Bytes>, CenterError> {
        match self.ask(&[b"GET", key.as_bytes()]).await? {
            Reply::Text(content) => Ok(Some(content)),
            Reply::Nothing => Ok(None),
            reply => Err(unexpected(&reply)),
        }
    }

    /// Sorts an error that came inside of a reply.
    pub(super) fn fault(&self, words: &str) -> CenterError {
        self.login.fault(words)
    }
}

/// A reply that doesn't belong to its question.
pub(super) fn unexpected(reply: &Reply) -> CenterError {
    let what = match reply {
        Reply::Text(_) => "a text",
        Reply::Error(_) => "an error",
        Reply::Number(_) => "a number",
        Reply::Nothing => "nothing",
        Reply::List(_) => "a list",
    };
    CenterError::Nonsense(format!("{what} in answer to another question"))
}
