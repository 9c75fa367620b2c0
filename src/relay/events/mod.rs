//! Server-sent events, as far as a router must understand them.
//!
//! Two questions are asked of a stream: where does an event end, and does it bear anything that a
//! client waits for. Both are answered from bytes that stay as they are: what the scanner hands out
//! is, put together, what it was given.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod beginning;
mod event;
mod filled;
mod meaning;
mod scanner;

pub use beginning::Beginning;
pub(super) use beginning::Prelude;
pub use event::Event;
pub use meaning::{Meaning, meaning};
pub use scanner::{Piece, Scanner};
