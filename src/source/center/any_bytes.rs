//! What holds for any answer of a config center, be it broken, hostile, or another program's.

use std::fmt::Debug;
use std::sync::LazyLock;

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap, HeaderValue};

use super::answer::Answer;
use super::lines::Received;
use super::{
    CenterAddress, CenterError, Fetched, PlainHttp, apollo, config_map, consul, etcd, nacos, redis, zookeeper,
};

/// The most characters of an error: a sentence of ours around what the center says of itself.
const MOST_TOLD: usize = 480;

/// Statuses that mean something to one of the centers.
const STATUSES: [StatusCode; 10] = [
    StatusCode::OK,
    StatusCode::CREATED,
    StatusCode::FOUND,
    StatusCode::NOT_MODIFIED,
    StatusCode::UNAUTHORIZED,
    StatusCode::FORBIDDEN,
    StatusCode::NOT_FOUND,
    StatusCode::CONFLICT,
    StatusCode::GONE,
    StatusCode::INTERNAL_SERVER_ERROR,
];

static PLAIN_HTTP: LazyLock<PlainHttp> =
    LazyLock::new(|| PlainHttp::new(address("http://h/routes.yaml")).expect("it needs no server yet"));

/// Takes bytes for what a center answers. The first says which center, the second with which
/// status where it speaks HTTP.
pub(crate) fn answer(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    match which % 10 {
        0 => redis::any_bytes::replies(rest),
        1 => zookeeper::any_bytes::messages(rest),
        2 => nacos::any_bytes::pushed(rest),
        3 => lines(rest),
        4 => nacos::any_bytes::answer(&http_answer(rest)),
        5 => apollo::any_bytes::answer(&http_answer(rest)),
        6 => etcd::any_bytes::answer(&http_answer(rest)),
        7 => consul::any_bytes::answer(&http_answer(rest)),
        8 => config_map::any_bytes::answer(&http_answer(rest)),
        _ => {
            let answer = http_answer(rest);
            let length = answer.body.len();
            fetched(PLAIN_HTTP.fetched(answer), length);
        }
    }
}

pub(super) fn address(text: &str) -> CenterAddress {
    CenterAddress::parse(text).expect("the address is a good one")
}

fn http_answer(bytes: &[u8]) -> Answer {
    let (kind, body) = bytes.split_first().unwrap_or((&0, b""));
    let mut headers = HeaderMap::new();
    if kind & 0x40 != 0 {
        headers.insert(header::ETAG, HeaderValue::from_static("\"7\""));
        headers.insert("x-consul-index", HeaderValue::from_static("7"));
    }
    let status = STATUSES[usize::from(kind & 0x3f) % STATUSES.len()];
    Answer { status, headers, body: Bytes::copy_from_slice(body) }
}

/// A document is never larger than what came, and a fault says little: it ends in logs.
pub(super) fn fetched(outcome: Result<Fetched, CenterError>, came: usize) {
    if let Some(fetched) = told(outcome) {
        assert!(fetched.content.len() <= 2 * came, "{} bytes of {came}", fetched.content.len());
        assert!(fetched.revision.text.len() <= came.max(64));
    }
}

/// A fault is a short line without control characters, whatever the center says.
pub(super) fn told<T>(outcome: Result<T, CenterError>) -> Option<T> {
    outcome
        .inspect_err(|error| {
            let text = error.to_string();
            assert!(text.chars().count() <= MOST_TOLD, "a fault of {} bytes", text.len());
            assert!(!text.chars().any(char::is_control), "{text:?}");
        })
        .ok()
}

/// Takes messages off bytes as a connection does: the cut doesn't matter. Returns the messages.
pub(super) fn taken<T: Debug + PartialEq>(
    bytes: &[u8],
    take: impl Fn(&mut BytesMut) -> Result<Option<T>, CenterError>,
) -> Vec<T> {
    let in_pieces = |length: usize| {
        let (mut buffer, mut messages) = (BytesMut::new(), Vec::new());
        for piece in bytes.chunks(length) {
            buffer.extend_from_slice(piece);
            loop {
                match take(&mut buffer) {
                    Ok(Some(message)) => messages.push(message),
                    Ok(None) => break,
                    Err(error) => return (messages, Some(error)),
                }
            }
        }
        (messages, None)
    };
    let whole = in_pieces(bytes.len().max(1));
    assert_eq!(in_pieces(7), whole, "cuts change nothing");
    assert_eq!(in_pieces(64), whole, "cuts change nothing");
    let (messages, error) = whole;
    told(error.map_or(Ok(()), Err));
    messages
}

/// Lines are what stands between line ends.
fn lines(bytes: &[u8]) {
    let in_pieces = |length: usize| {
        let mut received = Received::default();
        let mut lines = Vec::new();
        for piece in bytes.chunks(length) {
            received.push(piece);
            while let Some(line) = received.take().expect("they are short") {
                lines.push(line);
            }
        }
        lines
    };
    let whole = in_pieces(bytes.len().max(1));
    assert_eq!(in_pieces(1), whole, "cuts change nothing");
    let split = bytes.split_inclusive(|byte| *byte == b'\n');
    let expected = split.filter(|line| line.ends_with(b"\n") && !line.trim_ascii().is_empty());
    assert!(whole.iter().map(|line| &line[..]).eq(expected));
}
