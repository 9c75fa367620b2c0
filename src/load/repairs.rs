//! What was mended in a backend's answers.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts one backend's repairs.
#[derive(Debug, Default)]
pub struct Repairs {
    bad_events: AtomicU64,
    usage: AtomicU64,
    unmended: AtomicU64,
}

/// One repair, or one that could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaired {
    /// An event that wasn't JSON was left out.
    BadEvent,
    /// A missing usage was filled in.
    Usage,
    /// An answer passed as it was, since it was too large or compressed.
    Unmended,
}

/// [`Repairs`] at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RepairReading {
    /// Events that were left out.
    pub bad_events: u64,
    /// Usages that were filled in.
    pub usage: u64,
    /// Answers that passed as they were, since they were too large or compressed.
    pub unmended: u64,
}

// === impl Repairs ===

impl Repairs {
    /// Counts a repair; tells whether it is the first of its kind.
    pub fn count(&self, repaired: Repaired) -> bool {
        let counter = match repaired {
            Repaired::BadEvent => &self.bad_events,
            Repaired::Usage => &self.usage,
            Repaired::Unmended => &self.unmended,
        };
        counter.fetch_add(1, Ordering::Relaxed) == 0
    }

    /// Reads all counters.
    #[must_use]
    pub fn read(&self) -> RepairReading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RepairReading {
            bad_events: load(&self.bad_events),
            usage: load(&self.usage),
            unmended: load(&self.unmended),
        }
    }
}

// === impl RepairReading ===

impl RepairReading {
    /// Tells whether nothing was mended, nor had to be.
    #[must_use]
    pub fn is_clean(self) -> bool {
        self == Self::default()
    }
}
