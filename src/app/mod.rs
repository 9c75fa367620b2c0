//! Wiring: sources to reload, reload to the live cell, the live cell to two ports. No logic.

mod center_text;
mod certificates;
mod commands;
mod engine_loads;
mod first;
mod first_center;
mod open_ports;
mod options;
mod ramp_duties;
mod rehearsal;
mod running;
mod start;
mod watch_trial;

pub use crate::control::{Answer, Conflict, OverrideReport, Ramp, RampElsewhere, RampState};
pub use crate::fleet::{Card, CenterText, FleetReport, ProposalError, Proposer, Replicas, WaitReport};
pub use crate::front::Claim;
pub use crate::front::admin::OPENAPI;
pub use crate::history::{DiffReport, GenerationReport, HistoryReport, Utc, state_dir};
pub use crate::live::Author;
pub use crate::record::{LogFlush, log::install as install_log};
pub use crate::relay::{facts, local_time_of, time_of_day};
pub use crate::reload::CertificateError;
pub use crate::source::center::{CenterError, Fetched, WriteError};
pub use crate::source::{PollingReason, Watching};
pub use center_text::{OpenError, open_text};
pub use certificates::{CertificateReport, look_at_certificates};
pub use options::{Options, Owner, Ports, StartError};
pub use running::Running;
pub use start::{DEMO, start};
pub use watch_trial::watch_trial;
