//! What holds for any message of the gRPC channel.

use super::frames;
use super::payload::Payload;
use super::push::fetched;
use super::session::refused;
use crate::source::center::any_bytes::{self, taken, told};
use crate::source::center::nacos::place::Place;

/// Reads messages as a stream brings them, and the first bytes as a message without a frame too.
pub(in crate::source::center::nacos) fn messages(bytes: &[u8], place: &Place) {
    message(bytes, place);
    for bytes in taken(bytes, frames::take) {
        message(&bytes, place);
    }
}

fn message(bytes: &[u8], place: &Place) {
    let Some(payload) = told(Payload::decode(bytes)) else { return };
    let again = Payload::decode(&payload.encode("127.0.0.1", &[("name", "value")]));
    assert_eq!(again.as_ref(), Ok(&payload), "what was written is read");
    told(refused(&payload));
    if let Some(Some(document)) = told(fetched(&payload.json, place)) {
        any_bytes::fetched(Ok(document), bytes.len());
    }
}
