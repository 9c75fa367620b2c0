//! HTTP in: two listeners, callers, paths. Every forwarded path has the same handler.

pub mod admin;
mod allowance;
mod body;
mod body_room;
mod callers;
mod connection;
mod counted;
mod data;
mod encrypted;
mod framing;
mod guarded;
mod handed;
mod host;
mod idle_timer;
mod listener;
mod models;
mod multiplexed;
mod paths;
mod patient;
mod port;
mod port_body;
mod request_body;
mod request_id;
mod server;
mod turned_away;

pub use data::{DataPort, Limits};
pub use framing::{Framing, Refusal, Taken};
pub use listener::Claim;
pub use port::Port;
pub use server::{Server, StopReport};

#[cfg(any(test, fuzzing))]
pub(crate) use framing::any_bytes;
