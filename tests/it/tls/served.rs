//! The data port over TLS, in both versions of HTTP.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Authority, client, encrypted};
use crate::bench::Bench;
use crate::fake::Fake;
use crate::wait::{until_so, within};

#[tokio::test]
async fn both_versions_of_http_are_answered_over_tls() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: {a}").backend("a", Fake::answers("hello")).start().await;
    let client = client(&authority, &bench);

    let body = r#"{"model": "m", "messages": []}"#;
    let one = client.reqwest().post(client.url("/v1/chat/completions")).body(body).send();
    let one = within("an answer", one).await.unwrap();
    assert_eq!((one.version(), one.status().as_u16()), (http::Version::HTTP_11, 200));
    assert!(one.text().await.unwrap().contains("hello"));

    let two = client.http2().await.says("m").await;
    assert_eq!(two.status, 200);
    assert!(two.text.contains("hello"), "{}", two.text);
    for gone in ["connection", "keep-alive", "transfer-encoding", "upgrade"] {
        assert!(!two.headers.contains_key(gone), "{gone}: {:?}", two.headers);
    }
    let via: Vec<_> = bench
        .backend("a")
        .received()
        .iter()
        .map(|request| request.header("via").unwrap().to_owned())
        .collect();
    assert_eq!(via, ["1.1 patchbay", "2 patchbay"]);
}

#[tokio::test]
async fn http_1_over_tls_is_framed_as_strictly_as_without() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: {a}").backend("a", Fake::answers("hello")).start().await;
    let mut stream = client(&authority, &bench).tls(&["http/1.1"]).await.unwrap();
    let head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nhi";
    stream.write_all(head).await.unwrap();
    let mut answer = String::new();
    within("the end", stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("is there twice"), "{answer}");
}

#[tokio::test]
async fn plain_http_on_a_port_with_tls_is_told_so() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: echo://m").start().await;
    let answer = bench.exchange("GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(answer.status, 400);
    assert!(answer.lossy().contains("https://"), "{}", answer.lossy());

    let mut raw = bench.connect().await;
    raw.send("\0\0\0 no protocol at all").await;
    raw.until_end().await;
}

#[tokio::test]
async fn who_is_one_too_many_is_let_go_and_taken_later() {
    let authority = Authority::new("ports");
    let pair = authority.issue_here("localhost");
    let yaml =
        "models: {m: echo://m}\nserver: {limits: {connections: 1}, tls: {cert: cert.pem, key: key.pem}}\n";
    let bench = Bench::new().yaml(yaml).file("cert.pem", &pair.cert).file("key.pem", &pair.key).start().await;
    let client = client(&authority, &bench);
    let mut first = client.http2().await;
    assert_eq!(first.says("m").await.status, 200);
    assert!(client.tls(&["h2"]).await.is_err());
    assert_eq!(first.says("m").await.status, 200);
    drop(first);
    until_so("room", async || client.tls(&["h2"]).await.is_ok()).await;
}
