//! Messages that tell of a change.

use super::connection::Connection;
use super::resp::Reply;
use crate::source::center::CenterError;

/// A connection that listens for messages, kept from one wait to the next so that none between
/// them is missed.
#[derive(Debug)]
pub(super) enum Hints {
    /// None yet.
    Closed,
    /// This user may not listen; the key is only looked at now and then.
    Denied,
    /// Messages come here.
    Open(Connection),
}

// === impl Hints ===

impl Hints {
    /// Begins to listen on all channels that this user may listen on.
    pub(super) async fn listen(mut connection: Connection, channels: &[String]) -> Result<Self, CenterError> {
        let mut allowed = false;
        for channel in channels {
            match connection.reply_to(&[b"SUBSCRIBE", channel.as_bytes()]).await? {
                Reply::List(_) => allowed = true,
                Reply::Error(words) if words.starts_with("NOPERM") => {}
                Reply::Error(words) => return Err(connection.fault(&words)),
                _ => return Err(CenterError::Nonsense("no answer to a subscription".to_owned())),
            }
        }
        Ok(if allowed { Self::Open(connection) } else { Self::Denied })
    }

    /// Waits for a message; for ever if none can come. Nothing is lost if this is dropped.
    pub(super) async fn next(&mut self) -> Result<(), CenterError> {
        let Self::Open(connection) = self else { return std::future::pending().await };
        loop {
            let heard = is_message(&connection.read().await?);
            // One read answers all messages that have come by then.
            let mut more = heard;
            while let Some(reply) = connection.take()? {
                more |= is_message(&reply);
            }
            if more {
                return Ok(());
            }
        }
    }

    /// Asks the server for a sign of life, which comes among the messages. A connection whose
    /// other end is gone breaks by it.
    pub(super) async fn stir(&mut self) -> Result<(), CenterError> {
        match self {
            Self::Open(connection) => connection.send(&[b"PING"]).await,
            Self::Closed | Self::Denied => Ok(()),
        }
    }
}

fn is_message(reply: &Reply) -> bool {
    let Reply::List(members) = reply else { return false };
    matches!(members.first(), Some(Reply::Text(kind)) if kind == "message")
}
