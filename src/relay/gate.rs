//! Holds an answer back until it is clear that it is one.
//!
//! As long as the client has seen nothing, another backend may answer instead. A head alone proves
//! little: servers send 200 and then an error as the first event, or a role and then silence. So a
//! stream is held until its first useful token, though not for long once anything of it has come:
//! who waits in a queue wants to see its comments.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body::Body;
use memchr::memmem;
use tokio::time::{Instant, timeout_at};

use super::answer::{AnswerBody, AnswerError};
use super::events::{Beginning, Meaning, Prelude, meaning};

/// How long a stream is held after its first byte. Backends that fail at once do so within this;
/// no client's limit on silence is as short.
const HOLD: Duration = Duration::from_secs(2);
/// The most that is held.
const HOLD_MOST: usize = 64 << 10;
/// The largest answer of 200 that may be an error: a real one is a sentence.
const ERROR_MOST: usize = 16 << 10;

/// The beginning of an answer's body.
#[derive(Debug, Default)]
pub(super) struct Opening {
    /// What was held, exactly as it came.
    pub(super) first: Option<Bytes>,
    /// The error that it is or begins with.
    pub(super) error: Option<Bytes>,
    /// A stream that went on before its first useful token, as far as it was read.
    pub(super) tokenless: Option<Prelude>,
}

/// What was read: most often one piece, which stays as it is.
#[derive(Default)]
struct Held {
    first: Option<Bytes>,
    more: BytesMut,
}

/// What is looked for.
enum Watch {
    /// Nothing: the first byte is enough.
    FirstByte,
    /// An error in a body of JSON.
    Json,
    /// The first useful token of a stream.
    Token(Prelude),
    /// The whole of an error's text.
    Refusal,
}

/// Tells whether an answer is a stream of events.
pub(super) fn is_event_stream(headers: &HeaderMap) -> bool {
    has_type(headers, b"text/event-stream")
}

/// Tells whether a body can't be read as it is.
pub(super) fn is_coded(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity")
}

/// Reads the body until it is clear what the answer is. Broken events are no beginning where the
/// client doesn't get them.
pub(super) async fn open(
    status: StatusCode,
    headers: &HeaderMap,
    body: &mut AnswerBody,
    leaves_out_broken: bool,
) -> Result<Opening, AnswerError> {
    let mut watch = Watch::of(status, headers, leaves_out_broken);
    let mut opening = Opening::default();
    let mut held = Held::default();
    let mut until = None;
    while !body.is_end_stream() && held.more.len() < HOLD_MOST {
        let next = match until {
            None => next_piece(body).await,
            Some(until) => match timeout_at(until, next_piece(body)).await {
                Ok(next) => next,
                Err(_elapsed) => break,
            },
        };
        let Some(piece) = next? else { break };
        held.push(&piece);
        match watch.look(piece) {
            Beginning::Token => return Ok(Opening { first: held.take(), ..opening }),
            Beginning::Error(text) => {
                opening.error = Some(text);
                break;
            }
            Beginning::Prelude => until = until.or_else(|| Some(Instant::now() + HOLD)),
        }
    }
    opening.first = held.take();
    match watch {
        Watch::Refusal => opening.error = Some(opening.first.clone().unwrap_or_default()),
        Watch::Token(read) if opening.error.is_none() && !body.is_end_stream() => {
            opening.tokenless = Some(read);
        }
        Watch::Token(_) | Watch::FirstByte | Watch::Json => {}
    }
    Ok(opening)
}

async fn next_piece(body: &mut AnswerBody) -> Result<Option<Bytes>, AnswerError> {
    loop {
        let Some(frame) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await.transpose()? else {
            return Ok(None);
        };
        if let Ok(piece) = frame.into_data() {
            return Ok(Some(piece));
        }
    }
}

fn has_type(headers: &HeaderMap, kind: &[u8]) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|given| given.as_bytes().get(..kind.len()))
        .is_some_and(|given| given.eq_ignore_ascii_case(kind))
}

// === impl Held ===

impl Held {
    fn push(&mut self, piece: &Bytes) {
        match self.first.take() {
            None if self.more.is_empty() => self.first = Some(piece.clone()),
            first => {
                self.more.extend_from_slice(&first.unwrap_or_default());
                self.more.extend_from_slice(piece);
            }
        }
    }

    fn take(self) -> Option<Bytes> {
        self.first.or_else(|| Some(self.more.freeze()).filter(|more| !more.is_empty()))
    }
}

// === impl Watch ===

impl Watch {
    fn of(status: StatusCode, headers: &HeaderMap, leaves_out_broken: bool) -> Self {
        if status.as_u16() >= 400 {
            Self::Refusal
        } else if is_event_stream(headers) {
            Self::Token(Prelude::new(leaves_out_broken && !is_coded(headers)))
        } else if has_type(headers, b"application/json") {
            Self::Json
        } else {
            Self::FirstByte
        }
    }

    fn look(&mut self, piece: Bytes) -> Beginning {
        match self {
            Self::Refusal => Beginning::Prelude,
            Self::Json if is_error(&piece) => Beginning::Error(piece),
            Self::FirstByte | Self::Json => Beginning::Token,
            Self::Token(read) => read.read(piece),
        }
    }
}

/// Tells whether a whole, small answer of 200 is an error. A longer one is not read at all, and
/// one that doesn't speak of errors is not parsed.
fn is_error(text: &[u8]) -> bool {
    text.len() <= ERROR_MOST && memmem::find(text, b"\"error").is_some() && meaning(text) == Meaning::Error
}
