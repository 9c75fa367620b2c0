//! What holds for whatever a backend sends.

use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode};
use proptest::prelude::*;

use super::Http1Error;
use super::answer::{self, Answer};
use super::frame::Frame;

/// An answer, cut into pieces.
fn read(bytes: &[u8], cut: &[usize]) -> Result<Option<(Answer, Vec<u8>, BytesMut)>, Http1Error> {
    let (mut read, mut seen) = (BytesMut::new(), 0);
    let mut answer: Option<Answer> = None;
    let mut body = Vec::new();
    let mut rest = bytes;
    let mut cut = cut.iter().copied();
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(cut.next().unwrap_or(rest.len()).clamp(1, rest.len()));
        read.extend_from_slice(piece);
        rest = later;
        if answer.is_none() {
            answer = answer::take(&mut read, &mut seen, &Method::POST)?;
        }
        while let Some(answer) = &mut answer {
            let Some(some) = answer.frame.take(&mut read)? else { break };
            assert!(!some.is_empty(), "an empty piece would pass for the end");
            body.extend_from_slice(&some);
        }
    }
    Ok(answer.map(|answer| (answer, body, read)))
}

fn whole(text: &str) -> Result<(StatusCode, String, bool), String> {
    match read(text.as_bytes(), &[]) {
        Err(error) => Err(error.to_string()),
        Ok(None) => Err("no head".to_owned()),
        Ok(Some((mut answer, body, rest))) => {
            let keeps = answer.keeps && rest.is_empty() && answer.frame.is_over();
            answer.frame.close().map_err(|error| error.to_string())?;
            Ok((answer.head.status(), String::from_utf8_lossy(&body).into_owned(), keeps))
        }
    }
}

fn good(keeps: bool) -> (StatusCode, String, bool) {
    (StatusCode::OK, "good".to_owned(), keeps)
}

/// A body as chunks.
fn chunked(pieces: &[Vec<u8>], extension: &str, trailer: &str) -> Vec<u8> {
    let mut out = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        out.extend_from_slice(format!("{:x}{extension}\r\n", piece.len()).as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("0\r\n{trailer}\r\n").as_bytes());
    out
}

#[test]
fn a_body_ends_where_its_head_says() {
    for (head, body, keeps) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n", "good", true),
        ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n", "goodsurplus", false),
        ("HTTP/1.1 200\ncontent-length: 4, 4\n\n", "good", true),
        ("\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: Close\r\n\r\n", "good", false),
        ("HTTP/1.0 200 OK\r\ncontent-length: 4\r\n\r\n", "good", false),
        ("HTTP/1.0 200 OK\r\ncontent-length: 4\r\nconnection: keep-alive\r\n\r\n", "good", true),
        ("HTTP/1.1 200 OK\r\n\r\n", "good", false),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n", "good", false),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n", "4;a=b\r\ngood\r\n0\r\nx: y\r\n\r\n", true),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n",
            "4\r\ngood\r\n0\r\n\r\n",
            false,
        ),
    ] {
        assert_eq!(whole(&format!("{head}{body}")), Ok(good(keeps)), "{head:?}");
    }
}

#[test]
fn what_has_no_body_has_none_whatever_it_says() {
    for status in [204, 304] {
        let (found, body, keeps) =
            whole(&format!("HTTP/1.1 {status} X\r\ncontent-length: 4\r\n\r\nevil")).unwrap();
        assert_eq!((found.as_u16(), &*body, keeps), (status, "", false));
    }
    let mut head = BytesMut::from("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n");
    let answer = answer::take(&mut head, &mut 0, &Method::HEAD).unwrap().unwrap();
    assert!(answer.frame.is_over() && answer.head.headers()["content-length"] == "4");
}

#[test]
fn what_nobody_can_trust_is_an_error() {
    for text in [
        "HTTP/2 200 OK\r\n\r\n",
        "hello\r\n\r\n",
        "\u{15}\u{3}\u{3}",
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\ngood",
        "HTTP/1.1 200 OK\r\ncontent-length: +4\r\n\r\ngood",
        "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551616\r\n\r\ngood",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ngood",
        "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: y\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-4\r\ngood\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4x\r\ngood\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\ngood\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngoods\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10000000000000004\r\ngood\r\n0\r\n\r\n",
    ] {
        assert!(whole(text).is_err(), "{text:?}");
    }
}

#[test]
fn no_line_and_no_head_may_be_endless() {
    let long = "x".repeat(70 * 1024);
    let fields = "a: b\r\n".repeat(101);
    let te = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for text in [
        format!("HTTP/1.1 200 OK\r\nx: {long}"),
        format!("HTTP/1.1 200 OK\r\n{fields}\r\n"),
        format!("{te}4;{long}"),
        format!("{te}0\r\n{}", "a: b\r\n".repeat(4000)),
    ] {
        assert!(read(text.as_bytes(), &[]).is_err());
    }
}

#[test]
fn chunks_that_are_there_together_come_in_one_piece() {
    let pieces = [b"data: 1\n\n".to_vec(), b"data: 2\n\n".to_vec(), b"data: 3\n\n".to_vec()];
    let mut read = BytesMut::from(&chunked(&pieces, "", "")[..]);
    let mut answer = answer::take(&mut read, &mut 0, &Method::POST).unwrap().unwrap();
    let first = answer.frame.take(&mut read).unwrap();
    assert_eq!(first, Some(Bytes::from_static(b"data: 1\n\ndata: 2\n\ndata: 3\n\n")));
    assert!(answer.frame.is_over() && read.is_empty());
}

proptest! {
    #[test]
    fn chunks_give_their_data_however_they_are_cut(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
        extension in "(;a=b|)", trailer in "(x: y\r\n|)",
        cut in prop::collection::vec(1..30_usize, 0..60),
    ) {
        let bytes = chunked(&pieces, &extension, &trailer);
        let (answer, body, rest) = read(&bytes, &cut).unwrap().expect("a head");
        prop_assert_eq!(body, pieces.concat());
        prop_assert!(answer.frame.is_over() && answer.keeps && rest.is_empty());
    }

    #[test]
    fn any_bytes_mean_the_same_however_they_are_cut(
        head in "HTTP/1\\.[01] (200|204|x)[ \r\n]{0,3}((content-length|transfer-encoding|connection|x): ?(chunked|4|close|,|é){0,2}\r?\n){0,3}\r?\n",
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..60), "([0-9a-f]{1,2}\r\n|[a-z]{0,4}|\r\n|0\r\n\r\n){0,8}".prop_map(String::into_bytes)],
        cut in prop::collection::vec(1..20_usize, 0..40),
    ) {
        let bytes = [head.as_bytes(), &body].concat();
        let shown = |found: Result<Option<(Answer, Vec<u8>, BytesMut)>, Http1Error>| match found {
            // How much came before an error depends on the pieces.
            Err(_) => None,
            Ok(found) => Some(found.map(|(answer, body, rest)| {
                (answer.head.status(), answer.keeps, answer.frame.is_over(), body, rest)
            })),
        };
        prop_assert_eq!(shown(read(&bytes, &[])), shown(read(&bytes, &cut)));
    }
}

#[test]
fn a_frame_that_is_over_takes_no_more() {
    let mut surplus = BytesMut::from("evil");
    assert!(Frame::Length(0).take(&mut surplus).unwrap().is_none() && &surplus[..] == b"evil");
}
