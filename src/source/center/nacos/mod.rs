//! Nacos: a document is a data id in a group of a namespace, its version the md5 of its text.
//!
//! Three of its protocols are spoken, and the server is asked which it has. The HTTP long poll of
//! 1.x and 2.x is the quickest; where it is gone (3.x) the gRPC channel pushes changes; where that
//! can't be reached either, the HTTP API of 3.x is polled every five seconds.
//!
//! Writing compares the md5 (`casMd5`), which some servers ignore and which can't say "only if
//! there is none". So what is there is read first, and what came of it is read afterwards.

mod access;
#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod center;
mod digest;
mod grpc;
mod long_poll;
mod place;
mod poll;
mod roster;

pub use center::Nacos;
