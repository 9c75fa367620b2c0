//! The admin port: how the router is, and why a model goes where it goes.

mod host;
mod port;
mod status;

pub use port::{AdminFacts, router};
