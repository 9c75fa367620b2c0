//! The compiler: documents in, a routing table or all problems at once out.
//!
//! Pure. Files, the process environment and clocks belong to `source`, `reload` and `app`, which
//! pass in what they have read.

mod build;
mod document;
mod problem;
mod server;

pub use build::{Built, build};
pub use document::{Document, Format, Needs, Vars};
pub use problem::{Problem, Problems, Severity};
pub use server::{LogFormat, ServerSettings, WatchMode};
