//! `ZooKeeper`: one node. Its content is its text, `mzxid` orders its changes, and its version is
//! compared when it is replaced.
//!
//! A watch fires once and dies with its session, so that each wait sets it anew. A session lives
//! as long as its connection here: what it would be resumed for, watches, is set again anyway.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod jute;
mod messages;
mod roster;
mod session;
mod zookeeper_center;

pub use zookeeper_center::Zookeeper;
