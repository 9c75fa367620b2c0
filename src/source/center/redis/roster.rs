//! Replicas as keys that expire, and a set of their ids, so that nobody has to search for them.
//!
//! The names share the braces of a hash tag, by which a cluster keeps them on one node.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::Redis;
use super::connection::{Connection, unexpected};
use super::resp::Reply;
use crate::source::center::socket::{LIMIT, within};
use crate::source::center::{CenterError, Roster};

/// How long the set of ids outlives its last replica.
const SET_LIFE: &[u8] = b"86400";

impl Redis {
    /// Says several things, on the kept connection or on a new one.
    async fn say(&self, commands: &[&[&[u8]]]) -> Result<Vec<Reply>, CenterError> {
        let kept = self.idle().take();
        if let Some(mut connection) = kept {
            match within(self.servers.turn(), say_on(&mut connection, commands)).await {
                Err(error) if error.is_down() => {}
                said => return self.keep(connection, said),
            }
        }
        let mut connection = self.connect().await?;
        let said = within(self.servers.turn(), say_on(&mut connection, commands)).await;
        self.keep(connection, said)
    }

    fn keep<T>(&self, connection: Connection, said: Result<T, CenterError>) -> Result<T, CenterError> {
        if said.is_ok() {
            *self.idle() = Some(connection);
        }
        said
    }

    async fn show(&self, id: &str, card: &str, ttl: Duration) -> Result<(), CenterError> {
        let (set, key) = (self.set(), self.key_of(id));
        let millis = ttl.as_millis().to_string();
        self.say(&[
            &[b"SET", key.as_bytes(), card.as_bytes(), b"PX", millis.as_bytes()],
            &[b"SADD", set.as_bytes(), id.as_bytes()],
            &[b"EXPIRE", set.as_bytes(), SET_LIFE],
        ])
        .await
        .map(|_done| ())
    }

    async fn hide(&self, id: &str) -> Result<(), CenterError> {
        let (set, key) = (self.set(), self.key_of(id));
        self.say(&[&[b"DEL", key.as_bytes()], &[b"SREM", set.as_bytes(), id.as_bytes()]])
            .await
            .map(|_done| ())
    }

    async fn shown(&self) -> Result<Vec<String>, CenterError> {
        let set = self.set();
        let ids = list(self.say(&[&[b"SMEMBERS", set.as_bytes()]]).await?.pop())?;
        let ids: Vec<&[u8]> = ids.iter().filter_map(text).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<Vec<u8>> = ids.iter().map(|id| [set.as_bytes(), b"/", id].concat()).collect();
        let ask: Vec<&[u8]> = std::iter::once(&b"MGET"[..]).chain(keys.iter().map(Vec::as_slice)).collect();
        let cards = list(self.say(&[&ask]).await?.pop())?;
        let gone: Vec<&[u8]> =
            ids.iter().zip(&cards).filter(|(_, card)| text(card).is_none()).map(|(id, _)| *id).collect();
        if !gone.is_empty() {
            // Whoever lives adds itself again.
            let forget: Vec<&[u8]> = [&b"SREM"[..], set.as_bytes()].into_iter().chain(gone).collect();
            self.say(&[&forget]).await?;
        }
        Ok(cards.iter().filter_map(text).map(|card| String::from_utf8_lossy(card).into_owned()).collect())
    }

    fn set(&self) -> String {
        format!("{{{}}}.replicas", self.key)
    }

    fn key_of(&self, id: &str) -> String {
        format!("{}/{id}", self.set())
    }
}

async fn say_on(connection: &mut Connection, commands: &[&[&[u8]]]) -> Result<Vec<Reply>, CenterError> {
    let mut replies = Vec::with_capacity(commands.len());
    for command in commands {
        replies.push(connection.ask(command).await?);
    }
    Ok(replies)
}

fn list(reply: Option<Reply>) -> Result<Vec<Reply>, CenterError> {
    match reply {
        Some(Reply::List(members)) => Ok(members),
        Some(reply) => Err(unexpected(&reply)),
        None => Ok(Vec::new()),
    }
}

fn text(reply: &Reply) -> Option<&[u8]> {
    match reply {
        Reply::Text(text) => Some(text),
        _ => None,
    }
}

impl Roster for Redis {
    fn announce<'c>(
        &'c self,
        id: &'c str,
        card: &'c str,
        ttl: Duration,
    ) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(within(LIMIT, self.show(id, card, ttl)))
    }

    fn withdraw<'c>(&'c self, id: &'c str) -> BoxFuture<'c, Result<(), CenterError>> {
        Box::pin(within(LIMIT, self.hide(id)))
    }

    fn cards(&self) -> BoxFuture<'_, Result<Vec<String>, CenterError>> {
        Box::pin(within(LIMIT, self.shown()))
    }
}
