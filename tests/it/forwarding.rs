//! Which headers and frames pass, and which are ours to write.

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply, chunk};

async fn one() -> RunningBench {
    Bench::new().backend("a", Fake::answers("hello")).routes("m -> a").start().await
}

/// A request to the byte, with these header lines and this body.
fn request(headers: &str, body: &str) -> String {
    format!("POST /v1/chat/completions HTTP/1.1\r\nhost: router\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn a_clients_credentials_never_reach_a_backend() {
    let yaml = "backends:\n  keyed: {url: {keyed}, key: sk-of-the-backend}\n  bare: {bare}\n\
        models:\n  keyed: keyed\n  bare: bare\n";
    let bench = Bench::new().backend("keyed", Fake::answers("hello")).backend("bare", Fake::answers("hello"));
    let bench = bench.yaml(yaml).start().await;
    for model in ["keyed", "bare"] {
        let ask = bench.chat(model).header("authorization", "Bearer sk-of-the-client");
        let ask = ask.header("api-key", "sk-of-the-client").header("x-api-key", "sk-of-the-client");
        let ask = ask
            .header("proxy-authorization", "Basic sk-of-the-client")
            .header("cookie", "session=sk-of-the-client");
        assert_eq!(ask.text().await, "hello");
        let received = bench.backend(model).last();
        let shown = format!("{:?}", received.headers);
        assert!(!shown.contains("sk-of-the-client"), "{model}: {shown}");
    }
    assert_eq!(bench.backend("keyed").last().header("authorization"), Some("Bearer sk-of-the-backend"));
    assert_eq!(bench.backend("bare").last().header("authorization"), None);
}

#[tokio::test]
async fn each_backend_gets_its_own_key_only() {
    let yaml = "backends:\n  a: {url: {a}, key: sk-of-a}\n  b: {url: {b}, key: '${KEY_OF_B}'}\n\
        models:\n  m: {to: a, fallback: b}\n";
    let bench = Bench::new()
        .backend("a", Fake::always(Reply::error(503, "down")))
        .backend("b", Fake::answers("hello"));
    let bench = bench.yaml(yaml).var("KEY_OF_B", "sk-of-b").start().await;
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(bench.backend("a").last().header("authorization"), Some("Bearer sk-of-a"));
    assert_eq!(bench.backend("b").last().header("authorization"), Some("Bearer sk-of-b"));
}

#[tokio::test]
async fn azure_gets_its_key_its_own_way() {
    let yaml = "backends:\n  azure: {url: 'http://{a.host}/openai/deployments/gpt?api-version=2024-10-21', key: sk-azure}\n\
        models:\n  m: azure\n";
    let bench = Bench::new().backend("a", Fake::answers("hello")).yaml(yaml).start().await;
    assert_eq!(bench.chat("m").text().await, "hello");
    let received = bench.backend("a").last();
    assert_eq!(received.path, "/openai/deployments/gpt/chat/completions?api-version=2024-10-21");
    assert_eq!(received.header("api-key"), Some("sk-azure"));
    assert_eq!(received.header("authorization"), None);
}

#[tokio::test]
async fn headers_of_one_connection_do_not_pass_to_the_backend() {
    let bench = one().await;
    let headers = "connection: keep-alive, X-Private, upgrade\r\nx-private: 1\r\nkeep-alive: timeout=5\r\n\
        proxy-connection: keep-alive\r\nte: trailers\r\ntrailer: x-sum\r\nupgrade: h2c\r\nx-public: 2\r\n\
        x-stainless-retry-count: 1\r\ndb-gpt-trace-span-id: 7\r\ncontent-length: 13\r\n";
    let answer = bench.exchange(request(headers, "{\"model\":\"m\"}")).await;
    assert_eq!(answer.status, 200, "{}", answer.lossy());
    let received = bench.backend("a").last();
    for name in ["connection", "x-private", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"] {
        assert_eq!(received.header(name), None, "{name} passed");
    }
    assert_eq!(received.header("x-public"), Some("2"));
    assert_eq!(received.header("x-stainless-retry-count"), Some("1"));
    assert_eq!(received.header("db-gpt-trace-span-id"), Some("7"));
}

#[tokio::test]
async fn headers_of_one_connection_do_not_pass_to_the_client() {
    let reply = Reply::raw(
        "HTTP/1.1 200 OK\r\nconnection: keep-alive, x-private\r\nx-private: 1\r\nkeep-alive: timeout=5, max=100\r\n\
         proxy-authenticate: Basic\r\nx-ratelimit-remaining-tokens: 9\r\nopenai-processing-ms: 12\r\n\
         x-private-not: 2\r\ncontent-length: 2\r\n\r\n{}",
    );
    let bench = Bench::new().backend("a", Fake::always(reply)).routes("m -> a").start().await;
    let answer = bench.exchange(request("content-length: 13\r\n", "{\"model\":\"m\"}")).await;
    for name in ["x-private", "keep-alive", "proxy-authenticate", "connection"] {
        assert_eq!(answer.header(name), None, "{name} passed");
    }
    assert_eq!(answer.header("x-ratelimit-remaining-tokens"), Some("9"));
    assert_eq!(answer.header("openai-processing-ms"), Some("12"));
    assert_eq!(answer.header("x-private-not"), Some("2"));
}

#[tokio::test]
async fn trailers_never_become_headers_and_never_pass() {
    let reply = Reply::stream_open(["hi"]).then(b"0\r\nx-injected: 1\r\n\r\n");
    let bench = Bench::new().backend("a", Fake::always(reply)).routes("m -> a").start().await;
    let answer = bench.exchange(request("content-length: 13\r\nte: trailers\r\n", "{\"model\":\"m\"}")).await;
    assert!(answer.whole && !answer.head.contains("x-injected"), "{}", answer.head);

    let chunked = "transfer-encoding: chunked\r\ntrailer: x-injected\r\n";
    let body =
        format!("{}0\r\nx-injected: 1\r\n\r\n", String::from_utf8(chunk("{\"model\":\"m\"}")).unwrap());
    assert_eq!(bench.exchange(request(chunked, &body)).await.status, 200);
    assert_eq!(bench.backend("a").last().header("x-injected"), None);
}

#[tokio::test]
async fn requests_are_framed_anew_with_a_length() {
    let bench = one().await;
    let body = "{\"model\":\"m\",\"messages\":[]}";
    let (head, tail) = body.split_at(9);
    let chunks = [chunk(head), chunk(tail), b"0\r\n\r\n".to_vec()].concat();
    let chunked = request("transfer-encoding: chunked\r\n", &String::from_utf8(chunks).unwrap());
    assert_eq!(bench.exchange(chunked).await.status, 200);
    let received = bench.backend("a").last();
    assert_eq!(received.text(), body);
    assert_eq!(received.header("content-length"), Some(body.len().to_string().as_str()));
    assert_eq!(received.header("transfer-encoding"), None);
}

#[tokio::test]
async fn the_host_is_the_backends() {
    let bench = one().await;
    bench.chat("m").text().await;
    let received = bench.backend("a").last();
    assert_eq!(received.header("host"), Some(bench.backend("a").authority().as_str()));
    for name in ["x-forwarded-for", "forwarded"] {
        assert_eq!(received.header(name), None, "{name} tells a backend about the client");
    }
    assert_eq!(received.header("via"), Some("1.1 patchbay"));
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_it() {
    let bench = one().await;
    let mut raw = bench.connect().await;
    raw.send(request("expect: 100-continue\r\ncontent-length: 13\r\n", "")).await;
    let interim = raw.until(b"\r\n\r\n").await;
    assert!(interim.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&interim));
    raw.send("{\"model\":\"m\"}").await;
    assert_eq!(raw.answer().await.status, 200);
    assert_eq!(bench.backend("a").last().header("expect"), None);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let yaml = "models:\n  m: {a}\nserver:\n  limits: {max_body: 1000}\n";
    let bench = Bench::new().backend("a", Fake::answers("hello")).yaml(yaml).start().await;
    let fits = format!("{{\"model\":\"m\",\"x\":\"{}\"}}", "x".repeat(979));
    assert_eq!(fits.len(), 999);
    assert_eq!(bench.post("/v1/chat/completions", fits.clone()).send().await.status, 200);

    let answer = bench.post("/v1/chat/completions", format!("{fits}  ")).send().await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "request_too_large"));

    let answer = bench.exchange(request("content-length: 10000000000000\r\n", "{\"model\"")).await;
    assert_eq!(answer.status, 413, "ten terabytes were waited for");

    let mut raw = bench.connect().await;
    let endless = chunk([b' '; 600]).repeat(4);
    raw.send(request("transfer-encoding: chunked\r\n", "")).await;
    raw.send_while_taken(endless).await;
    assert_eq!(raw.answer().await.status, 413);
    assert_eq!(bench.backend("a").count(), 1);
}

