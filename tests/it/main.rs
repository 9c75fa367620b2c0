//! The one integration binary: a file a promise.
#![expect(clippy::unwrap_used, reason = "a helper that can't go on ends its test at that line")]

mod bench;
mod binary;
mod fake;
mod files;
mod namespace;
mod wait;

mod aborts;
mod bad_content;
mod centers;
mod cli;
mod config_laws;
mod config_meaning;
mod config_messages;
mod control;
mod cut_streams;
mod demo;
mod dotenv;
mod edits;
mod examples;
mod failover;
mod fleet;
mod forms;
mod forwarding;
mod history;
mod hot_swap;
mod last_good;
mod layers;
mod limits;
mod looking;
mod no_delay;
mod peek_laws;
mod probe;
mod readme;
mod saving;
mod schema;
mod secrecy;
mod stale_pool;
mod stopping;
mod surface;
mod table_laws;
mod transparency;
mod usage_laws;
