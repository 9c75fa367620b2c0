//! Answers that are changed on their way, where the table asks for it: names in dialect, broken
//! events, a missing usage.
//!
//! Off, nothing here runs. On, what isn't concerned still passes byte for byte, and whatever is
//! not understood passes as it came. It wraps the outside of an answer: what is counted, charged
//! and resumed is what backends have sent.

mod events;
#[cfg(test)]
mod laws;
mod mended;
mod names;
mod treatment;
mod usage;

pub use mended::Mended;
pub(super) use treatment::Treatment;
