//! What passes through is what was sent, to the byte.

use std::fmt::Write;

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply, chunk, event};

/// Key order, white space, unknown fields, long numbers and odd spellings, with a hole for the
/// model's value.
const ODD: &str = " {\t\"zeta\" : 1 ,\r\n \"messages\":[{\"role\":\"user\",\"content\":\"h\\u00e9 \\ud83d\\ude00 é 你好\"}],\
    \"seed\": 12345678901234567890, \"minus\":-0.0,\"e\":1E+2,\"pi\":3.14159265358979323846264338327950288,\
    \"model\"  :  @ , \"unknown\":{\"model\":\"inner\",\"b\":null,\"\":[]},\"zeta\":2,\"slash\":\"\\/\"}\n ";

async fn renaming() -> RunningBench {
    let yaml = "models:\n  plain: {plain}\n  named: {to: {named}, model: org/Other-7B}\n";
    let bench =
        Bench::new().backend("plain", Fake::answers("hello")).backend("named", Fake::answers("hello"));
    bench.yaml(yaml).start().await
}

#[tokio::test]
async fn a_body_passes_untouched_where_no_name_is_given() {
    let bench = renaming().await;
    let body = ODD.replace('@', "\"plain\"");
    assert_eq!(bench.post("/v1/chat/completions", body.clone()).send().await.status, 200);
    assert_eq!(bench.backend("plain").last().text(), body);
}

#[tokio::test]
async fn only_the_models_value_changes_where_a_name_is_given() {
    let bench = renaming().await;
    let body = ODD.replace('@', "\"named\"");
    assert_eq!(bench.post("/v1/chat/completions", body).send().await.status, 200);
    assert_eq!(bench.backend("named").last().text(), ODD.replace('@', "\"org/Other-7B\""));
}

