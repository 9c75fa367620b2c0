//! What is asked of a ramp, and why it is refused.

use std::time::Duration;

use super::guard::Guard;
use crate::control::ControlError;

/// What somebody wants ramped, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The model.
    pub model: String,
    /// The new target: a backend's name.
    pub new: String,
    /// Shares in per cent; 100 is put at the end if it isn't there.
    pub steps: Vec<u32>,
    /// How long a step lasts.
    pub every: Duration,
    /// What the new target may not do.
    pub guards: Vec<Guard>,
    /// How many requests to the new target a step waits for.
    pub least: u64,
}

/// Why a ramp is not begun or told.
#[derive(Debug, thiserror::Error)]
pub enum RampError {
    /// The steps make no sense.
    #[error("steps are shares in per cent, rising from 1 to 100, such as 1,10,50,100")]
    Steps,
    /// There is one.
    #[error("`{model}` is being ramped already ({told}); `patchbay abort {model}` ends that")]
    Already {
        /// The model.
        model: String,
        /// Where it stands.
        told: String,
    },
    /// Another replica drives it.
    #[error("`{model}` is being ramped by the replica at {at} ({told}): ask that one")]
    Elsewhere {
        /// The model.
        model: String,
        /// Where clients reach that replica.
        at: String,
        /// Where the ramp stands.
        told: String,
    },
    /// There is none.
    #[error("`{model}` is not being ramped")]
    None {
        /// The model.
        model: String,
    },
    /// The table can't be changed so.
    #[error(transparent)]
    Control(#[from] ControlError),
}