#[tokio::test]
async fn an_answer_that_comes_before_the_body_was_read_passes() {
    let refusal = Reply::error(413, "too large for me").early().then_hold();
    let fake = Fake::in_turn([refusal, Reply::text("hello")]);
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let large = format!("{{\"model\":\"m\",\"x\":\"{}\"}}", "x".repeat(20_000_000));
    let answer = bench.post("/v1/chat/completions", large).send().await;
    assert_eq!((answer.status, answer.error().as_str()), (413, "too large for me"));
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(bench.backend("a").connections(), 2, "a half-written connection was used again");
}

#[tokio::test]
async fn a_request_that_two_parsers_would_read_differently_is_refused() {
    let bench = one().await;
    let body = "{\"model\":\"m\"}";
    let chunked = format!("d\r\n{body}\r\n0\r\n\r\n");
    let ambiguous = [
        ("two lengths", request("content-length: 13\r\ncontent-length: 14\r\n", body)),
        ("two lengths in one line", request("content-length: 13, 14\r\n", body)),
        ("a length with a sign", request("content-length: +13\r\n", body)),
        ("a length in hex", request("content-length: 0xd\r\n", body)),
        ("a length too long", request("content-length: 99999999999999999999\r\n", body)),
        ("an unknown coding", request("transfer-encoding: chunked, gzip\r\n", &chunked)),
        ("a misspelt coding", request("transfer-encoding: xchunked\r\n", &chunked)),
        ("a space before the colon", request("content-length : 13\r\n", body)),
        ("a folded line", request("x-a: 1\r\n 2\r\ncontent-length: 13\r\n", body)),
        ("a bare CR", request("x-a: 1\r2\r\ncontent-length: 13\r\n", body)),
        ("two hosts", request("host: other\r\ncontent-length: 13\r\n", body)),
        ("no host", request("content-length: 13\r\n", body).replace("host: router\r\n", "")),
        ("a host with a path", request("content-length: 13\r\n", body).replace("router", "a/b")),
        (
            "chunks in HTTP/1.0",
            request("transfer-encoding: chunked\r\n", &chunked).replace("HTTP/1.1", "HTTP/1.0"),
        ),
    ];
    let mut taken = Vec::new();
    for (what, bytes) in ambiguous {
        let status = bench.exchange(bytes).await.status;
        if status != 400 {
            taken.push(format!("{what}: {status}"));
        }
    }
    assert_eq!(taken, Vec::<String>::new());
    assert_eq!(bench.backend("a").count(), 0);
}

