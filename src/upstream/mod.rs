//! Connections to backends: connect, encrypt, keep idle, retire.
//!
//! The room below `live`: the pools belong to the snapshot, and die with the last table that names
//! their backend.

use crate::load::Gauge;
use crate::table::Address;

/// The run-time state of one backend: its connections and what is in flight on it.
#[derive(Debug)]
pub struct Upstream {
    /// Requests in flight on this backend.
    pub in_flight: Gauge,
}

impl Upstream {
    /// Makes the state of a backend that no request has met yet.
    #[must_use]
    pub fn new(_address: &Address) -> Self {
        Self { in_flight: Gauge::default() }
    }
}
