//! How a backend's health is looked after, as configured.

use std::time::Duration;

use http::uri::PathAndQuery;

/// How a backend is asked whether it is alive, with no request that would make it work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// What is asked for: `/models` below the base path, every other path beside its `/v1`. `None`
    /// asks for `/health`, where there is none for `/models`, and where there is none connects.
    pub path: Option<PathAndQuery>,
    /// How often.
    pub every: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// After how many failed checks in a row the backend is out.
    pub down_after: u32,
    /// After how many good checks in a row it is back.
    pub up_after: u32,
}

/// After how many failures in a row a backend is out; `None` for never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerLimit(pub Option<u32>);

// === impl HealthCheck ===

impl HealthCheck {
    /// Returns for how long what a check has found holds: until the next one has surely ended.
    #[must_use]
    pub fn fresh(&self) -> Duration {
        self.every * 2 + self.timeout
    }
}

impl Default for HealthCheck {
    fn default() -> Self {
        Self {
            path: None,
            every: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            down_after: 2,
            up_after: 1,
        }
    }
}

// === impl BreakerLimit ===

impl Default for BreakerLimit {
    /// Soon enough that a client which tries three times is not failed by one dead backend.
    fn default() -> Self {
        Self(Some(3))
    }
}
