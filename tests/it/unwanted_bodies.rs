//! A request that is refused for its head costs its client no later one.

use crate::bench::Bench;
use crate::fake::Fake;

const BODY: &str = r#"{"model":"m"}"#;

fn head(key: &str, framing: &str) -> String {
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: router\r\nauthorization: Bearer {key}\r\n{framing}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_wrong_key_does_not_end_the_connection() {
    let yaml = "models:\n  m: {a}\nkeys: {app: right}\n";
    let bench = Bench::new().backend("a", Fake::answers("hello")).yaml(yaml).start().await;
    let mut raw = bench.connect().await;
    for _ in 0..3 {
        for (key, status) in [("wrong", 401), ("right", 200)] {
            // In two packets, as many clients do.
            raw.send(head(key, "content-length: 13")).await;
            raw.send(BODY).await;
            let answer = raw.answer().await;
            assert_eq!((answer.status, answer.header("connection")), (status, None), "{}", answer.lossy());
        }
    }
    let chunked = format!("{}d\r\n{BODY}\r\n0\r\n\r\n", head("right", "transfer-encoding: chunked"));
    for _ in 0..2 {
        raw.send(&chunked).await;
        let answer = raw.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (200, None));
    }
    assert_eq!(bench.backend("a").count(), 5);
}

#[tokio::test]
async fn a_body_whose_end_is_far_ends_the_connection_and_says_so() {
    let yaml = "models:\n  m: {a}\nkeys: {app: right}\n";
    let bench = Bench::new().backend("a", Fake::answers("hello")).yaml(yaml).start().await;
    for framing in ["content-length: 1000000", "transfer-encoding: chunked"] {
        let mut raw = bench.connect().await;
        raw.send(head("wrong", framing)).await;
        let answer = raw.answer().await;
        assert_eq!((answer.status, answer.header("connection")), (401, Some("close")), "{framing}");
    }
}
