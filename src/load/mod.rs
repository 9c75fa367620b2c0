//! Facts on routes and backends: what is in flight, what became of it, whose turn is next.
//!
//! Atomics only. No clock is read here: a moment is passed in.

mod gauge;
mod histogram;
mod route_load;
mod tally;

pub use gauge::{Gauge, InFlight};
pub use histogram::Spread;
pub use route_load::RouteLoad;
pub use tally::{Exchange, Reading, Tally};
