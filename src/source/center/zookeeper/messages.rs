//! What we ask `ZooKeeper`, and what it says. Pure.

use bytes::Bytes;

use super::jute::{Reader, Writer, strange};
use crate::source::center::{CenterError, Revision};

/// The session's length that we ask for, in milliseconds. The server has limits of its own.
const SESSION: i32 = 10_000;

/// `xid` of messages that answer no question.
pub(super) const NOTICE: i32 = -1;
pub(super) const PING: i32 = -2;
pub(super) const LOGIN: i32 = -4;

/// Errors that mean something to us.
pub(super) const NO_NODE: i32 = -101;
pub(super) const BAD_VERSION: i32 = -103;
pub(super) const NODE_EXISTS: i32 = -110;
/// The version that every node has.
pub(super) const ANY_VERSION: i32 = -1;

const NO_RIGHT: i32 = -102;
const EXPIRED: i32 = -112;
const LOGIN_FAILED: i32 = -115;

/// A question.
#[derive(Debug)]
pub(super) enum Ask<'a> {
    Create {
        path: &'a str,
        content: &'a [u8],
        own: bool,
        /// Whether it goes away with the session.
        passing: bool,
    },
    Delete {
        path: &'a str,
    },
    /// Asks for the names of the nodes below.
    List {
        path: &'a str,
    },
    /// Asks for the node's state, and for a notice when it changes.
    Watch {
        path: &'a str,
    },
    Get {
        path: &'a str,
    },
    Set {
        path: &'a str,
        content: &'a [u8],
        version: i32,
    },
    /// Has a follower take in all that its leader knows.
    Sync {
        path: &'a str,
    },
    Ping,
    Login {
        login: &'a str,
    },
    Close,
}

/// What a node's state tells us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    /// The number of its last change, across all nodes.
    pub(super) changed: i64,
    /// How often its content has been changed.
    pub(super) version: i32,
}

/// The head of an answer or a notice.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) xid: i32,
    pub(super) error: i32,
}

// === impl Ask ===

impl Ask<'_> {
    /// Writes the question, with its length in front.
    pub(super) fn framed(&self, xid: i32) -> Vec<u8> {
        framed(&self.written(xid))
    }

    fn written(&self, xid: i32) -> Writer {
        let head = |xid, kind| Writer::default().int(xid).int(kind);
        match *self {
            Self::Create { path, content, own, passing } => {
                let rights = head(xid, 1).text(path).buffer(content).int(1).int(31);
                let rights =
                    if own { rights.text("auth").text("") } else { rights.text("world").text("anyone") };
                rights.int(passing.into())
            }
            Self::Delete { path } => head(xid, 2).text(path).int(ANY_VERSION),
            Self::List { path } => head(xid, 8).text(path).boolean(false),
            Self::Watch { path } => head(xid, 3).text(path).boolean(true),
            Self::Get { path } => head(xid, 4).text(path).boolean(false),
            Self::Set { path, content, version } => head(xid, 5).text(path).buffer(content).int(version),
            Self::Sync { path } => head(xid, 9).text(path),
            Self::Ping => head(PING, 11),
            Self::Login { login } => head(LOGIN, 100).int(0).text("digest").text(login),
            Self::Close => head(xid, -11),
        }
    }
}

/// Writes the first message of a connection, which asks for a session.
pub(super) fn hello() -> Vec<u8> {
    framed(&Writer::default().int(0).long(0).int(SESSION).long(0).buffer(&[0; 16]).boolean(false))
}

/// Reads the server's first message: how many milliseconds it keeps a silent session.
pub(super) fn welcome(message: Bytes) -> Result<u64, CenterError> {
    let mut reader = Reader::new(message);
    let _version = reader.int()?;
    let kept = reader.int()?;
    let session = reader.long()?;
    reader.buffer()?;
    match u64::try_from(kept) {
        Ok(kept) if kept > 0 && session != 0 => Ok(kept),
        _ => Err(CenterError::Refused("no session".to_owned())),
    }
}

fn framed(message: &Writer) -> Vec<u8> {
    let length = u32::try_from(message.bytes().len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], message.bytes()].concat()
}

// === impl Head ===

impl Head {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, CenterError> {
        let xid = reader.int()?;
        let _zxid = reader.long()?;
        Ok(Self { xid, error: reader.int()? })
    }
}

// === impl Stat ===

impl Stat {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, CenterError> {
        let _created = reader.long()?;
        let changed = reader.long()?;
        reader.skip(16)?;
        Ok(Self { changed, version: reader.int()? })
    }

    /// Says both numbers: the version alone begins anew when a node is deleted.
    pub(super) fn revision(self) -> Result<Revision, CenterError> {
        let order = u64::try_from(self.changed).map_err(|_| strange())?;
        Ok(Revision { text: format!("{order}/{}", self.version), order: Some(order) })
    }
}

/// Reads a notice: whether it is of a node, and not of the connection's state.
pub(super) fn is_of_node(notice: &mut Reader) -> Result<bool, CenterError> {
    // The kind and the state; only what concerns a node has a path.
    notice.skip(8)?;
    Ok(!notice.text()?.is_empty())
}

/// Reads the names of the nodes below another.
pub(super) fn names(answer: &mut Reader) -> Result<Vec<String>, CenterError> {
    // Each takes four bytes at least, so that what is promised and isn't there ends this.
    (0..answer.int()?.max(0)).map(|_| answer.text()).collect()
}

/// Sorts an error that says nothing of the node itself.
pub(super) fn fault(error: i32) -> CenterError {
    match error {
        NO_NODE => CenterError::Missing,
        NO_RIGHT => CenterError::Unauthorized("no right to this node".to_owned()),
        LOGIN_FAILED => CenterError::Unauthorized("wrong user or password".to_owned()),
        EXPIRED => CenterError::Refused("the session has expired".to_owned()),
        error => CenterError::Refused(format!("error {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of the Java client 3.8 (`zkCli get -w /r`), as its documents describe them.
    #[test]
    fn questions_are_written_as_the_protocol_says() {
        let get = Ask::Get { path: "/r" }.framed(3);
        assert_eq!(get, [0, 0, 0, 15, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 2, b'/', b'r', 0]);
        assert_eq!(Ask::Ping.framed(9), [0, 0, 0, 8, 255, 255, 255, 254, 0, 0, 0, 11]);
        assert_eq!(hello().len(), 4 + 45);
    }

    #[test]
    fn a_server_that_gives_no_session_is_refused() {
        let answer = |kept: i32, session: i64| {
            Writer::default().int(0).int(kept).long(session).buffer(&[1; 16]).boolean(false)
        };
        let read = |writer: &Writer| welcome(Bytes::copy_from_slice(writer.bytes()));
        assert_eq!(read(&answer(10_000, 5)), Ok(10_000));
        assert!(read(&answer(0, 0)).is_err());
        assert!(read(&answer(-1, 5)).is_err());
    }
}
