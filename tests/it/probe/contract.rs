//! The points of the contract: a backend that keeps them all, and one for each that it breaks.

use std::sync::atomic::{AtomicBool, Ordering};

use patchbay::probe::{Finding, Point, Report, Verdict, contract};
use serde_json::{Value, json};

use super::backend;
use crate::fake::{Fake, Received, Reply, chunk};
use crate::wait::within;

/// What a request of the contract test is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Models,
    Answer,
    Stream,
    StreamUsage,
    BadRequest,
    UnknownModel,
    Long,
    Other,
}

impl Asked {
    fn of(request: &Received) -> Self {
        if request.method == "GET" {
            return if request.path == "/v1/models" { Self::Models } else { Self::Other };
        }
        if request.path != "/v1/chat/completions" {
            return Self::Other;
        }
        let body = request.json();
        match &body {
            _ if body["messages"].is_string() => Self::BadRequest,
            _ if body["model"] != "qwen" => Self::UnknownModel,
            _ if body["max_tokens"].as_u64() > Some(100) => Self::Long,
            _ if body["stream_options"]["include_usage"] == true => Self::StreamUsage,
            _ if body["stream"] == true => Self::Stream,
            _ => Self::Answer,
        }
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn event(delta: &Value, finish: &Value) -> Value {
    json!({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "qwen",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

/// The events of a good stream, with what comes before `[DONE]`.
fn good_events() -> Vec<String> {
    let events = [
        event(&json!({"role": "assistant", "content": ""}), &Value::Null),
        event(&json!({"content": "hello"}), &Value::Null),
        event(&json!({}), &json!("stop")),
    ];
    let mut texts: Vec<String> = events.iter().map(Value::to_string).collect();
    texts.push("[DONE]".to_owned());
    texts
}

fn stream_of(events: &[String]) -> Reply {
    let reply =
        events.iter().fold(Reply::raw(HEAD), |reply, event| reply.then(chunk(format!("data: {event}\n\n"))));
    reply.then("0\r\n\r\n")
}

/// What a backend answers that keeps the contract.
fn well(asked: Asked) -> Reply {
    match asked {
        Asked::Models => {
            Reply::json(200, json!({"data": [{"id": "qwen", "max_model_len": 8192}]}).to_string())
        }
        Asked::Answer => Reply::text("h"),
        Asked::Stream => stream_of(&good_events()),
        Asked::StreamUsage => {
            let mut events = good_events();
            let usage = json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}});
            events.insert(3, usage.to_string());
            stream_of(&events)
        }
        Asked::BadRequest => Reply::error(400, "messages must be a list"),
        Asked::UnknownModel => Reply::error(404, "no such model"),
        Asked::Long => Reply::stream_open(["one"]).then_hold(),
        Asked::Other => Reply::error(404, "no such path"),
    }
}

/// Puts a backend to the test that keeps the contract but for one kind of request.
async fn with(broken: Asked, reply: Reply) -> Report {
    let fake = Fake::choosing(move |request| match Asked::of(request) {
        asked if asked == broken => reply.clone(),
        asked => well(asked),
    });
    tested(&fake).await
}

async fn tested(fake: &Fake) -> Report {
    within("the contract test", contract(&backend(&fake.url()), &["qwen"])).await
}

fn on(report: &Report, point: Point) -> &Finding {
    report.findings.iter().find(|finding| finding.point == point).unwrap_or_else(|| panic!("{report:?}"))
}

/// Asserts that one point is judged so, and nothing else is worse than fine.
fn only(report: &Report, point: Point, verdict: Verdict, words: &str) {
    let finding = on(report, point);
    assert_eq!(finding.verdict, verdict, "{finding:?}");
    assert!(finding.found.contains(words), "{finding:?}");
    assert!(finding.means.is_some(), "{finding:?}");
    let others = report.findings.iter().filter(|other| other.point != point);
    for other in others {
        assert!(matches!(other.verdict, Verdict::Ok | Verdict::Unknown), "{other:?}");
    }
}

#[tokio::test]
async fn a_backend_that_keeps_the_contract_is_fine_in_all_points() {
    let report = with(Asked::Other, Reply::close()).await;
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {}: {}", finding.point, finding.verdict, finding.found))
        .map(|line| if line.starts_with("cancel") { "cancel ok: stops".to_owned() } else { line })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    models ok: answers, and lists `qwen`
    answer ok: chat
    stream ok: 3 events, [DONE]
    usage ok: 1 tokens in, 1 out
    usage in streams ok: 3 tokens in, 1 out, in an event of its own
    errors ok: 400, in OpenAI's shape
    unknown model ok: 404
    cancel ok: stops
    keep-alive ok: yes
    context ok: 8192 tokens (max_model_len)
    ");
}

#[tokio::test]
async fn nobody_there_is_the_only_finding() {
    let (_held, address) = crate::failover::nobody();
    let report = contract(&backend(&format!("http://{address}")), &["qwen"]).await;
    assert_eq!((report.findings.len(), report.count(Verdict::Fault)), (1, 1));
    assert_eq!(report.findings[0].found, "the backend refused the connection: connection refused");
}

#[tokio::test]
async fn a_model_that_it_does_not_list_is_told_where_names_matter() {
    let others = || Reply::json(200, json!({"data": [{"id": "glm"}]}).to_string());
    let report = with(Asked::Models, others()).await;
    only(&report, Point::Models, Verdict::Warning, "not `qwen`, which it is asked for");

    let fake = Fake::choosing(move |request| match Asked::of(request) {
        Asked::Models => others(),
        Asked::UnknownModel => Reply::text("h"),
        asked => well(asked),
    });
    let report = tested(&fake).await;
    assert_eq!(report.count(Verdict::Warning), 0, "{report:?}");
    assert_eq!(on(&report, Point::UnknownModel).found, "answered all the same");
}

#[tokio::test]
async fn a_refused_key_at_the_list_and_a_missing_list_are_told_apart() {
    only(&with(Asked::Models, Reply::error(401, "no")).await, Point::Models, Verdict::Warning, "401");
    let report = with(Asked::Models, Reply::error(404, "no")).await;
    assert_eq!(on(&report, Point::Models).verdict, Verdict::Unknown);
}

#[tokio::test]
async fn a_backend_that_refuses_the_model_is_not_asked_on() {
    let report = with(Asked::Answer, Reply::error(401, "wrong key")).await;
    assert_eq!(report.findings.len(), 2, "{report:?}");
    let found = on(&report, Point::Answer);
    assert_eq!(found.verdict, Verdict::Fault);
    assert!(found.found.contains("answered 401") && found.found.contains("wrong key"), "{found:?}");
}

#[tokio::test]
async fn streams_that_clients_cannot_read_are_faults() {
    let cut = Reply::raw(HEAD).then(chunk(format!("data: {}\n\n", good_events()[0]))).then_fin();
    let plain: String = good_events().iter().flat_map(|event| ["data: ", event, "\n\n"]).collect();
    let as_text = Reply::whole(200, &[("content-type", "text/plain")], plain);
    let dbgpt = json!({"id": "1", "text": "the worker died", "error_code": 1}).to_string();
    for (reply, words) in [
        (Reply::error(400, "streaming is off"), "status 400: streaming is off"),
        (Reply::text("h"), "a whole answer of the type `application/json` instead of events"),
        (as_text, "events of the type `text/plain`"),
        (stream_of(&["{}".to_owned(), "[DONE]".to_owned()]), "1 event and not one with a delta"),
        (stream_of(&[good_events()[0].clone(), dbgpt]), "an error within the events: the worker died"),
        (cut, "broke its answer off"),
    ] {
        only(&with(Asked::Stream, reply).await, Point::Stream, Verdict::Fault, words);
    }
}

#[tokio::test]
async fn streams_that_some_clients_wonder_about_are_warnings() {
    let good = good_events();
    let bare =
        json!({"choices": [{"delta": {"role": "assistant", "content": "h"}, "finish_reason": "stop"}]});
    for (events, words) in [
        (good[..3].to_vec(), "no end mark"),
        ([&good[..2], &good[3..]].concat(), "no finish_reason"),
        (good[1..].to_vec(), "no role in the first delta"),
        ([&good[..2], &["{oops".to_owned()], &good[2..]].concat(), "some events aren't JSON"),
        (vec![bare.to_string(), "[DONE]".to_owned()], "events without id, object, created or model"),
    ] {
        only(&with(Asked::Stream, stream_of(&events)).await, Point::Stream, Verdict::Warning, words);
    }
}

#[tokio::test]
async fn missing_counts_are_told_with_what_dbgpt_makes_of_them() {
    let choice =
        json!({"index": 0, "message": {"role": "assistant", "content": "h"}, "finish_reason": "stop"});
    let countless = Reply::json(200, json!({"choices": [choice]}).to_string());
    let report = with(Asked::Answer, countless).await;
    only(&report, Point::Usage, Verdict::Warning, "none in whole answers");
    assert!(on(&report, Point::Usage).means.as_ref().unwrap().contains("DB-GPT fails"));

    let report = with(Asked::StreamUsage, stream_of(&good_events())).await;
    only(&report, Point::StreamUsage, Verdict::Warning, "none, though asked for");
    let refused = with(Asked::StreamUsage, Reply::error(400, "unknown field stream_options")).await;
    only(&refused, Point::StreamUsage, Verdict::Warning, "answered 400: unknown field");
}

#[tokio::test]
async fn refusals_that_clients_cannot_read_are_warnings() {
    let text = |status, kind, body: &str| Reply::whole(status, &[("content-type", kind)], body);
    let fastchat = json!({"object": "error", "message": "invalid", "code": 40001}).to_string();
    for (reply, words) in [
        (Reply::error(500, "oops"), "answered 500: oops"),
        (Reply::text("h"), "as if it were good"),
        (text(422, "text/plain", "messages: wrong type"), "422, and no JSON: messages: wrong type"),
        (Reply::json(422, json!({"detail": "wrong type"}).to_string()), "a shape of its own: wrong type"),
        (Reply::json(400, fastchat), "in the shape of DB-GPT's own server: invalid"),
        (
            Reply::json(200, json!({"text": "bad", "error_code": 40001}).to_string()),
            "as DB-GPT's own server does: bad",
        ),
    ] {
        only(&with(Asked::BadRequest, reply).await, Point::Errors, Verdict::Warning, words);
    }
}

#[tokio::test]
async fn an_unknown_model_that_looks_like_an_outage_is_a_warning() {
    let report = with(Asked::UnknownModel, Reply::error(503, "not loaded")).await;
    only(&report, Point::UnknownModel, Verdict::Warning, "503: not loaded");
    let dbgpt = json!({"object": "error", "message": "Only a&&b allowed now", "code": 40301}).to_string();
    let report = with(Asked::UnknownModel, Reply::json(400, dbgpt)).await;
    assert_eq!(on(&report, Point::UnknownModel).found, "400, as DB-GPT's own server does");
}

#[tokio::test]
async fn a_backend_that_talks_on_to_nobody_is_found_out() {
    // More than any socket holds back: most of it is sent after the client has left.
    let long = format!("data: {}\n\n", event(&json!({"content": "x".repeat(8000)}), &Value::Null));
    let deaf =
        Reply::raw(HEAD).then_times(1500, chunk(long)).then(chunk("data: [DONE]\n\n")).then("0\r\n\r\n");
    let report = with(Asked::Long, deaf).await;
    only(&report, Point::Cancel, Verdict::Warning, "more events after the client had shut its side");

    let short = with(Asked::Long, stream_of(&good_events())).await;
    assert_eq!(on(&short, Point::Cancel).verdict, Verdict::Unknown);
}

#[tokio::test]
async fn a_backend_that_a_leaving_client_stalls_is_at_fault() {
    let left = AtomicBool::new(false);
    let fake = Fake::choosing(move |request| match Asked::of(request) {
        Asked::Long => {
            left.store(true, Ordering::SeqCst);
            well(Asked::Long)
        }
        Asked::Answer if left.load(Ordering::SeqCst) => Reply::close(),
        asked => well(asked),
    });
    let report = tested(&fake).await;
    let cancel = on(&report, Point::Cancel);
    assert_eq!(cancel.verdict, Verdict::Fault);
    assert!(cancel.found.starts_with("once a client had left, the next request failed"), "{cancel:?}");
}

#[tokio::test]
async fn a_backend_that_closes_every_connection_is_told_so() {
    let fake = Fake::choosing(|request| well(Asked::of(request))).closing_after(1);
    only(&tested(&fake).await, Point::KeepAlive, Verdict::Warning, "closes the connection after an answer");

    let answer = json!({"choices": [{"message": {"content": "h"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1}});
    let headers = [("content-type", "application/json"), ("keep-alive", "timeout=2, max=100")];
    let report = with(Asked::Answer, Reply::whole(200, &headers, answer.to_string())).await;
    only(&report, Point::KeepAlive, Verdict::Warning, "closes idle connections after 2s");
}

#[tokio::test]
async fn llamas_context_is_found_beside_the_api() {
    let fake = Fake::choosing(|request| match (Asked::of(request), request.path.as_str()) {
        (Asked::Models, _) => {
            Reply::whole(200, &[("server", "llama.cpp")], json!({"data": [{"id": "qwen"}]}).to_string())
        }
        (_, "/props") => {
            Reply::json(200, json!({"default_generation_settings": {"n_ctx": 2048}}).to_string())
        }
        (asked, _) => well(asked),
    });
    assert_eq!(on(&tested(&fake).await, Point::Context).found, "2048 tokens (/props)");
}

#[tokio::test]
async fn a_model_that_only_embeds_is_not_asked_to_stream() {
    let fake = Fake::choosing(|request| match request.path.as_str() {
        "/v1/models" => well(Asked::Models),
        "/v1/embeddings" => Reply::json(200, json!({"data": [{"embedding": [0.5]}]}).to_string()),
        _ => Reply::error(404, "no"),
    });
    let report = tested(&fake).await;
    assert_eq!(on(&report, Point::Answer).found, "embeddings, no chat");
    assert!(report.findings.iter().all(|finding| finding.point != Point::Stream));
    assert_eq!(report.count(Verdict::Fault), 0);
}
