//! How much a backend is given at once.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The most exchanges that go on with a backend at once, and what becomes of those beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxInFlight {
    /// How many go on at once; 1 or more.
    pub limit: u32,
    /// How many may wait for one of them to end; the next is sent on or refused.
    pub queue: u32,
    /// How long each of them waits at most.
    #[serde(rename = "wait_ms", with = "milliseconds")]
    pub wait: Duration,
}

// === impl MaxInFlight ===

impl MaxInFlight {
    /// How long a request waits where nothing is said.
    pub const WAIT: Duration = Duration::from_secs(30);
    /// The longest that one can be made to wait: DB-GPT's clients leave after 10 minutes.
    pub const LONGEST: Duration = Duration::from_secs(600);
    /// The longest queue. Each who waits holds a connection and a request's body.
    pub const DEEPEST: u32 = 10_000;

    /// Makes a limit without a queue.
    #[must_use]
    pub fn of(limit: u32) -> Self {
        Self { limit, queue: 0, wait: Self::WAIT }
    }
}

impl fmt::Display for MaxInFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at once", self.limit)?;
        if self.queue > 0 {
            write!(f, ", then {} wait up to {:?}", self.queue, self.wait)?;
        }
        Ok(())
    }
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}
