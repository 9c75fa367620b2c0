//! Wiring: sources to reload, reload to the live cell, the live cell to two ports. No logic.

mod center_text;
mod first;
mod first_center;
mod options;
mod running;
mod start;

pub use crate::control::{Answer, Conflict};
pub use crate::fleet::{Card, FleetReport, Replicas, WaitReport};
pub use crate::history::{DiffReport, GenerationReport, HistoryReport, Utc};
pub use crate::live::Author;
pub use crate::record::{LogFlush, log::install as install_log};
pub use crate::source::center::{CenterError, Fetched, WriteError};
pub use center_text::{CenterText, OpenError};
pub use options::{Options, Owner, StartError};
pub use running::Running;
pub use start::{DEMO, start};
