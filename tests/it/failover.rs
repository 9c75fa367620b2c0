//! Before the first byte another backend may answer; who, how often and when is decided here.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::net::{self, AddressFamily, SocketType};

use crate::bench::Bench;
use crate::fake::{Fake, Reply};

/// Two backends, the second as a fallback, and short limits.
const FALLBACK: &str = "models:
  m:
    to: {a}
    fallback: {b}
    timeout: {connect: 150ms, first_byte: 150ms}
";

/// An address at which nobody listens, and nobody else can for as long as the socket is held.
pub(crate) fn nobody() -> (OwnedFd, SocketAddr) {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = net::getsockname(&socket).unwrap().try_into().unwrap();
    (socket, address)
}

#[tokio::test]
async fn a_pool_shares_exactly_by_weight() {
    let yaml = "backends: {a: {a}, b: {b}, c: {c}}\nmodels:\n  m: {to: {a: 5, b: 3, c: 0}}\n";
    let bench =
        ["a", "b", "c"].iter().fold(Bench::new(), |bench, name| bench.backend(name, Fake::answers(name)));
    let bench = bench.yaml(&spelled_out(yaml)).start().await;
    let mut answers: HashMap<String, usize> = HashMap::new();
    for _ in 0..80 {
        *answers.entry(bench.chat("m").text().await).or_default() += 1;
    }
    assert_eq!(answers, HashMap::from([("a".to_owned(), 50), ("b".to_owned(), 30)]));
}

/// Keeps `{a: 5}` apart from the address that `{a}` stands for.
fn spelled_out(yaml: &str) -> String {
    yaml.replace("backends: {a: {a}, b: {b}, c: {c}}", "backends:\n  a: {a}\n  b: {b}\n  c: {c}")
}

#[tokio::test]
async fn shares_stay_exact_when_asked_all_at_once() {
    let bench = Bench::new().backend("a", Fake::answers("a")).backend("b", Fake::answers("b"));
    let bench = bench.routes("m -> a, b").start().await;
    let asked = (0..40).map(|_| bench.chat("m").text());
    futures_util::future::join_all(asked).await;
    assert_eq!((bench.backend("a").count(), bench.backend("b").count()), (20, 20));
}

#[tokio::test]
async fn a_fallback_answers_whatever_befalls_the_first_before_its_first_byte() {
    let head_only =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let failures = [
        ("429", Reply::error(429, "slow down")),
        ("500", Reply::error(500, "oops")),
        ("502", Reply::error(502, "oops")),
        ("503", Reply::error(503, "loading")),
        ("504", Reply::error(504, "oops")),
        ("529", Reply::error(529, "overloaded")),
        ("FIN", Reply::close()),
        ("RST", Reply::reset()),
        ("half a head", Reply::raw("HTTP/1.1 200 OK\r\ncontent-").then_fin()),
        ("silence", Reply::silence()),
        ("a head and silence", Reply::raw(head_only).then_hold()),
        ("a head and FIN", Reply::raw(head_only).then_fin()),
        ("a head and RST", Reply::raw(head_only).then_reset()),
        ("a length and FIN", Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").then_fin()),
    ];
    for (what, reply) in failures {
        let bench = Bench::new().backend("a", Fake::always(reply)).backend("b", Fake::answers("from b"));
        let bench = bench.yaml(FALLBACK).start().await;
        let answer = bench.chat("m").send().await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.lossy());
        assert!(answer.lossy().contains("from b") && !answer.broken, "{what}: {}", answer.lossy());
        assert!(bench.backend("a").count() >= 1, "{what}: the first was not asked");
        let attempts: usize = answer.header("x-patchbay-attempts").parse().unwrap();
        assert_eq!(attempts, bench.backend("a").count() + 1, "{what}");
    }
}

