//! What holds for all bytes: the cut doesn't matter, nothing panics, and hyper agrees.

use proptest::prelude::*;

use super::any_bytes::{connection, follow, hypers_requests};
use super::head::HEAD_MOST;
use super::{Framing, Refusal};

fn cut<'b>(bytes: &'b [u8], places: &[usize]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}

/// A request that all parsers read alike, and its body.
fn good() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let field = "[a-zA-Z-]{1,20}:[ \t]{0,2}[ -~]{0,30}\r\n";
    let fields = prop::collection::vec(field, 0..4).prop_map(|fields| fields.concat());
    let fields = fields.prop_filter("frames nothing, asks for nothing", |fields| {
        let fields = fields.to_ascii_lowercase();
        !["content-length", "transfer-encoding", "connection", "expect", "upgrade"]
            .iter()
            .any(|n| fields.contains(n))
    });
    let body = prop::collection::vec(any::<u8>(), 0..300);
    let extras =
        ("(;[a-z]{1,5}(=[a-z0-9]{1,5})?){0,2}", "(X-[a-z]{1,5}: [a-z]{0,9}\r\n){0,2}", "(\r\n){0,2}");
    (fields, body, prop::option::of(1..100usize), extras).prop_map(
        |(fields, body, chunk, (extension, trailers, blank))| {
            let Some(chunk) = chunk else {
                let head = format!(
                    "{blank}POST / HTTP/1.1\r\nhost: a\r\n{fields}content-length: {}\r\n\r\n",
                    body.len()
                );
                return ([head.as_bytes(), &body].concat(), body);
            };
            let head = format!("{blank}POST / HTTP/1.1\r\n{fields}transfer-encoding: Chunked\r\n\r\n");
            let mut bytes = head.into_bytes();
            for piece in body.chunks(chunk) {
                bytes.extend_from_slice(format!("{:X}{extension}\r\n", piece.len()).as_bytes());
                bytes.extend_from_slice(piece);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(format!("00{extension}\r\n{trailers}\r\n").as_bytes());
            (bytes, body)
        },
    )
}

/// Bytes that are nearly a row of requests.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "POST / HTTP/1.1\r\n",
        "GET / HTTP/1.0\r\n",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "\r",
        " ",
        "\t",
        "content-length: 5\r\n",
        "Content-Length : 5\r\n",
        "content-length: +5\r\n",
        "transfer-encoding: chunked\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "host: a\r\n",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "hello",
        "-1\r\n",
        ":",
        "x: y\r\n",
        " folded\r\n",
        "\0",
        "\u{7f}",
        "ffffffffffffffff\r\n",
        "0;a=b\r\n",
        "x-t: 1\r\n\r\n",
    ]);
    let piece = prop_oneof![
        8 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        2 => good().prop_map(|(bytes, _)| bytes),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_cut_of_the_bytes_does_not_matter(bytes in nearly(), places in prop::collection::vec(any::<usize>(), 0..20)) {
        connection(&bytes, [cut(&bytes, &places), bytes.chunks(1).collect()].into_iter());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), body in any::<bool>()) {
        let head: &[u8] = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        let (passed, refusal, _) = follow(&[if body { head } else { b"" }, &bytes]);
        prop_assert!(passed <= bytes.len() + head.len());
        prop_assert!(refusal.is_none_or(|(_, in_head)| !(in_head && body && passed == head.len()) ));
    }

    #[test]
    fn hyper_ends_good_requests_where_we_do(requests in prop::collection::vec(good(), 1..5)) {
        let mut framing = Framing::new();
        for (bytes, _) in &requests {
            let taken = framing.take(bytes);
            prop_assert_eq!((taken.pass, taken.refusal), (bytes.len(), None));
            prop_assert!(framing.is_between_requests());
        }
        let all: Vec<u8> = requests.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
        let bodies: Vec<Vec<u8>> = requests.into_iter().map(|(_, body)| body).collect();
        let hypers: Vec<Vec<u8>> = hypers_requests(&all).into_iter().map(|(_, body)| body).collect();
        prop_assert_eq!(hypers, bodies);
    }
}

