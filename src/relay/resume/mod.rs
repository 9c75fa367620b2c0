//! An answer that lost its backend in the middle goes on on a twin, or breaks off visibly.
//!
//! `chunk` understands one event, `seam` knows what the client has and lets nothing pass that
//! doubles, loses or changes a byte of it, `follower` does so for a whole stream, and `again` words
//! the request for the twin. All of these are pure. `driver` ties them to connections and clocks.
//!
//! A twin either goes on from the text so far, where it declares that it can, or gives its own
//! answer from the start, of which nothing passes before it has repeated that text word for word.
//! The repetition is the proof: no setting has to promise that answers are deterministic.

mod again;
#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod chunk;
mod driver;
mod follower;
#[cfg(test)]
mod laws;
mod rewrite;
mod seam;
mod spent;

pub(super) use driver::Resume;
pub(super) use follower::Trouble;
