//! Where documents come from. A source waits until its texts differ from the last ones and hands
//! them over whole; it knows nothing of their meaning, and never swaps a table.

pub mod center;
mod error;
pub mod file;
mod hand;
mod origin;

pub use center::{CenterAddress, CenterSource, CenterState};
pub use error::{FileKind, SourceError};
pub use file::{Arrival, FilePaths, FileSource, Notice, PollingReason, Watching};
pub use hand::{Hand, user_name};
pub use origin::Source;
