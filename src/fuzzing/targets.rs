//! The targets.

use super::cuts::cuts;
use crate::{config, front, relay, source};

/// What holds for any bytes; a law that is broken is a panic.
pub type Law = fn(&[u8]);

/// All targets. A name is also that of a folder of `fuzz/corpus`, and of a file of `fuzz/targets`.
pub const TARGETS: [(&str, Law); 7] = [
    ("center_payloads", center_payloads),
    ("dotenv", dotenv),
    ("history", history),
    ("peek_and_splice", peek_and_splice),
    ("request_head", request_head),
    ("routes_yaml", routes_yaml),
    ("sse", sse),
];

/// Takes bytes for what a config center answers; the first says which center.
///
/// # Panics
///
/// Where a law is broken, as every target does.
pub fn center_payloads(bytes: &[u8]) {
    source::any_bytes::answer(bytes);
}

/// Takes bytes for a `.env` that owns the table.
///
/// # Panics
///
/// Where a law is broken.
pub fn dotenv(bytes: &[u8]) {
    config::any_bytes::dotenv(bytes);
}

/// Takes bytes for a file of the history.
///
/// # Panics
///
/// Where a law is broken.
pub fn history(bytes: &[u8]) {
    crate::history::any_bytes::kept(bytes);
}

/// Takes bytes for the body of a request.
///
/// # Panics
///
/// Where a law is broken.
pub fn peek_and_splice(bytes: &[u8]) {
    relay::any_bytes::body(bytes);
}

/// Takes bytes for what a client sends on a connection.
///
/// # Panics
///
/// Where a law is broken.
pub fn request_head(bytes: &[u8]) {
    front::any_bytes::connection(bytes, cuts(bytes));
}

/// Takes bytes for `routes.yaml`.
///
/// # Panics
///
/// Where a law is broken.
pub fn routes_yaml(bytes: &[u8]) {
    config::any_bytes::routes_yaml(bytes);
}

/// Takes bytes for a stream of events.
///
/// # Panics
///
/// Where a law is broken.
pub fn sse(bytes: &[u8]) {
    relay::any_bytes::stream(bytes, cuts(bytes));
}
