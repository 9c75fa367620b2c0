//! Where documents come from. A source waits until its texts differ from the last ones and hands
//! them over whole; it knows nothing of their meaning, and never swaps a table.

mod error;
pub mod file;

pub use error::{FileKind, SourceError};
pub use file::{Arrival, FilePaths, FileSource, Notice, PollingReason, Watching};
