//! A router for OpenAI-compatible model servers whose table of model name → backend can be
//! changed while it serves. Start with `ARCHITECTURE.md`.

pub mod app;
pub mod cli;
pub mod config;
pub mod control;
pub mod descriptors;
pub mod echo;
pub mod edit;
pub mod fleet;
pub mod front;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod health;
pub mod history;
pub mod live;
pub mod load;
pub mod pem;
pub mod probe;
pub mod record;
pub mod relay;
pub mod reload;
pub mod service;
pub mod shutdown;
pub mod source;
mod sync;
pub mod table;
pub mod tls;
pub mod upstream;
