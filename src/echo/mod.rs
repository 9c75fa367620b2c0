//! The in-process backend behind `echo://NAME`: demos, docs and tests need no model server.
//!
//! It answers as an OpenAI server would, signs with its name, and can be slow or fail. It knows
//! neither sockets nor the router: a request's path and body go in, an answer comes out. Dropping
//! the future or the body stops it, as closing the connection stops a real server.

mod answer;
mod ask;
mod body;
mod chance;
mod completion;
mod embeddings;
mod events;
mod refusal;
mod rerank;
mod text;

pub use answer::answer;
pub use body::EchoBody;
