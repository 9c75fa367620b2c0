//! Generations on disk. So far: the last good documents, for a start on a broken file.

mod folder;
mod last_good;
mod stored;

pub use folder::state_dir;
pub use last_good::{KeepError, LastGood};
pub use stored::Stored;
