//! Asks a backend whether it is well, as a client of its own would.
//!
//! It knows one backend at a time and no table. A question goes out by a connection that nothing
//! else uses, with the backend's key and base path, so that it neither takes from the pool that
//! serves requests nor counts as one. What a failure means is for the caller to say.

mod alive;
mod answer;
mod asker;
mod contract;
mod error;
mod prepare;
mod reach;
mod service;
mod sse;
mod target;

pub use alive::{Alive, Rung, Unwell, alive, knock};
pub use contract::{Finding, Point, Report, Verdict, contract};
pub use error::ProbeError;
pub use prepare::{ready, release};
pub use reach::{Reached, reach};
pub use service::Service;
pub use sse::EventReader;
pub use target::{TargetError, target};
