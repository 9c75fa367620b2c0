//! Files, watched so that every way of saving is seen and no half state is taken for a whole one.
//!
//! Three things are watched for each file: its folder, the file itself, and every folder on the
//! way of its symbolic links. A watch on the file alone dies with the first rename; one on the
//! folder alone hears nothing of a file that is mounted by itself; and a `ConfigMap` swaps a link
//! elsewhere. Events are hints only. What counts is the content, read anew by path each time; a
//! slow poll finds what no event tells (network folders, memory-mapped writes).
//!
//! Part of a YAML file is often valid YAML with fewer models, so parsing can't tell whether a
//! text is whole. Three things can: the writer closed the file, the file came by a rename, or
//! reads some time apart agree. Everything that is read together (the table, its includes, the
//! `.env`, secret files) is handed over as one set.
//!
//! One thread does it all, with blocking reads: a file that hangs can't stop requests.

mod chain;
mod desk;
mod file_set;
mod file_source;
mod file_writer;
mod lookout;
mod mark;
mod read;
mod replace;
mod settle;
mod signs;
mod swap;
mod watches;

pub use file_set::FilePaths;
pub use file_source::{Arrival, FileSource};
pub use file_writer::FileWriter;
pub use read::Notice;
pub use watches::{PollingReason, Watching};
