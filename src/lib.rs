//! A router for OpenAI-compatible model servers whose table of model name → backend can be
//! changed while it serves. Start with `ARCHITECTURE.md`.

pub mod config;
pub mod echo;
pub mod history;
pub mod live;
pub mod load;
pub mod source;
pub mod table;
pub mod upstream;