#[tokio::test]
async fn nothing_is_smuggled_behind_a_length_beside_chunks() {
    let bench = one().await;
    let body = "{\"model\":\"m\"}";
    let smuggled = request("x-smuggled: 1\r\ncontent-length: 13\r\n", body);
    let whole = format!("d\r\n{body}\r\n0\r\n\r\n{smuggled}");
    let length = whole.len();
    for headers in [
        format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
        format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"),
    ] {
        let mut raw = bench.connect().await;
        raw.send(request(&headers, &whole)).await;
        let answers = String::from_utf8_lossy(&raw.until_end().await).into_owned();
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
    }
    let received = bench.backend("a").received();
    assert!(received.iter().all(|request| request.header("x-smuggled").is_none()));
    assert!(received.iter().all(|request| request.text() == body));
}

#[tokio::test]
async fn every_answer_tells_where_it_came_from() {
    let bench = one().await;
    let answer = bench.chat("m").header("x-request-id", "req-7").send().await;
    assert_eq!(answer.header("x-patchbay-generation"), "1");
    assert_eq!(answer.header("x-patchbay-backend"), "a");
    assert_eq!(answer.header("x-patchbay-attempts"), "1");
    assert_eq!(answer.header("x-request-id"), "req-7");
    assert_eq!(bench.backend("a").last().header("x-request-id"), Some("req-7"));

    let (one, two) = (bench.chat("m").send().await, bench.chat("m").send().await);
    assert!(!one.header("x-request-id").is_empty());
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));

    let refused = bench.chat("unknown").send().await;
    assert_eq!((refused.status, refused.header("x-patchbay-generation")), (404, "1"));
    assert!(!refused.header("x-request-id").is_empty());
    assert_eq!(refused.header("x-patchbay-backend"), "");
}

