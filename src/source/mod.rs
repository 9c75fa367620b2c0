//! Where documents come from. A source waits until its texts differ from the last ones and hands
//! them over whole; it knows nothing of their meaning, and never swaps a table. A [`Writer`] is the
//! same place for commands: it reads what is there now, and replaces what has not changed since.

pub mod center;
mod error;
pub mod file;
mod hand;
mod origin;
mod replace_error;
mod writer;

#[cfg(any(test, fuzzing))]
pub(crate) use center::any_bytes;
pub use center::{CenterAddress, CenterSource, CenterState, CenterWriter};
pub use error::{FileKind, SourceError};
pub use file::{Arrival, FilePaths, FileSource, FileWriter, Notice, PollingReason, Watching};
pub use hand::{Hand, user_name};
pub use origin::Source;
pub use replace_error::ReplaceError;
pub use writer::{Held, Writer};
