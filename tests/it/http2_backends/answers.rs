//! What passes by HTTP/2 is what would pass by HTTP/1.1.

use http::Version;

use crate::fake::Fake;
use crate::fake_http2::{FakeHttp2, Manners, Turn};

#[tokio::test]
async fn a_request_says_where_it_goes_once_and_nothing_of_connections() {
    let fake = FakeHttp2::always(Turn::text("hello")).await;
    let bench = fake.bench_with(", key: sk-of-the-backend").await;
    let ask =
        bench.chat("m").header("x-trace", "7").header("te", "trailers").header("keep-alive", "timeout=5");
    assert_eq!(ask.text().await, "hello");
    let received = fake.received().remove(0);
    assert_eq!((received.version, received.method.as_str()), (Version::HTTP_2, "POST"));
    assert_eq!(received.uri.to_string(), fake.url() + "/chat/completions");
    let header = |name: &str| received.headers.get(name).map(|value| value.to_str().unwrap());
    for absent in ["host", "connection", "te", "keep-alive", "transfer-encoding", "upgrade"] {
        assert_eq!(header(absent), None, "{absent}");
    }
    assert_eq!(header("content-length"), Some(received.body.len().to_string().as_str()));
    assert_eq!(header("authorization"), Some("Bearer sk-of-the-backend"));
    assert_eq!((header("x-trace"), header("via")), (Some("7"), Some("1.1 patchbay")));
    assert_eq!(received.connection, 1);
}

#[tokio::test]
async fn a_stream_comes_event_by_event() {
    let fake =
        FakeHttp2::always(Turn::events(["a"]).pause().data(crate::fake::event("b")).pause().done()).await;
    let bench = fake.bench().await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");
    fake.resume();
    assert_eq!(stream.next().await, "b");
    fake.resume();
    assert_eq!(stream.rest().await, "");
}

#[tokio::test]
async fn interim_answers_stay_here() {
    let turn = (0..200).fold(Turn::text("hello"), |turn, n| turn.after_interim(100 + 3 * (n % 2)));
    let fake = FakeHttp2::always(turn).await;
    assert_eq!(fake.bench().await.chat("m").text().await, "hello");
}

#[tokio::test]
async fn trailers_never_become_headers() {
    let turn = Turn::head(200, "application/json").header("x-kept", "1").data("{}");
    let fake = FakeHttp2::always(turn.trailers(&[("x-late", "1"), ("set-cookie", "late=1")])).await;
    let answer = fake.bench().await.post("/v1/embeddings", r#"{"model":"m"}"#).send().await;
    assert_eq!((answer.status, answer.lossy().as_str(), answer.broken), (200, "{}", false));
    assert_eq!((answer.header("x-kept"), answer.header("x-late")), ("1", ""));
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn large_bodies_pass_in_both_directions() {
    let large = "y".repeat(5 * 1024 * 1024);
    let turn = Turn::head(200, "application/octet-stream").data(large.clone()).end();
    let fake = FakeHttp2::always(turn).await;
    let bench = fake.bench().await;
    let body = format!(r#"{{"model":"m","input":"{large}"}}"#);
    let answer = bench.post("/v1/embeddings", body.clone()).send().await;
    assert_eq!((answer.status, answer.broken, answer.body.len()), (200, false, large.len()));
    assert!(fake.received()[0].body == body.as_bytes(), "the request came changed");
}

#[tokio::test]
async fn an_answer_that_does_not_wait_for_the_request_is_taken() {
    let fake = FakeHttp2::always(Turn::text("early").early()).await;
    let bench = fake.bench().await;
    let body = format!(r#"{{"model":"m","messages":[],"x":"{}"}}"#, "z".repeat(2 * 1024 * 1024));
    for _ in 0..3 {
        assert_eq!(bench.post("/v1/chat/completions", body.clone()).text().await, "early");
    }
    assert_eq!(fake.connections(), 1);
}

#[tokio::test]
async fn a_backend_that_has_http_1_1_only_is_spoken_to_as_before() {
    let manners = Manners {
        protocols: Some(&["http/1.1"]),
        http1: Some(Fake::answers("in HTTP/1.1")),
        ..Manners::default()
    };
    let fake = FakeHttp2::with(manners, |_| Turn::text("in HTTP/2")).await;
    let bench = fake.bench().await;
    for _ in 0..5 {
        assert_eq!(bench.chat("m").text().await, "in HTTP/1.1");
    }
    assert_eq!((fake.begun(), fake.connections()), (0, 1), "its connection is kept as well");
}

#[tokio::test]
async fn http_2_is_not_offered_where_the_backend_says_so() {
    let manners = Manners { http1: Some(Fake::answers("in HTTP/1.1")), ..Manners::default() };
    let fake = FakeHttp2::with(manners, |_| Turn::text("in HTTP/2")).await;
    let bench = fake.bench().await;
    assert_eq!(bench.chat("m").text().await, "in HTTP/2");
    let backend = fake.backend("").replace("tls: {", "tls: {http2: false, ");
    bench.save_and_wait(&format!("backends:\n  {backend}\nmodels: {{m: a}}\n")).await;
    assert_eq!(bench.chat("m").text().await, "in HTTP/1.1");
}
