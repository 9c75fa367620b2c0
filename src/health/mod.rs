//! Looks after the backends: asks them whether they are alive, and tells who goes out and comes back.
//!
//! What requests show is in each backend's breaker already; here are the things that need a task.
//! Backends with a `health` setting are asked again and again. Of the others only those that could
//! not be reached are: a connection, and no word on it, so that no client waits for a dead host.

mod keeper;
mod tell;
mod ward;

pub use keeper::keep;
