//! The three questions, put to `ZooKeeper`.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::jute::Reader;
use super::messages::{self, Ask, BAD_VERSION, NO_NODE, NODE_EXISTS, Stat};
use super::roster::Held;
use super::session::Session;
use crate::config::Format;
use crate::source::center::format::format_of;
use crate::source::center::socket::{LIMIT, Servers, within};
use crate::source::center::{Center, CenterAddress, CenterError, Fetched, Revision, Roster, WriteError};

/// How long a wait is held.
const HOLD: Duration = Duration::from_secs(55);

/// A message of more bytes makes a server hang up, unless it is set otherwise.
const USUAL_LIMIT: usize = 0xf_ffff;

/// A node in `ZooKeeper`.
#[derive(Debug)]
pub struct Zookeeper {
    pub(super) servers: Servers,
    pub(super) path: String,
    format: Format,
    /// The session that watches. Reading on it too makes sure that no read is older than the
    /// notice before it, whichever server answers.
    session: tokio::sync::Mutex<Option<Session>>,
    /// The session that the own replica's node lives by.
    pub(super) replica: tokio::sync::Mutex<Option<Held>>,
}

// === impl Zookeeper ===

impl Zookeeper {
    /// Prepares for an address.
    pub fn new(address: CenterAddress) -> Result<Self, CenterError> {
        Ok(Self {
            path: format!("/{}", address.path.trim_matches('/')),
            format: format_of(&address.path),
            servers: Servers::new(address)?,
            session: tokio::sync::Mutex::new(None),
            replica: tokio::sync::Mutex::new(None),
        })
    }

