//! What holds for any bytes, by name: the door through which `fuzz/` comes in.
//!
//! A law stands in the room that it is about, in a module `any_bytes`, and is written once. The fuzz
//! targets hold it against what a fuzzer thinks of, the tests here against random bytes, against
//! damaged files of the corpus, and against the corpus itself. A normal build has none of this.

#[cfg(test)]
mod corpus;
mod cuts;
#[cfg(test)]
mod nearby;
mod targets;

pub use targets::{
    Law, TARGETS, center_payloads, dotenv, history, peek_and_splice, request_head, routes_yaml, sse,
};
