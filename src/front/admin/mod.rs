//! The admin port: how the router is, and why a model goes where it goes.

mod explain;
mod host;
mod port;
mod status;

pub use explain::explanation;
pub use port::{AdminFacts, router};
