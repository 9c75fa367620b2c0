//! HTTP/2, where a backend chooses it: one connection that many requests share.
//!
//! A connection that is shared can't be driven by one of the requests that use it, so it has a task
//! of its own: the only one of this room. Its owner is the connection, which lives as long as it is
//! on its backend's list or an answer comes by it; then the task is aborted. A stream is its
//! request's alone: dropping it resets it, and the backend is told at once.

mod body;
mod connection;
mod driver;
mod request;
mod seats;
mod shared;

pub(super) use body::Http2Body;
pub(super) use shared::Shared;

use super::heard::{Heard, Listening};
use super::{Failure, Stream};