    /// Begins a session with the first server that gives one.
    pub(super) async fn open(&self) -> Result<Session, CenterError> {
        let mut last = CenterError::Silent(LIMIT);
        for (at, server) in self.servers.in_order() {
            match within(self.servers.turn(), Session::open(&self.servers, server)).await {
                Ok(session) => {
                    self.servers.prefer(at);
                    return Ok(session);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn read(&self) -> Result<Fetched, CenterError> {
        // While somebody waits on the session, another one is needed.
        let Ok(mut shared) = self.session.try_lock() else {
            let mut session = self.open().await?;
            let fetched = self.read_on(&mut session).await;
            session.close().await;
            return fetched;
        };
        if let Some(session) = shared.as_mut() {
            // It may have expired since, or its server may be gone.
            let fetched = within(self.servers.turn(), self.read_on(session)).await;
            if fetched.as_ref().err().is_none_or(is_answer) {
                return fetched;
            }
            *shared = None;
        }
        let session = shared.insert(self.open().await?);
        let fetched = within(self.servers.turn(), self.read_on(session)).await;
        if !fetched.as_ref().err().is_none_or(is_answer) {
            *shared = None;
        }
        fetched
    }

    async fn read_on(&self, session: &mut Session) -> Result<Fetched, CenterError> {
        let sync = Ask::Sync { path: &self.path };
        session.ask(&sync).await?.map(|_| ()).or_else(missing_is_fine).map_err(messages::fault)?;
        let answer = session.ask(&Ask::Get { path: &self.path }).await?.map_err(messages::fault)?;
        self.fetched(answer)
    }

    /// Reads the answer to a question for the node.
    pub(super) fn fetched(&self, mut answer: Reader) -> Result<Fetched, CenterError> {
        let content = answer.buffer()?;
        let revision = Stat::read(&mut answer)?.revision()?;
        Ok(Fetched { content, format: self.format, revision })
    }

    async fn changed(&self, since: &Revision) -> Result<(), CenterError> {
        let end = Instant::now() + HOLD;
        let mut shared = self.session.lock().await;
        let outcome = async {
            let session = match shared.as_mut() {
                Some(session) => session,
                None => shared.insert(self.open().await?),
            };
            let present = within(LIMIT, session.ask(&Ask::Watch { path: &self.path })).await?;
            match present {
                Err(NO_NODE) => return Ok(()),
                Err(error) => return Err(messages::fault(error)),
                Ok(mut answer) => {
                    if Stat::read(&mut answer)?.revision()? != *since {
                        return Ok(());
                    }
                }
            }
            session.notice(end).await
        }
        .await;
        if outcome.is_err() {
            *shared = None;
        }
        outcome
    }

    async fn swap(&self, expected: Option<&Revision>, text: &str) -> Result<Revision, WriteError> {
        let mut session = self.open().await?;
        let written = within(LIMIT, self.swap_on(&mut session, expected, text)).await;
        let outcome = match written {
            // Whether it was written is seen by reading.
            Err(WriteError::Center(error)) if error.is_down() => {
                let present = within(LIMIT, self.read()).await;
                match present {
                    Ok(Fetched { content, revision, .. })
                        if content == text
                            && expected.is_none_or(|expected| expected.text != revision.text) =>
                    {
                        Ok(revision)
                    }
                    _ if text.len() + 1024 > USUAL_LIMIT => Err(WriteError::ReadOnly(
                        "ZooKeeper takes 1 MB at most, unless `jute.maxbuffer` is set",
                    )),
                    _ => Err(WriteError::Center(error)),
                }
            }
            outcome => outcome,
        };
        let _closed = tokio::time::timeout(Duration::from_secs(1), session.close()).await;
        outcome
    }

    async fn swap_on(
        &self,
        session: &mut Session,
        expected: Option<&Revision>,
        text: &str,
    ) -> Result<Revision, WriteError> {
        let present = self.present(session).await?;
        // Only the text is compared: a revision that somebody typed has nothing else.
        let present_text = present.as_ref().map(|(_, revision)| &revision.text);
        if present_text != expected.map(|expected| &expected.text) {
            return Err(WriteError::Conflict { present: present.map(|(_, revision)| revision) });
        }
        let path = self.path.as_str();
        let written = match present {
            Some((stat, _)) => {
                let set = Ask::Set { path, content: text.as_bytes(), version: stat.version };
                session.ask(&set).await?.map(|_| ())
            }
            None => self.create(session, text).await?,
        };
        let was_taken = match written {
            Ok(()) => true,
            Err(BAD_VERSION | NODE_EXISTS | NO_NODE) => false,
            Err(error) => return Err(messages::fault(error).into()),
        };
        match self.read_on(session).await {
            Ok(fetched) if fetched.content == text => Ok(fetched.revision),
            Ok(fetched) => Err(WriteError::overtaken(was_taken, Some(fetched.revision))),
            Err(CenterError::Missing) => Err(WriteError::overtaken(was_taken, None)),
            Err(error) => Err(error.into()),
        }
    }

    async fn present(&self, session: &mut Session) -> Result<Option<(Stat, Revision)>, CenterError> {
        let sync = Ask::Sync { path: &self.path };
        session.ask(&sync).await?.map(|_| ()).or_else(missing_is_fine).map_err(messages::fault)?;
        match session.ask(&Ask::Get { path: &self.path }).await? {
            Err(NO_NODE) => Ok(None),
            Err(error) => Err(messages::fault(error)),
            Ok(mut answer) => {
                answer.buffer()?;
                let stat = Stat::read(&mut answer)?;
                Ok(Some((stat, stat.revision()?)))
            }
        }
    }

    /// Makes the node, and the ones above it that are missing. Who logged in owns them.
    async fn create(&self, session: &mut Session, text: &str) -> Result<Result<(), i32>, CenterError> {
        let own = self.servers.address().user.is_some();
        let node = Ask::Create { path: &self.path, content: text.as_bytes(), own, passing: false };
        let made = session.ask(&node).await?.map(|_| ());
        if made != Err(NO_NODE) {
            return Ok(made);
        }
        for (end, _) in self.path.match_indices('/').skip(1) {
            let above = Ask::Create { path: &self.path[..end], content: b"", own, passing: false };
            match session.ask(&above).await? {
                Ok(_) | Err(NODE_EXISTS) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(session.ask(&node).await?.map(|_| ()))
    }
}

impl Center for Zookeeper {
    fn fetch(&self) -> BoxFuture<'_, Result<Fetched, CenterError>> {
        Box::pin(within(LIMIT, self.read()))
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

/// Tells whether a session still works after this.
fn is_answer(error: &CenterError) -> bool {
    matches!(error, CenterError::Missing | CenterError::Unauthorized(_))
}

fn missing_is_fine(error: i32) -> Result<(), i32> {
    if error == NO_NODE { Ok(()) } else { Err(error) }
}
