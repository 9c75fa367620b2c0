//! How many of something there are now.

use crate::sync::{Arc, AtomicU64, Ordering};

/// Counts what is in flight; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<AtomicU64>);

/// One thing in flight; dropping it counts it out.
#[derive(Debug)]
pub struct InFlight(Arc<AtomicU64>);

impl Gauge {
    /// Counts one in, until the guard is dropped. Whoever looks at something else afterwards has
    /// been counted before it looked.
    #[must_use]
    pub fn enter(&self) -> InFlight {
        self.0.fetch_add(1, Ordering::SeqCst);
        InFlight(Arc::clone(&self.0))
    }

    /// Returns how many there are now.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
