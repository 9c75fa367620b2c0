//! What happened: one access line a request, its tokens among them.
//!
//! It decides nothing, waits for nothing and fails nobody's request. A prompt, an answer or a key
//! never gets here.

mod access_log;
mod decision;
mod entry;
mod fields;
mod json;
pub mod log;
mod log_writer;
mod outcome;
mod text;
mod usage;

pub use decision::Decision;
pub use entry::{End, Entry, Queued};
pub use log_writer::LogFlush;
pub use outcome::Outcome;
pub use usage::{Usage, UsageScan};
