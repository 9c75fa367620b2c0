//! The admin port: how the router is, what its fellows run, and why a model goes where it goes.

mod commands;
mod demand;
mod events;
mod explain;
mod fleet;
mod guard;
mod history;
mod host;
mod mirrors;
mod port;
mod ramps;
mod status;

pub use port::{Admin, AdminFacts, OPENAPI, listeners, router};
