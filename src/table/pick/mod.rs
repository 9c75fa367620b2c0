//! Which backends may answer a request, in which order.
//!
//! Pure: how the backends are comes in through [`Loads`], chance only from the request's
//! [`Ticket`]. The same inputs give the same order, so that every strategy has laws.

mod candidates;
mod chance;
mod field;
mod members;
mod rendezvous;
mod spared;
mod standing;
mod turns;
mod twin;
mod two_choices;

pub use candidates::{Candidate, Candidates, candidates};
pub use chance::{StickyKey, Ticket};
pub use standing::{AllWell, Condition, Loads, Standing};
pub use twin::twin;
