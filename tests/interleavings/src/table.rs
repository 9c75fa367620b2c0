//! What the parts under test take from the room `table`.

#[path = "../../../src/table/health.rs"]
mod health;
#[path = "../../../src/table/max_in_flight.rs"]
mod max_in_flight;
#[path = "../../../src/table/pick/standing.rs"]
mod standing;

pub use health::{BreakerLimit, HealthCheck};
pub use max_in_flight::MaxInFlight;
pub use standing::Condition;

#[derive(Debug, Clone, Copy)]
pub struct BackendIndex;