#[tokio::test]
async fn a_fallback_answers_for_a_backend_that_cannot_be_reached() {
    let (socket, address) = nobody();
    let yaml = format!("models:\n  m: {{to: 'http://{address}/v1', fallback: {{b}}}}\n");
    let bench = Bench::new().backend("b", Fake::answers("from b")).yaml(&yaml).start().await;
    assert_eq!(bench.chat("m").text().await, "from b");
    drop(socket);
}

#[tokio::test]
async fn a_connection_that_never_stands_is_given_up_after_its_connect_limit() {
    // A server that takes TCP connections and never says a word of TLS.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let yaml = format!(
        "models:\n  m:\n    to: https://{}/v1\n    fallback: {{b}}\n    timeout: {{connect: 150ms, first_byte: 600s}}\n",
        mute.local_addr().unwrap()
    );
    let bench = Bench::new().backend("b", Fake::answers("from b")).yaml(&yaml).start().await;
    let began = Instant::now();
    assert_eq!(bench.chat("m").text().await, "from b");
    assert!(began.elapsed() >= Duration::from_millis(150), "{:?}", began.elapsed());
    drop(mute);
}

#[tokio::test]
async fn the_peers_of_a_pool_answer_before_the_fallback() {
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::error(503, "down")))
        .backend("b", Fake::answers("from b"))
        .backend("c", Fake::answers("from c"));
    let bench = bench.routes("m -> a, b else c").start().await;
    for _ in 0..10 {
        assert_eq!(bench.chat("m").text().await, "from b");
    }
    assert_eq!(bench.backend("c").count(), 0);
}

#[tokio::test]
async fn a_clients_own_mistake_is_never_tried_again() {
    for status in [400, 401, 403, 404, 422] {
        let bench = Bench::new()
            .backend("a", Fake::always(Reply::error(status, "your fault")))
            .backend("b", Fake::answers("from b"));
        let bench = bench.yaml(FALLBACK).start().await;
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.status, answer.error().as_str()), (status, "your fault"));
        assert_eq!((bench.backend("a").count(), bench.backend("b").count()), (1, 0), "status {status}");
        assert_eq!(answer.header("x-patchbay-attempts"), "1");
    }
}

#[tokio::test]
async fn a_lone_backend_is_asked_once_more() {
    let fake = Fake::in_turn([Reply::error(503, "loading"), Reply::text("here")]);
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (200, "2"));
    assert_eq!(bench.backend("a").received()[0].body, bench.backend("a").received()[1].body);
}

#[tokio::test]
async fn retry_0_asks_once() {
    let fake = Fake::always(Reply::error(503, "loading"));
    let bench = Bench::new().backend("a", fake).yaml("models:\n  m: {to: {a}, retry: 0}\n").start().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.error().as_str()), (503, "loading"));
    assert_eq!(bench.backend("a").count(), 1);
}

#[tokio::test]
async fn retry_has_a_bound() {
    let fake = Fake::always(Reply::error(500, "oops"));
    let bench = Bench::new().backend("a", fake).yaml("models:\n  m: {to: {a}, retry: 3}\n").start().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (500, "4"));
    assert_eq!(bench.backend("a").count(), 4);
}

#[tokio::test]
async fn a_short_retry_after_is_waited_for() {
    let busy = Reply::whole(429, &[("retry-after", "1")], "busy");
    let bench =
        Bench::new().backend("a", Fake::in_turn([busy, Reply::text("here")])).routes("m -> a").start().await;
    let began = Instant::now();
    assert_eq!(bench.chat("m").text().await, "here");
    assert!(began.elapsed() >= Duration::from_secs(1), "asked again after {:?}", began.elapsed());
}

#[tokio::test]
async fn a_long_retry_after_goes_to_the_client() {
    let busy = Reply::whole(429, &[("retry-after", "120"), ("content-type", "text/plain")], "busy");
    let bench = Bench::new().backend("a", Fake::always(busy)).routes("m -> a").start().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.header("retry-after"), answer.lossy().as_str()), (429, "120", "busy"));
    assert_eq!(bench.backend("a").count(), 1);
}

