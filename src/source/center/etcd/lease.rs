//! The lease that a replica's key hangs on.

use std::sync::{Mutex, PoisonError};

/// The lease of the own replica, once there is one.
#[derive(Debug, Default)]
pub(super) struct Lease(Mutex<Option<u64>>);

// === impl Lease ===

impl Lease {
    pub(super) fn get(&self) -> Option<u64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, lease: Option<u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lease;
    }
}
