//! Facts on routes and backends: what is in flight, what became of it, whose turn is next.
//!
//! Atomics only. No clock is read here: a moment is passed in.

mod engine_load;
mod gauge;
mod histogram;
mod moments;
mod peak;
mod route_load;
mod tally;
mod warmup;

pub use engine_load::EngineLoad;
pub use gauge::{Gauge, InFlight};
pub use histogram::Spread;
pub use route_load::RouteLoad;
pub use tally::{Exchange, Reading, Tally};
pub use warmup::Warmup;
