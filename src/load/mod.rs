//! Facts on routes and backends: what is in flight, whose turn is next.
//!
//! Atomics only. No clock is read here: a moment is passed in.

mod gauge;
mod route_load;

pub use gauge::{Gauge, InFlight};
pub use route_load::RouteLoad;