#[tokio::test]
async fn a_model_is_found_however_it_is_written() {
    let bench = renaming().await;
    let cases = [
        (r#"{"mod\u0065l":"named"}"#, r#"{"mod\u0065l":"org/Other-7B"}"#),
        (
            r#"{"\u006d\u006F\u0064\u0065\u006c":"n\u0061med"}"#,
            r#"{"\u006d\u006F\u0064\u0065\u006c":"org/Other-7B"}"#,
        ),
        (r#"{"model":"named"}"#, r#"{"model":"org/Other-7B"}"#),
        ("{\"model\"\n:\n\"named\"\n}\n", "{\"model\"\n:\n\"org/Other-7B\"\n}\n"),
        (
            r#"{"x":{"model":"plain"},"y":[{"model":"plain"},"model"],"z":"\"model\":\"plain\"","model":"named"}"#,
            r#"{"x":{"model":"plain"},"y":[{"model":"plain"},"model"],"z":"\"model\":\"plain\"","model":"org/Other-7B"}"#,
        ),
        (
            r#"{"model ":"plain","Model":"plain","model":"named"}"#,
            r#"{"model ":"plain","Model":"plain","model":"org/Other-7B"}"#,
        ),
        (r#"{"a":"\\","model":"named","b":"\\\""}"#, r#"{"a":"\\","model":"org/Other-7B","b":"\\\""}"#),
    ];
    for (sent, wanted) in cases {
        let answer = bench.post("/v1/chat/completions", sent).send().await;
        assert_eq!(answer.status, 200, "{sent}: {}", answer.lossy());
        assert_eq!(bench.backend("named").last().text(), wanted);
    }
    assert_eq!(bench.backend("plain").count(), 0);
}

#[tokio::test]
async fn a_model_after_a_megabyte_of_messages_is_found() {
    let bench = renaming().await;
    let mut messages = String::new();
    while messages.len() < 1_200_000 {
        let n = messages.len();
        write!(messages, r#"{{"role":"user","content":"\"model\": \"plain\" }}] {n} \\"}},"#).unwrap();
    }
    let body =
        |model: &str| format!(r#"{{"messages":[{}],"model":"{model}"}}"#, messages.trim_end_matches(','));
    assert_eq!(bench.post("/v1/chat/completions", body("named")).send().await.status, 200);
    assert!(bench.backend("named").last().text() == body("org/Other-7B"), "the long body was changed");
}

#[tokio::test]
async fn names_with_quotes_and_other_scripts_are_written_as_json() {
    let fake = Fake::answers("hello");
    let yaml = "models:\n  \"组/模型:7b\": {to: {a}, model: 'say \"hi\" \\ 你好'}\n";
    let bench = Bench::new().backend("a", fake).yaml(yaml).start().await;
    for asked in ["\"组/模型:7b\"", r#""\u7ec4\/\u6a21\u578b:7b""#] {
        let body = format!(r#"{{"model":{asked},"n":1}}"#);
        assert_eq!(bench.post("/v1/chat/completions", body).send().await.status, 200);
        let last = bench.backend("a").last();
        assert_eq!(last.json()["model"], "say \"hi\" \\ 你好");
        assert!(last.text().ends_with(",\"n\":1}"), "{}", last.text());
    }
}

#[tokio::test]
async fn a_body_that_does_not_name_one_model_is_refused() {
    let bench = renaming().await;
    let deep = format!(r#"{{"model":"plain","x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(&[u8], u16); 18] = [
        (br#"{"model":"plain","model":"plain"}"#, 400),
        (br#"{"model":"plain","mod\u0065l":"named"}"#, 400),
        (br#"{"model":1}"#, 400),
        (br#"{"model":["plain"]}"#, 400),
        (br#"{"model":{"name":"plain"}}"#, 400),
        (br#"{"model":true}"#, 400),
        (br"{", 400),
        (br#"{"model":"plain""#, 400),
        (br#"{"model":"plain"}}"#, 400),
        (br#"{"model":"plain"} {}"#, 400),
        (br#"{"model":"plain",}"#, 400),
        (b"{'model':'plain'}", 400),
        (br#"{"model":"plain" "x":1}"#, 400),
        (br#"["plain"]"#, 400),
        (br#""plain""#, 400),
        (b"model=plain", 400),
        (b"{\"model\":\"pl\xffain\"}", 400),
        (deep.as_bytes(), 400),
    ];
    for (body, status) in cases {
        let answer = bench.post("/v1/chat/completions", body.to_vec()).send().await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
        assert_eq!(answer.status, status, "{shown}: {}", answer.lossy());
        assert!(answer.error().len() < 400, "{shown}: {}", answer.error());
    }
    assert_eq!(bench.backend("plain").count() + bench.backend("named").count(), 0);
}

#[tokio::test]
async fn a_model_named_twice_is_blamed_by_its_field() {
    let bench = renaming().await;
    let answer = bench.post("/v1/chat/completions", r#"{"model":"plain","model":"plain"}"#).send().await;
    assert_eq!(answer.status, 400);
    insta::assert_snapshot!(answer.lossy(), @r#"{"error":{"message":"`model` stands twice in the body","type":"invalid_request_error","param":"model","code":"invalid_request"}}"#);
}

#[tokio::test]
async fn broken_utf8_beside_the_model_is_kept_or_refused_never_mended() {
    let bench = renaming().await;
    let body = b"{\"messages\":[{\"content\":\"\xff\xfe\xc3\"}],\"model\":\"plain\"}";
    let answer = bench.post("/v1/chat/completions", body.to_vec()).send().await;
    match answer.status {
        200 => assert_eq!(&bench.backend("plain").last().body[..], body),
        status => assert!((400..500).contains(&status), "{status}"),
    }
}

#[tokio::test]
async fn an_answers_bytes_pass_untouched() {
    let noise: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let bodies: [(&str, &[u8]); 5] = [
        (
            "application/json",
            b"\n\n\n {\"usage\" : {\"total_tokens\": 12345678901234567890},\"choices\":[ ]}\n",
        ),
        ("application/octet-stream", &noise),
        ("text/html", b"<html>busy</html>"),
        ("text/plain", b""),
        ("audio/mpeg", b"\xff\xfb\x90\x00\r\n\r\n0\r\n\r\n"),
    ];
    let fake =
        Fake::in_turn(bodies.iter().map(|(kind, body)| Reply::whole(200, &[("content-type", kind)], body)));
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    for (kind, body) in bodies {
        let answer = bench.chat("m").send().await;
        assert_eq!(answer.header("content-type"), kind);
        assert!(answer.body == body && !answer.broken, "{kind} was changed");
    }
}

#[tokio::test]
async fn a_streams_bytes_pass_untouched_noise_and_all() {
    let parts: [&[u8]; 6] = [
        b": keep-alive\n\n",
        b"data: {\"choices\":[],\"x\": 1.0}\n\n",
        b"data: \xf0\x9f\x98",
        b"\x80 \xff\xfe\n\nevent: odd\r\ndata: not json\n\n",
        b"data: {\"choices\":[],\"usage\":{\"total_tokens\":12345678901234567890}}\n\n",
        b"data: [DONE]\n\n",
    ];
    let reply = parts.iter().fold(Reply::stream_open([]), |reply, part| reply.then(chunk(part)));
    let fake = Fake::always(reply.then(b"0\r\n\r\n"));
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let answer = bench.chat("m").send().await;
    assert!(!answer.broken);
    assert_eq!(answer.body, parts.concat());
}

#[tokio::test]
async fn a_compressed_answer_is_neither_inflated_nor_deflated() {
    // `printf hello | gzip -n`, in hex.
    let gzip =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00";
    let headers =
        [("content-type", "application/json"), ("content-encoding", "gzip"), ("vary", "accept-encoding")];
    let fake = Fake::always(Reply::whole(200, &headers, gzip));
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    let answer = bench.chat("m").header("accept-encoding", "gzip, deflate").send().await;
    assert_eq!(&answer.body[..], gzip);
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(bench.backend("a").last().header("accept-encoding"), Some("gzip, deflate"));

    bench.chat("m").header("accept-encoding", "identity").send().await;
    assert_eq!(bench.backend("a").last().header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn an_event_arrives_before_the_next_is_sent() {
    let mut reply = Reply::stream_open([]);
    for word in ["a", "b", "c"] {
        reply = reply.then(chunk(event(word))).then_pause();
    }
    let reply = reply.then(chunk("data: [DONE]\n\n")).then(b"0\r\n\r\n");
    let bench = Bench::new().backend("a", Fake::always(reply)).routes("m -> a").start().await;
    let mut stream = bench.chat("m").stream().await;
    for word in ["a", "b", "c"] {
        assert_eq!(stream.next().await, word);
        bench.backend("a").resume();
    }
    assert_eq!(stream.rest().await, "");
}

#[tokio::test]
async fn usage_is_never_dropped() {
    let usage = r#"{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":2}}"#;
    let whole = format!(r#"{{"choices":[{{"message":{{"content":"hi"}}}}],"usage":{usage}}}"#);
    let last = format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n");
    let stream =
        Reply::stream_open(["hi"]).then(chunk(&last)).then(chunk("data: [DONE]\n\n")).then(b"0\r\n\r\n");
    let bench = Bench::new()
        .backend("a", Fake::in_turn([Reply::json(200, &whole), stream]))
        .routes("m -> a")
        .start()
        .await;
    assert_eq!(bench.chat("m").send().await.lossy(), whole);
    assert!(bench.chat("m").send().await.lossy().contains(&last));
}

#[tokio::test]
async fn a_backends_own_error_passes_with_status_and_body() {
    let cases: [(u16, &str, &str); 6] = [
        (400, "application/json", r#"{"object":"error","message":"Only a&&b allowed now","code":40301}"#),
        (401, "application/json", r#"{"detail":{"error":{"message":"wrong key"}}}"#),
        (402, "application/json", r#"[{"error":{"code":402}}]"#),
        (404, "text/html", "<html>404</html>"),
        (418, "text/plain", ""),
        (422, "text/plain", "unprocessable"),
    ];
    let fake = Fake::in_turn(
        cases.map(|(status, kind, body)| Reply::whole(status, &[("content-type", kind)], body)),
    );
    let bench = Bench::new().backend("a", fake).routes("m -> a").start().await;
    for (n, (status, kind, body)) in cases.into_iter().enumerate() {
        let answer = bench.chat("m").send().await;
        assert_eq!(
            (answer.status, answer.header("content-type"), answer.lossy().as_str()),
            (status, kind, body)
        );
        assert_eq!(bench.backend("a").count(), n + 1, "status {status} was tried again");
    }
}
