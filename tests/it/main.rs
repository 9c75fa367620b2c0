//! The one integration binary: a file a promise.
#![expect(clippy::unwrap_used, reason = "a helper that can't go on ends its test at that line")]

mod config_laws;
mod config_meaning;
mod config_messages;
mod dotenv;
mod layers;
mod peek_laws;
mod table_laws;
