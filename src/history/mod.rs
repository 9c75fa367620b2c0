//! Generations on disk: who made which table, when, from what; and an audit that only grows.
//!
//! A generation is put into memory and is on disk soon after: no reload waits for a disk, and none
//! fails because of one. The newest documents are also what a start on a broken file goes on with.

#[cfg(any(test, fuzzing))]
pub(crate) mod any_bytes;
mod audit;
mod disk_writer;
mod folder;
mod memory;
mod moment;
mod page;
mod record;
mod records;
mod report;
mod shelf;
mod shown;
mod whole;

pub use disk_writer::DiskWriter;
pub use folder::state_dir;
pub use moment::Utc;
pub use record::{Record, Refused, Stored};
pub use records::Records;
pub use report::{DiffReport, GenerationReport, HistoryReport, PendingReport, RefusedReport, Unknown};
pub use shelf::MOST_GENERATIONS;
pub use shown::{ShownDocument, table_as_json, table_as_yaml};
pub use whole::keep_whole;
