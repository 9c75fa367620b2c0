//! Ramps: a new target gets a growing share of a model's requests, and goes back by itself if it
//! does worse than it may.
//!
//! Each step is an ordinary command on the owner, so it shows in the file, in the history and at
//! every replica; what guards it are the counts of this router's own requests. A ramp is written
//! down at each step and goes on after a restart, at the beginning of the step it was in. Where
//! the table stands in a config center, another replica goes on with it when its own is gone.

mod course;
mod elsewhere;
mod guard;
mod ramps;
mod store;
mod wish;

pub use course::{Ramp, RampState};
pub use elsewhere::RampElsewhere;
pub use guard::Guard;
pub use ramps::Ramps;
pub use wish::{RampError, Wish};
