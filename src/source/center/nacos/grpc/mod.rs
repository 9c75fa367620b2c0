//! The gRPC channel of 2.x and 3.x, on the port a thousand above that of HTTP.
//!
//! It has one message, with JSON inside. Questions are calls of one answer; the server's own
//! questions, of which "this document has changed" is one, come over a stream that stays open.
//! What is listened to is forgotten with the connection, so it is said anew before each wait.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod frames;
mod link;
mod payload;
mod push;
mod session;

pub(super) use push::Push;
