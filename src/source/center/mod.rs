//! Config centers as the owner of the table.
//!
//! A center's protocol is one file that answers three questions: what does the document say now,
//! when may it have changed, and can it be replaced if it is still what I think. Everything else
//! is here, once: keeping on trying, looking again without being told, noticing that a center is
//! down or went back in time, and never taking a deleted or empty document for an empty table.
//!
//! A watch is only ever a hint. After each hint, and now and then without one, the document is
//! fetched whole, and its content decides whether anything has changed.

mod address;
mod answer;
#[cfg(any(test, fuzzing))]
pub(crate) mod any_bytes;
mod apollo;
mod authority;
mod backoff;
mod center_source;
mod center_writer;
mod config_map;
mod consul;
mod credentials;
mod error;
mod etcd;
mod exposure;
mod form;
mod format;
mod http;
mod lines;
mod nacos;
mod open;
mod plain_http;
mod protocol;
mod read_back;
mod redis;
mod roster;
mod socket;
mod tls;
mod url_path;
mod watcher;
mod zookeeper;

pub use address::{AddressError, CenterAddress, Scheme};
pub use answer::Answer;
pub use apollo::Apollo;
pub use authority::Server;
pub use center_source::{CenterSource, CenterState};
pub use center_writer::CenterWriter;
pub use config_map::ConfigMap;
pub use consul::Consul;
pub use error::{CenterError, WriteError};
pub use etcd::Etcd;
pub use format::format_of;
pub use http::{HttpCenter, fault};
pub use nacos::Nacos;
pub use open::open;
pub use plain_http::PlainHttp;
pub use protocol::{Center, Fetched, Revision};
pub use redis::Redis;
pub use roster::Roster;
pub use zookeeper::Zookeeper;
