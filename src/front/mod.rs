//! HTTP in: two listeners, callers, paths. Every forwarded path has the same handler.

pub mod admin;
mod allowance;
mod body;
mod callers;
mod connection;
mod counted;
mod data;
mod framing;
mod guarded;
mod host;
mod listener;
mod models;
mod paths;
mod server;
mod turned_away;

pub use data::{DataPort, Limits};
pub use listener::Claim;
pub use server::{Server, StopReport};

#[cfg(any(test, fuzzing))]
pub(crate) use framing::any_bytes;