#[tokio::test]
async fn nobody_waits_for_a_retry_after_while_a_fallback_is_free() {
    let busy = Reply::whole(429, &[("retry-after", "120")], "busy");
    let bench = Bench::new().backend("a", Fake::always(busy)).backend("b", Fake::answers("from b"));
    let bench = bench.yaml(FALLBACK).start().await;
    assert_eq!(bench.chat("m").text().await, "from b");
    assert_eq!(bench.backend("a").count(), 1);
}

#[tokio::test]
async fn when_all_fail_the_client_hears_model_backends_and_why() {
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::close()))
        .backend("b", Fake::always(Reply::silence()))
        .backend("c", Fake::always(Reply::reset()));
    let yaml = "backends:\n  first: {a}\n  second: {b}\n  third: {url: {c}, key: sk-very-secret}\n\
        models:\n  m: {to: first, fallback: [second, third], retry: 0, timeout: {first_byte: 150ms}}\n";
    let bench = bench.yaml(yaml).start().await;
    let answer = bench.chat("m").send().await;
    assert!([502, 504].contains(&answer.status), "{}", answer.status);
    let message = answer.error();
    for name in ["`m`", "`first`", "`second`", "`third`"] {
        assert!(message.contains(name), "{name} is missing: {message}");
    }
    for secret in ["127.0.0.1", "http://", "sk-very-secret", "os error"] {
        assert!(!message.contains(secret), "{secret} is told: {message}");
    }
    assert_eq!(answer.header("x-patchbay-attempts"), "3");
}

#[tokio::test]
async fn the_last_backends_own_error_is_what_the_client_sees() {
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::error(503, "from a")))
        .backend("b", Fake::always(Reply::error(500, "from b")));
    let bench = bench.yaml(FALLBACK).start().await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.error().as_str()), (500, "from b"));
    assert_eq!(answer.header("x-patchbay-backend"), "b");
}

#[tokio::test]
async fn a_backend_that_stays_silent_is_a_timeout_of_ours() {
    let yaml = "models:\n  m: {to: {a}, timeout: {first_byte: 150ms}}\n";
    let bench = Bench::new().backend("a", Fake::always(Reply::silence())).yaml(yaml).start().await;
    let began = Instant::now();
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "backend_timeout"));
    assert!(answer.error().contains("`a`"), "{}", answer.error());
    assert!(began.elapsed() >= Duration::from_millis(150), "{:?}", began.elapsed());
    bench.backend("a").until_closed(1).await;
    assert_eq!(bench.backend("a").count(), 1, "asked again after silence");
}

#[tokio::test]
async fn total_bounds_all_tries_together() {
    let yaml = "models:\n  m: {to: {a}, retry: 10, timeout: {total: 300ms}}\n";
    let slow = Reply::error(503, "down").after(Duration::from_millis(40));
    let bench = Bench::new().backend("a", Fake::always(slow)).yaml(yaml).start().await;
    let answer = bench.chat("m").send().await;
    assert!([503, 504].contains(&answer.status), "{}", answer.status);
    assert!(bench.backend("a").count() < 9, "{} tries in 300 ms", bench.backend("a").count());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let bench = Bench::new().backend("b", Fake::answers("from b"));
    let elsewhere = Fake::answers("elsewhere");
    let location = elsewhere.url();
    let redirect = Reply::whole(307, &[("location", &location)], "");
    let bench = bench.backend("a", Fake::always(redirect)).yaml("models:\n  m: {a}\n").start().await;
    let answer = bench.ask_without_redirects("m").await;
    assert_eq!(answer.status, 307);
    assert_eq!(elsewhere.count(), 0, "the request, key and all, was sent elsewhere");
}

#[tokio::test]
async fn an_echo_backend_takes_part_in_fallbacks() {
    let yaml = "backends:\n  spare: echo://spare?tokens=1\nmodels:\n  m: {to: 'echo://broken?fail=1', fallback: spare}\n";
    let bench = Bench::new().yaml(yaml).start().await;
    assert_eq!(bench.chat("m").text().await, "spare:");
}
