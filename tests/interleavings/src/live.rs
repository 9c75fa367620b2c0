//! The swap.

#[path = "../../../src/live/current.rs"]
mod current;
#[path = "swap_orders.rs"]
pub mod swap_orders;
