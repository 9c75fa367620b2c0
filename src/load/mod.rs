//! Facts on routes and backends: what is in flight, what became of it, whose turn is next.
//!
//! Atomics, and one lock where a backend has a limit. No clock is read here: a moment is passed in.

mod gauge;
mod histogram;
mod line;
mod pace;
mod route_load;
mod slots;
mod tally;
mod waiting;

pub use gauge::{Gauge, InFlight};
pub use histogram::Spread;
pub use route_load::RouteLoad;
pub use slots::{Crowd, Slot, Slots};
pub use tally::{Exchange, Reading, Tally};
pub use waiting::Waiting;
