//! What a request of HTTP/2 has to say, and mustn't.

use bytes::Bytes;
use http::HeaderMap;

use super::client::{post, read};
use super::frames::{Fate, Frames};
use super::{Authority, client, encrypted};
use crate::bench::Bench;
use crate::fake::Fake;
use crate::wait::within;

const HOST: (&str, &str) = (":authority", "localhost");

const BODY: &str = r#"{"model":"m"}"#;

/// A good head but for `:authority`, and what else stands there.
fn head<'f>(fields: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let begin = [(":method", "GET"), (":scheme", "https"), (":path", "/v1/models")];
    let mut head: Vec<_> = begin.into_iter().chain(fields.iter().copied()).collect();
    head.sort_by_key(|(name, _)| !name.starts_with(':'));
    head
}

#[tokio::test]
async fn a_head_that_could_be_read_in_two_ways_is_refused() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: echo://m").start().await;
    let client = client(&authority, &bench);
    let good: [&[(&str, &str)]; 4] =
        [&[HOST], &[HOST, ("host", "localhost")], &[("host", "localhost")], &[HOST, ("te", "trailers")]];
    for fields in good {
        let fate = Frames::open(&client).await.ask(&head(fields)).await;
        assert_eq!(fate, Fate::Status(200), "{fields:?}");
    }
    let refused: [&[(&str, &str)]; 8] = [
        &[],
        &[HOST, ("host", "other")],
        &[("host", "localhost"), ("host", "localhost")],
        &[(":authority", "user@localhost")],
        &[HOST, ("content-length", "0"), ("content-length", "0")],
        &[HOST, ("content_length", "5")],
        &[HOST, ("transfer_encoding", "chunked")],
        &[("host", "a/b")],
    ];
    for fields in refused {
        let fate = Frames::open(&client).await.ask(&head(fields)).await;
        assert_eq!(fate, Fate::Status(400), "{fields:?}");
    }
    let malformed: [&[(&str, &str)]; 9] = [
        &[HOST, HOST],
        &[HOST, ("connection", "close")],
        &[HOST, ("connection", "x-a"), ("x-a", "1")],
        &[HOST, ("keep-alive", "1")],
        &[HOST, ("proxy-connection", "close")],
        &[HOST, ("transfer-encoding", "chunked")],
        &[HOST, ("upgrade", "websocket")],
        &[HOST, ("te", "gzip")],
        &[HOST, ("content-length", "5")],
    ];
    for fields in malformed {
        let fate = Frames::open(&client).await.ask(&head(fields)).await;
        assert!(matches!(fate, Fate::Reset | Fate::Ended), "{fields:?}: {fate:?}");
    }
}

#[tokio::test]
async fn no_tunnel_is_opened() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: echo://m").start().await;
    let mut frames = Frames::open(&client(&authority, &bench)).await;
    assert_eq!(frames.ask(&[(":method", "CONNECT"), (":authority", "127.0.0.1:1")]).await, Fate::OtherStatus);
}

#[tokio::test]
async fn a_head_that_is_too_large_ends_its_own_stream_only() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: {a}").backend("a", Fake::answers("hello")).start().await;
    let mut http2 = client(&authority, &bench).http2().await;
    let large = "x".repeat(8000);
    let many: Vec<(String, &str)> = (0..9).map(|n| (format!("x-{n}"), large.as_str())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let answered = http2.ask(post("localhost", &many)).await;
    assert!(answered.as_ref().map_or(true, |answer| answer.status == 431), "{answered:?}");
    let several = vec![("x-a", "1"); 101];
    assert_eq!(http2.ask(post("localhost", &several)).await.unwrap().status, 431);
    assert_eq!(http2.says("m").await.status, 200);
    assert_eq!(bench.backend("a").count(), 1);
}

#[tokio::test]
async fn a_body_is_as_long_as_it_says_and_not_longer_than_it_may_be() {
    let authority = Authority::new("ports");
    let pair = authority.issue_here("localhost");
    let yaml = "models:\n  m: {a}\nserver: {limits: {max_body: 100}, tls: {cert: cert.pem, key: key.pem}}\n";
    let bench = Bench::new().yaml(yaml).file("cert.pem", &pair.cert).file("key.pem", &pair.key);
    let bench = bench.backend("a", Fake::answers("hello")).start().await;
    let mut http2 = client(&authority, &bench).http2().await;
    for length in ["5", "50"] {
        let (answer, mut sending) = http2.send(post("localhost", &[("content-length", length)]), false).await;
        sending.send_data(Bytes::from_static(BODY.as_bytes()), true).unwrap();
        let answered = within("an answer", answer).await;
        assert!(answered.as_ref().map_or(true, |answer| answer.status() == 400), "{length}: {answered:?}");
    }
    for declared in [&[("content-length", "1000")][..], &[]] {
        let (answer, mut sending) = http2.send(post("localhost", declared), false).await;
        sending.send_data(Bytes::from(vec![b' '; 1000]), true).unwrap();
        assert_eq!(read(within("an answer", answer).await.unwrap()).await.status, 413, "{declared:?}");
    }
    assert_eq!(bench.backend("a").count(), 0);
    let (answer, mut sending) = http2.send(post("localhost", &[]), false).await;
    for byte in BODY.bytes() {
        sending.send_data(Bytes::copy_from_slice(&[byte]), false).unwrap();
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("x-trailer", "1".parse().unwrap());
    sending.send_trailers(trailers).unwrap();
    assert_eq!(read(within("an answer", answer).await.unwrap()).await.status, 200);
    let received = bench.backend("a").last();
    assert_eq!((received.text(), received.header("x-trailer")), (BODY, None));
    assert_eq!(received.header("host"), Some(bench.backend("a").authority().as_str()));
}
