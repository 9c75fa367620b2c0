//! Replicas as nodes that go away with their session. How long a session is kept is said when it
//! begins, and the server has the last word.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::Zookeeper;
use super::messages::{ANY_VERSION, Ask, NO_NODE, NODE_EXISTS, fault, names};
use super::session::Session;
use crate::source::center::socket::{LIMIT, within};
use crate::source::center::{CenterError, Roster};

/// The longest card: a server takes packets below 1 MiB.
const MOST_BYTES: usize = 1_000_000;

/// What to do on the replica's session.
#[derive(Clone, Copy)]
enum Task<'a> {
    Show { id: &'a str, card: &'a str },
    Hide { id: &'a str },
    List,
}

/// The session that the own replica's node lives by.
#[derive(Debug)]
pub(super) struct Held {
    session: Session,
    /// Whether the node is this session's own, and not what the one before has left.
    is_shown: bool,
}

impl Zookeeper {
    /// Does something on the replica's session, or on a new one if that has ended.
    async fn on_session(&self, task: Task<'_>) -> Result<Vec<String>, CenterError> {
        let mut shared = self.replica.lock().await;
        if let Some(held) = shared.as_mut() {
            match within(self.servers.turn(), self.attempt(held, task)).await {
                Err(error) if error.is_down() => *shared = None,
                done => return done,
            }
        }
        let held = shared.insert(Held { session: self.open().await?, is_shown: false });
        let done = within(self.servers.turn(), self.attempt(held, task)).await;
        if done.as_ref().is_err_and(CenterError::is_down) {
            *shared = None;
        }
        done
    }

    async fn attempt(&self, held: &mut Held, task: Task<'_>) -> Result<Vec<String>, CenterError> {
        match task {
            Task::Show { id, card } => {
                self.show_on(&mut held.session, id, card, !held.is_shown).await?;
                held.is_shown = true;
                Ok(Vec::new())
            }
            Task::Hide { id } => {
                // An earlier session's node would stay for as long as the server waits for that one.
                match held.session.ask(&Ask::Delete { path: &self.node_of(id) }).await? {
                    Ok(_) | Err(NO_NODE) => Ok(Vec::new()),
                    Err(error) => Err(fault(error)),
                }
            }
            Task::List => self.list_on(&mut held.session).await,
        }
    }

    async fn show_on(
        &self,
        session: &mut Session,
        id: &str,
        card: &str,
        is_new: bool,
    ) -> Result<(), CenterError> {
        let path = self.node_of(id);
        if is_new {
            let _gone = session.ask(&Ask::Delete { path: &path }).await?;
        } else {
            match session.ask(&Ask::Get { path: &path }).await? {
                Ok(mut answer) => {
                    if answer.buffer()? == card.as_bytes() {
                        return Ok(());
                    }
                    let set = Ask::Set { path: &path, content: card.as_bytes(), version: ANY_VERSION };
                    return session.ask(&set).await?.map(|_| ()).map_err(fault);
                }
                Err(NO_NODE) => {}
                Err(error) => return Err(fault(error)),
            }
        }
        let own = self.servers.address().user.is_some();
        let node = Ask::Create { path: &path, content: card.as_bytes(), own, passing: true };
        let mut made = session.ask(&node).await?.map(|_| ());
        if made == Err(NO_NODE) {
            for (end, _) in path.match_indices('/').skip(1) {
                let above = Ask::Create { path: &path[..end], content: b"", own, passing: false };
                match session.ask(&above).await? {
                    Ok(_) | Err(NODE_EXISTS) => {}
                    Err(error) => return Err(fault(error)),
                }
            }
            made = session.ask(&node).await?.map(|_| ());
        }
        made.map_err(fault)
    }

    async fn list_on(&self, session: &mut Session) -> Result<Vec<String>, CenterError> {
        let replicas = self.replicas();
        // A follower may lag behind what others have just said.
        let _synced = session.ask(&Ask::Sync { path: &replicas }).await?;
        let names = match session.ask(&Ask::List { path: &replicas }).await? {
            Ok(mut answer) => names(&mut answer)?,
            Err(NO_NODE) => return Ok(Vec::new()),
            Err(error) => return Err(fault(error)),
        };
        let mut cards = Vec::new();
        for name in names {
            let path = format!("{replicas}/{name}");
            match session.ask(&Ask::Get { path: &path }).await? {
                Ok(mut answer) => cards.push(text(&answer.buffer()?)),
                Err(NO_NODE) => {}
                Err(error) => return Err(fault(error)),
            }
        }
        Ok(cards)
    }

    /// Takes the node away, and ends the session.
    async fn hide(&self, id: &str) -> Result<(), CenterError> {
        let gone = self.on_session(Task::Hide { id }).await;
        if let Some(held) = self.replica.lock().await.take() {
            held.session.close().await;
        }
        gone.map(|_none| ())
    }

    fn replicas(&self) -> String {
        format!("{}.replicas", self.path)
    }

    fn node_of(&self, id: &str) -> String {
        format!("{}/{id}", self.replicas())
    }
}

fn text(card: &Bytes) -> String {
    String::from_utf8_lossy(card).into_owned()
}

impl Roster for Zookeeper {
    fn announce<'c>(
        &'c self,
        id: &'c str,
        card: &'c str,
        _ttl: Duration,
    ) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(async move {
            let show = Task::Show { id, card };
            within(LIMIT, self.on_session(show)).await.map(|_none| ())
        })
    }

    fn withdraw<'c>(&'c self, id: &'c str) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(within(LIMIT, self.hide(id)))
    }

    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    fn cards(&self) -> BoxFuture<'_, Result<Vec<String>, CenterError>> {
        Box::pin(within(LIMIT, self.on_session(Task::List)))
    }
}