#[test]
fn each_refusal_has_its_reason() {
    use Refusal as R;
    let many = "x: y\r\n".repeat(101);
    let long = "y".repeat(HEAD_MOST);
    let cases: &[(&str, R)] = &[
        ("\u{16}\u{3}\u{1}", R::NotHttp),
        ("\nPOST / HTTP/1.1\r\n\r\n", R::BareLf),
        ("POST  / HTTP/1.1\r\n\r\n", R::RequestLine),
        ("POST /\r\n", R::RequestLine),
        ("POST / HTTP/1.1 \r\n", R::RequestLine),
        ("P(ST / HTTP/1.1\r\n", R::RequestLine),
        ("POST /\u{e9} HTTP/1.1\r\n", R::Target),
        ("POST /#a HTTP/1.1\r\n", R::Target),
        ("POST / HTTP/2.0\r\n", R::Version),
        ("POST / HTTP/1.1\r\nhost: a\n", R::BareLf),
        ("POST / HTTP/1.1\r\n host: a\r\n", R::Fold),
        ("POST / HTTP/1.1\r\nhost : a\r\n", R::SpaceBeforeColon),
        ("POST / HTTP/1.1\r\nhost\r\n", R::FieldName),
        ("POST / HTTP/1.1\r\n: a\r\n", R::FieldName),
        ("POST / HTTP/1.1\r\nhost: a\rb\r\n", R::Control),
        ("POST / HTTP/1.1\r\nhost: a\0b\r\n", R::Control),
        ("POST / HTTP/1.1\r\ncontent-length: +5\r\n", R::Length),
        ("POST / HTTP/1.1\r\ncontent-length: 5, 5\r\n", R::Length),
        ("POST / HTTP/1.1\r\ncontent-length:\r\n", R::Length),
        ("POST / HTTP/1.1\r\ncontent-length: 9223372036854775808\r\n", R::Length),
        ("POST / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 5\r\n", R::TwoLengths),
        ("POST / HTTP/1.1\r\ncontent_length: 5\r\n", R::Lookalike),
        ("POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", R::LengthBesideChunks),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n", R::Coding),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked, chunked\r\n\r\n", R::Coding),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked, gzip\r\n\r\n", R::Coding),
        ("POST / HTTP/1.1\r\ntransfer-encoding: xchunked\r\n\r\n", R::Coding),
        ("POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n", R::UnknownCoding),
        ("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", R::ChunksInHttp10),
        (&format!("POST / HTTP/1.1\r\n{many}\r\n"), R::HeadTooLarge),
        (&format!("POST / HTTP/1.1\r\nx: {long}\r\n"), R::HeadTooLarge),
        (&format!("POST /{long}"), R::TargetTooLong),
    ];
    for (bytes, refusal) in cases {
        assert_eq!(follow(&[bytes.as_bytes()]).1, Some((*refusal, true)), "{bytes:.80?}");
    }
    let long = "y".repeat(9000);
    let chunks: &[(&str, R)] = &[
        ("-1\r\n", R::ChunkSize),
        ("\r\n", R::ChunkSize),
        ("0x5\r\n", R::ChunkSize),
        ("5 \r\n", R::ChunkSize),
        ("5 5\r\n", R::ChunkSize),
        ("8000000000000000\r\n", R::ChunkSize),
        ("00000000000000005\r\n", R::ChunkSize),
        ("5\nhello", R::ChunkSize),
        ("5;a\nhello", R::ChunkSize),
        ("5\rhello", R::ChunkEnd),
        ("5\r\nhello\n", R::ChunkEnd),
        ("5\r\nhello0\r\n", R::ChunkEnd),
        ("0\r\nx\r\n", R::Trailer),
        ("0\r\nx : y\r\n", R::Trailer),
        ("0\r\nx: y\n\n", R::Trailer),
        (&format!("5;{long}\r\n"), R::ChunkExtras),
        (&format!("0\r\nx: {long}\r\n"), R::ChunkExtras),
    ];
    for (bytes, refusal) in chunks {
        let whole = format!("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{bytes}");
        assert_eq!(follow(&[whole.as_bytes()]).1, Some((*refusal, false)), "{bytes:.80?}");
    }
}
