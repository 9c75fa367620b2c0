//! The three questions, put to Redis.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};

use super::connection::{Connection, unexpected};
use super::hints::Hints;
use super::login::Login;
use super::resp::Reply;
use crate::config::Format;
use crate::source::center::format::format_of;
use crate::source::center::socket::{LIMIT, Servers, within};
use crate::source::center::{
    Center, CenterAddress, CenterError, Fetched, Revision, Roster, Server, WriteError,
};
use crate::table::hex;

/// How long a wait is held.
const HOLD: Duration = Duration::from_secs(55);

/// How often the key is looked at without a message: those get lost.
const LOOK: Duration = Duration::from_secs(2);

/// A key in Redis.
#[derive(Debug)]
pub struct Redis {
    pub(super) servers: Servers,
    login: Login,
    pub(super) key: String,
    format: Format,
    channel: Option<String>,
    /// A connection on which no question is open.
    idle: Mutex<Option<Connection>>,
    hints: tokio::sync::Mutex<Hints>,
}

// === impl Redis ===

impl Redis {
    /// Prepares for an address; `db` is the database, `channel` where changes are told.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        Ok(Self {
            login: Login::of(&address)?,
            key: address.path.clone(),
            format: format_of(&address.path),
            channel: address.parameter("channel").map(str::to_owned),
            servers: Servers::new(address)?,
            idle: Mutex::new(None),
            hints: tokio::sync::Mutex::new(Hints::Closed),
        })
    }

    pub(super) fn idle(&self) -> MutexGuard<'_, Option<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects to the first server that lets us.
    pub(super) async fn connect(&self) -> Result<Connection, CenterError> {
        let mut last = CenterError::Silent(LIMIT);
        for (at, server) in self.servers.in_order() {
            match within(self.servers.turn(), Connection::open(&self.servers, server, &self.login)).await {
                Ok(connection) => {
                    self.servers.prefer(at);
                    return Ok(connection);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn read(&self) -> Result<Bytes, CenterError> {
        let kept = self.idle().take();
        if let Some(mut connection) = kept {
            // A connection that was kept may have been closed since, or its login taken away.
            match within(self.servers.turn(), connection.get(&self.key)).await {
                Err(error) if error.is_down() => {}
                content => return self.read_on(connection, content),
            }
        }
        let mut last = CenterError::Silent(LIMIT);
        for (at, server) in self.servers.in_order() {
            let reading = async {
                let mut connection = Connection::open(&self.servers, server, &self.login).await?;
                let content = connection.get(&self.key).await;
                Ok((connection, content))
            };
            match within(self.servers.turn(), reading).await {
                Ok((_, Err(error))) | Err(error) if error.is_down() => last = error,
                Err(error) => return Err(error),
                Ok((connection, content)) => {
                    self.servers.prefer(at);
                    return self.read_on(connection, content);
                }
            }
        }
        Err(last)
    }

    fn read_on(
        &self,
        connection: Connection,
        content: Result<Option<Bytes>, CenterError>,
    ) -> Result<Bytes, CenterError> {
        let content = content?;
        *self.idle() = Some(connection);
        content.ok_or(CenterError::Missing)
    }

    async fn changed(&self, since: &Revision) -> Result<(), CenterError> {
        let end = Instant::now() + HOLD;
        let mut own = Hints::Denied;
        let mut shared = self.hints.try_lock().ok();
        let hints = shared.as_deref_mut().unwrap_or(&mut own);
        let outcome = async {
            if matches!(hints, Hints::Closed) {
                *hints =
                    within(LIMIT, async { Hints::listen(self.connect().await?, &self.channels()).await })
                        .await?;
            } else {
                hints.stir().await?;
            }
            // Looking after listening leaves no gap between the two.
            while Instant::now() < end {
                match within(LIMIT, self.read()).await {
                    Ok(content) if revision_of(&content) == *since => {}
                    Ok(_) | Err(CenterError::Missing) => break,
                    Err(error) => return Err(error),
                }
                tokio::select! {
                    heard = hints.next() => return heard,
                    () = sleep(LOOK) => {}
                }
            }
            Ok(())
        }
        .await;
        if outcome.is_err() {
            *hints = Hints::Closed;
        }
        outcome
    }

    fn channels(&self) -> Vec<String> {
        let keyspace = format!("__keyspace@{}__:{}", self.login.database(), self.key);
        self.channel.iter().cloned().chain([keyspace]).collect()
    }

    async fn swap(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        let mut last = CenterError::Silent(LIMIT);
        for (at, server) in self.servers.in_order() {
            match within(self.servers.turn(), self.prepare(server, expected, text)).await {
                Ok(connection) => {
                    self.servers.prefer(at);
                    return within(LIMIT, self.commit(connection, text)).await;
                }
                // A replica can't be written; another server may be the one that can.
                Err(WriteError::Center(error)) if error.is_down() => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last.into())
    }

    /// Does everything up to the last word, so that nothing is written yet.
    async fn prepare(
        &self,
        server: &Server,
        expected: Option<&Revision>,
        text: &str,
    ) -> Result<Connection, WriteError> {
        let mut connection = Connection::open(&self.servers, server, &self.login).await?;
        connection.ask(&[b"WATCH", self.key.as_bytes()]).await?;
        let present = connection.get(&self.key).await?.map(|content| revision_of(&content));
        if present.as_ref().map(|present| &present.text) != expected.map(|expected| &expected.text) {
            return Err(WriteError::Conflict { present });
        }
        connection.ask(&[b"MULTI"]).await?;
        connection.ask(&[b"SET", self.key.as_bytes(), text.as_bytes()]).await?;
        Ok(connection)
    }

    async fn commit(&self, mut connection: Connection, text: &str) -> Result<Revision, WriteError> {
        let wanted = revision_of(text.as_bytes());
        let was_taken = match connection.ask(&[b"EXEC"]).await {
            Ok(Reply::List(replies)) => {
                if let Some(Reply::Error(words)) = replies.first() {
                    return Err(connection.fault(words).into());
                }
                self.tell(&mut connection, &wanted).await;
                true
            }
            // Called off: the key was changed after it was watched.
            Ok(Reply::Nothing) => false,
            Ok(reply) => return Err(unexpected(&reply).into()),
            // Whether it was written is seen by reading.
            Err(error) if error.is_down() => {
                let is_written = self.read().await.is_ok_and(|content| revision_of(&content) == wanted);
                return if is_written { Ok(wanted) } else { Err(error.into()) };
            }
            Err(error) => return Err(error.into()),
        };
        let present = connection.get(&self.key).await?.map(|content| revision_of(&content));
        if present.as_ref() == Some(&wanted) {
            Ok(wanted)
        } else {
            Err(WriteError::overtaken(was_taken, present))
        }
    }

    /// Tells those who listen on the channel. They also look on their own.
    async fn tell(&self, connection: &mut Connection, revision: &Revision) {
        if let Some(channel) = &self.channel {
            let words: [&[u8]; 3] = [b"PUBLISH", channel.as_bytes(), revision.text.as_bytes()];
            let _untold = connection.reply_to(&words).await;
        }
    }
}

impl Center for Redis {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        Box::pin(async {
            let content = within(LIMIT, self.read()).await?;
            let revision = revision_of(&content);
            Ok(Fetched { content, format: self.format, revision })
        })
    }

    fn wait<'c>(&'c self, since: &'c Revision) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(self.changed(since))
    }

    fn replace<'c>(
        &'c self,
        expected: Option<&'c Revision>,
        text: &'c str,
    ) -> BoxFuture<'c, Result<Revision, WriteError>> {
        Box::pin(within(LIMIT * 2, self.swap(expected, text)))
    }

    fn roster(&self) -> Option<&dyn Roster> {
        Some(self)
    }
}

/// Redis counts no revisions, so that the content stands for itself.
fn revision_of(content: &[u8]) -> Revision {
    Revision::opaque(hex(&Sha256::digest(content)))
}
