//! The one message of the channel: a type, headers, and JSON.

use bytes::Bytes;
use serde_json::Value;

use crate::source::center::CenterError;

/// Field numbers of `nacos_grpc_service.proto`.
mod field {
    pub(super) const METADATA: u64 = 2;
    pub(super) const BODY: u64 = 3;
    pub(super) const TYPE: u64 = 3;
    pub(super) const HEADERS: u64 = 7;
    pub(super) const CLIENT_IP: u64 = 8;
    pub(super) const VALUE: u64 = 2;
    pub(super) const MAP_KEY: u64 = 1;
    pub(super) const MAP_VALUE: u64 = 2;
}

/// How Protocol Buffers write what has a length of its own.
const DELIMITED: u64 = 2;

/// A question or an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Payload {
    /// The class of the JSON.
    pub(super) kind: String,
    pub(super) json: Value,
}

// === impl Payload ===

impl Payload {
    /// Writes the message.
    pub(super) fn encode(&self, client_ip: &str, headers: &[(&str, &str)]) -> Bytes {
        let mut metadata = Vec::new();
        put(&mut metadata, field::TYPE, self.kind.as_bytes());
        for (name, value) in headers {
            let mut entry = Vec::new();
            put(&mut entry, field::MAP_KEY, name.as_bytes());
            put(&mut entry, field::MAP_VALUE, value.as_bytes());
            put(&mut metadata, field::HEADERS, &entry);
        }
        put(&mut metadata, field::CLIENT_IP, client_ip.as_bytes());
        let mut any = Vec::new();
        put(&mut any, field::VALUE, self.json.to_string().as_bytes());
        let mut message = Vec::with_capacity(any.len() + metadata.len() + 16);
        put(&mut message, field::METADATA, &metadata);
        put(&mut message, field::BODY, &any);
        message.into()
    }

    /// Reads a message.
    pub(super) fn decode(message: &[u8]) -> Result<Self, CenterError> {
        let nonsense = || CenterError::Nonsense("no message of Nacos".to_owned());
        let metadata = find(message, field::METADATA).ok_or_else(nonsense)?;
        let kind = find(metadata, field::TYPE).ok_or_else(nonsense)?;
        let kind = String::from_utf8(kind.to_vec()).map_err(|_| nonsense())?;
        let body = find(message, field::BODY).and_then(|any| find(any, field::VALUE));
        let json = serde_json::from_slice(body.unwrap_or(b"{}")).map_err(|_| nonsense())?;
        Ok(Self { kind, json })
    }
}

fn put(out: &mut Vec<u8>, field: u64, content: &[u8]) {
    put_number(out, field << 3 | DELIMITED);
    put_number(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Returns the last content of a field, as the protocol wants it; `None` too if the message ends
/// too early.
fn find(mut message: &[u8], wanted: u64) -> Option<&[u8]> {
    let mut found = None;
    while !message.is_empty() {
        let tag = take_number(&mut message)?;
        match tag & 7 {
            0 => drop(take_number(&mut message)?),
            1 => message = message.get(8..)?,
            5 => message = message.get(4..)?,
            DELIMITED => {
                let length = usize::try_from(take_number(&mut message)?).ok()?;
                let content = message.get(..length)?;
                message = &message[length..];
                if tag >> 3 == wanted {
                    found = Some(content);
                }
            }
            _ => return None,
        }
    }
    found
}

fn take_number(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::Payload;

    #[test]
    fn a_message_is_written_as_the_proto_file_has_it() {
        let payload = Payload { kind: "Ask".to_owned(), json: json!({}) };
        let metadata = b"\x1a\x03Ask\x3a\x06\x0a\x01k\x12\x01v\x42\x02ip";
        let mut expected = vec![0x12, u8::try_from(metadata.len()).unwrap()];
        expected.extend_from_slice(metadata);
        expected.extend_from_slice(b"\x1a\x04\x12\x02{}");
        assert_eq!(payload.encode("ip", &[("k", "v")]), expected);
    }

    #[test]
    fn fields_that_are_not_known_are_passed_over() {
        let payload = Payload { kind: "Ask".to_owned(), json: json!({"a": "x".repeat(300)}) };
        let mut message = vec![0x08, 0x96, 0x01, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2d, 1, 2, 3, 4];
        message.extend_from_slice(&payload.encode("127.0.0.1", &[]));
        assert_eq!(Payload::decode(&message).unwrap(), payload);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _result = Payload::decode(&bytes);
        }

        #[test]
        fn what_was_written_is_read(kind in "[A-Za-z]{1,40}", text in ".{0,300}") {
            let payload = Payload { kind, json: json!({"content": text}) };
            prop_assert_eq!(Payload::decode(&payload.encode("::1", &[("a", "b")])).unwrap(), payload);
        }
    }
}
