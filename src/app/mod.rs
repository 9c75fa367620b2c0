//! Wiring: sources to reload, reload to the live cell, the live cell to two ports. No logic.

mod first;
mod first_center;
mod options;
mod running;
mod start;

pub use crate::record::{LogFlush, log::install as install_log};
pub use options::{Options, Owner, StartError};
pub use running::Running;
pub use start::{DEMO, start};
