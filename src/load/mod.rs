//! Facts on routes and backends: what is in flight, what became of it, who is out, whose turn is next.
//!
//! Atomics, and locks that only failures take. No clock is read here: a moment is passed in.

mod breaker;
mod cause;
mod engine_load;
mod gauge;
mod histogram;
mod moments;
mod outage;
mod peak;
mod recent;
mod route_load;
mod tally;
mod warmup;

pub use breaker::{Breaker, FAILURES, Health};
pub use cause::Cause;
pub use engine_load::EngineLoad;
pub use gauge::{Gauge, InFlight};
pub use histogram::Spread;
pub use outage::Outage;
pub use route_load::RouteLoad;
pub use tally::{Exchange, Reading, Tally};
pub use warmup::Warmup;
