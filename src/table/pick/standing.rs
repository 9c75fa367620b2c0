//! How backends are, as far as a pick depends on it.

use std::fmt;
use std::time::Duration;

use crate::table::BackendIndex;

/// Tells how backends are. What it says may change between two questions.
pub trait Loads: fmt::Debug + Sync {
    /// Returns how a backend is now.
    fn standing(&self, backend: BackendIndex) -> Standing;

    /// Returns a decaying peak of a backend's time to the first token; zero if it has none yet. Only
    /// who picks by it asks, since it has to be worked out.
    fn latency(&self, _backend: BackendIndex) -> Duration {
        Duration::ZERO
    }

    /// Returns for how long a backend that is out has failed while it could be reached; only so
    /// many of a tier are left out for that.
    fn failing_for(&self, _backend: BackendIndex) -> Option<Duration> {
        None
    }
}

/// How one backend is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Requests that it works on.
    pub in_flight: u64,
    /// Whether it is fit for requests.
    pub condition: Condition,
    /// Whether it has as many as it is given at once.
    pub full: bool,
    /// Which part of its share it may have, from 0 to 1: less than 1 while it starts slowly.
    pub warmth: f64,
}

/// Whether a backend is fit for requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Nothing speaks against it.
    Well,
    /// It was out; a request may try whether it has recovered.
    Trial,
    /// It is asked only if nobody else of its tier is left.
    Out,
}

/// Every backend is well and idle: what a table says by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllWell;

impl Loads for AllWell {
    fn standing(&self, _: BackendIndex) -> Standing {
        Standing::default()
    }
}

impl Default for Standing {
    /// Well, warm and idle.
    fn default() -> Self {
        Self { in_flight: 0, condition: Condition::Well, full: false, warmth: 1.0 }
    }
}
