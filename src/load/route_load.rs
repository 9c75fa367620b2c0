//! A route's counters.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::MirrorTally;
use crate::table::Ticket;

/// Hands out tickets; kept over a reload, so that shares stay exact across saves.
#[derive(Debug, Default)]
pub struct RouteLoad {
    tickets: AtomicU64,
    mirror: OnceLock<Box<MirrorTally>>,
}

impl RouteLoad {
    /// Draws the next ticket.
    #[must_use]
    pub fn draw(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the counters of its copies, which only routes with a mirror have.
    #[must_use]
    pub fn mirror(&self) -> &MirrorTally {
        self.mirror.get_or_init(Box::default)
    }
}
