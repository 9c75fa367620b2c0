//! Commands on the table: they edit its owner, never the live cell.
//!
//! Whoever changes the table changes what owns it, so that the file in git, the center's console
//! and the router tell one story. A command reads the owner, makes sure that nobody's edit is lost,
//! judges the text that it is about to write, writes it by compare-and-swap, and answers once the
//! reload has found the change and it is live. A command that is refused has changed nothing.
//!
//! One command at a time: two of them that both want generation 7 can't both have it.

mod answer;
mod command;
mod conflict;
mod controller;
mod error;
mod leaving;
mod look;
mod newcomers;
mod overrides;
mod overriding;
mod peer;
mod plan;
mod ramp;
mod reached;
mod resting;
mod rollback;

pub use answer::{Answer, Leaving};
pub use command::{Command, Order, Target, WholeText};
pub use conflict::Conflict;
pub use controller::{Controller, Parts};
pub use error::ControlError;
pub use overrides::{OverrideReport, Overrides};
pub use peer::user_of;
pub use ramp::{Guard, Ramp, RampElsewhere, RampError, RampState, Ramps, Wish};
