//! HTTP in: two listeners, callers, paths. Every forwarded path has the same handler.

pub mod admin;
mod allowance;
mod body;
mod callers;
mod data;
mod host;
mod listener;
mod models;
mod paths;
mod server;

pub use data::{DataPort, Limits};
pub use listener::Claim;
pub use server::{Server, StopReport};
