//! Redis: one key, compared by content, since Redis counts no revisions.
//!
//! A message tells that the key may have changed: on the address's `channel`, or from keyspace
//! notifications where the server has them on. Both get lost without a word, so that the key is
//! also looked at every two seconds.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod connection;
mod hints;
mod login;
mod redis_center;
mod resp;
mod roster;

pub use redis_center::Redis;
