//! Facts on routes and backends: what is in flight, what became of it, who is out, whose turn is next.
//!
//! Atomics, and locks that only failures and limits take. No clock is read here: a moment is passed in.

mod breaker;
mod bucket;
mod budget;
mod caller_load;
mod cause;
mod engine_load;
mod gauge;
mod histogram;
mod line;
mod mirror_tally;
mod moments;
mod outage;
mod pace;
mod peak;
mod recent;
mod repairs;
mod route_load;
mod slots;
mod tally;
mod waiting;
mod warmup;

pub use breaker::{Breaker, Health};
pub use bucket::Allowance;
pub use budget::Budget;
pub use caller_load::{Admitted, CallerLoad, CallerStanding, Exceeded};
pub use cause::Cause;
pub use engine_load::EngineLoad;
pub use gauge::{Gauge, InFlight};
pub use histogram::Spread;
pub use mirror_tally::{Answered, MirrorReading, MirrorTally, Side, SideReading};
pub use outage::Outage;
pub use repairs::{RepairReading, Repaired, Repairs};
pub use route_load::RouteLoad;
pub use slots::{Crowd, Slot, Slots};
pub use tally::{Exchange, Reading, Tally};
pub use waiting::Waiting;
pub use warmup::{Warmup, warmth};
