//! The parts of the room `load` that threads share.

#[path = "../../../src/load/breaker.rs"]
mod breaker;
#[path = "../../../src/load/budget.rs"]
mod budget;
#[path = "../../../src/load/cause.rs"]
mod cause;
#[path = "../../../src/load/gauge.rs"]
mod gauge;
#[path = "../../../src/load/line.rs"]
mod line;
#[path = "../../../src/load/outage.rs"]
mod outage;
#[path = "../../../src/load/pace.rs"]
mod pace;
#[path = "../../../src/load/recent.rs"]
mod recent;
#[path = "../../../src/load/slots.rs"]
mod slots;
#[path = "../../../src/load/waiting.rs"]
mod waiting;

#[path = "breaker_orders.rs"]
pub mod breaker_orders;
#[path = "budget_orders.rs"]
pub mod budget_orders;
#[path = "slots_orders.rs"]
pub mod slots_orders;

pub use cause::Cause;
pub use gauge::{Gauge, InFlight};
