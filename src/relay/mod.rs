//! The request path: read which model is asked for, pick, forward, stream back.
//!
//! A request takes one snapshot and keeps it to its last byte. Its body is not understood: only
//! `model` is read, and replaced in place where the backend knows the model by another name. The
//! answer's bytes go through as they come. Nothing here knows how a table is made.

mod answer;
mod answers;
#[cfg(any(test, fuzzing))]
pub(crate) mod any_bytes;
mod aside;
mod ask;
mod attempt;
mod choose;
mod complaint;
mod deliver;
mod events;
mod facts;
mod fault;
mod first_token;
mod forward;
mod gate;
mod headers;
mod multipart;
mod pace;
mod params;
mod patience;
mod peek;
mod plan;
mod prepare;
mod queue;
mod reply_body;
mod resume;
mod retry_after;
mod scan;
mod sticky;
mod streamed;
mod tried;
mod verdict;

pub use answers::Mended;
pub use aside::{Asides, Finishing};
pub use ask::{Ask, Operation};
pub use choose::{local_time_of, time_of_day};
pub use events::{Beginning, Event, Meaning, Piece, Scanner, meaning};
pub use facts::facts;
pub use fault::{Fault, FaultKind, clipped};
pub use forward::forward;
pub use headers::{HOP, hop_id, is_credential};
pub use peek::{Peek, PeekError, peek};
pub use reply_body::ReplyBody;