#[tokio::test]
async fn a_backend_cannot_forge_where_an_answer_came_from() {
    let headers =
        [("x-patchbay-backend", "forged"), ("x-patchbay-generation", "99"), ("x-patchbay-attempts", "99")];
    let bench = Bench::new().backend("a", Fake::always(Reply::whole(200, &headers, "{}"))).routes("m -> a");
    let bench = bench.start().await;
    let answer = bench.exchange(request("content-length: 13\r\n", "{\"model\":\"m\"}")).await;
    assert_eq!(answer.header("x-patchbay-backend"), Some("a"));
    assert_eq!(answer.header("x-patchbay-generation"), Some("1"));
    assert_eq!(answer.header("x-patchbay-attempts"), Some("1"));
}

#[tokio::test]
async fn a_request_that_comes_round_again_is_stopped() {
    let bench = one().await;
    bench.chat("m").text().await;
    let received = bench.backend("a").last();
    let hop = received.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-patchbay-hop")).unwrap();
    let answer = bench.chat("m").header("x-patchbay-hop", &hop.1).send().await;
    assert_eq!((answer.status, answer.code().as_str()), (508, "routing_loop"));
    assert_eq!(bench.backend("a").count(), 1);

    let answer = bench.chat("m").header("x-patchbay-hop", "another-router").send().await;
    assert_eq!(answer.status, 200, "a chain of two routers is no loop");
}

#[tokio::test]
async fn curl_may_call_a_body_a_form() {
    let bench = one().await;
    for kind in ["application/x-www-form-urlencoded", "text/plain"] {
        let body = "{\"model\":\"m\"}";
        let headers = format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len());
        assert_eq!(bench.exchange(request(&headers, body)).await.status, 200, "{kind}");
        assert_eq!(bench.backend("a").last().header("content-type"), Some("application/json"));
    }
    assert_eq!(bench.exchange(request("content-length: 13\r\n", "{\"model\":\"m\"}")).await.status, 200);
    assert_eq!(bench.backend("a").last().header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let bench = one().await;
    let mut raw = bench.connect().await;
    for n in 0..5 {
        let body = format!("{{\"model\":\"m\",\"n\":{n}}}");
        raw.send(request(&format!("content-length: {}\r\n", body.len()), &body)).await;
        let answer = raw.answer().await;
        assert!(answer.status == 200 && answer.whole);
        assert_eq!(bench.backend("a").last().text(), body);
    }
}

#[tokio::test]
async fn the_answer_names_the_model_that_its_backend_was_asked_for() {
    let yaml = "\
backends:
  a: {url: '{a}', model: org/Large}
  b: {b}
models:
  large: a
  plain: {to: b, alias: known}
  sent: {to: b, model: other}
  falls: {to: {c}, fallback: large, retry: 0}
";
    let lies =
        Reply::whole(200, &[("content-type", "application/json"), ("x-patchbay-model", "a lie")], "{}");
    let bench = Bench::new().backend("a", Fake::answers("a")).backend("b", Fake::always(lies));
    let bench = bench.backend("c", Fake::always(Reply::error(503, "busy"))).yaml(yaml).start().await;
    let asked = [
        ("large", "org/Large"),
        ("plain", "plain"),
        ("known", "plain"),
        ("sent", "other"),
        ("falls", "org/Large"),
    ];
    for (model, expected) in asked {
        let answer = bench.chat(model).send().await;
        assert_eq!((answer.status, answer.header("x-patchbay-model")), (200, expected), "{model}");
        let backend = if expected == "org/Large" { "a" } else { "b" };
        assert_eq!(bench.backend(backend).last().json()["model"], expected, "{model}");
    }
    let list = bench.get("/v1/models").send().await;
    assert_eq!(list.header("x-patchbay-model"), "");
}
