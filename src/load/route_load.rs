//! A route's counters.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::table::Ticket;

/// Hands out tickets; kept over a reload, so that shares stay exact across saves.
#[derive(Debug, Default)]
pub struct RouteLoad {
    tickets: AtomicU64,
}

impl RouteLoad {
    /// Draws the next ticket.
    #[must_use]
    pub fn draw(&self) -> Ticket {
        Ticket(self.tickets.fetch_add(1, Ordering::Relaxed))
    }
}
