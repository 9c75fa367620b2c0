//! One token, as a client would ask for it.

use std::time::Duration;

use patchbay::probe::{Reached, Service, TargetError, reach, target};
use serde_json::json;

use super::backend;
use crate::failover::nobody;
use crate::fake::{Fake, Reply};
use crate::wait::within;

const LIMIT: Duration = Duration::from_secs(20);

fn models() -> Reply {
    Reply::json(200, json!({"object": "list", "data": [{"id": "qwen"}, {"id": "glm"}]}).to_string())
}

fn no() -> Reply {
    Reply::error(404, "no such way")
}

async fn asked(replies: impl IntoIterator<Item = Reply>) -> (Fake, Result<Service, TargetError>) {
    let fake = Fake::in_turn(replies);
    let given = backend(&fake.url());
    let told = within("the probe", target(&given, "qwen", LIMIT)).await;
    (fake, told)
}

#[tokio::test]
async fn a_backend_that_makes_a_token_is_taken() {
    let (fake, told) = asked([models(), Reply::text("h")]).await;
    assert_eq!(told.unwrap(), Service::Chat);
    let asked = fake.received();
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("GET", "/v1/models"));
    assert_eq!((asked[1].method.as_str(), asked[1].path.as_str()), ("POST", "/v1/chat/completions"));
    let body = asked[1].json();
    assert_eq!((&body["model"], &body["max_tokens"]), (&json!("qwen"), &json!(1)));
    assert_eq!(body["stream"], json!(false));
    fake.until_closed(1).await;
}

#[tokio::test]
async fn the_backends_own_key_headers_and_base_path_are_used() {
    let fake = Fake::in_turn([models(), Reply::text("h")]);
    let given = backend(&format!(
        "{{url: 'http://{}/api/paas/v4', key: sk-real, headers: {{x-team: blue}}}}",
        fake.authority()
    ));
    target(&given, "glm", LIMIT).await.unwrap();
    for (received, path) in
        fake.received().iter().zip(["/api/paas/v4/models", "/api/paas/v4/chat/completions"])
    {
        assert_eq!(received.path, path);
        assert_eq!(received.header("authorization"), Some("Bearer sk-real"));
        assert_eq!(received.header("x-team"), Some("blue"));
        assert_eq!(received.header("host"), Some(fake.authority().as_str()));
    }
}

#[tokio::test]
async fn no_list_of_models_is_no_fault() {
    for list in
        [no(), Reply::error(401, "not for this key"), Reply::error(500, "oops"), Reply::json(200, "hello")]
    {
        assert_eq!(asked([list, Reply::text("h")]).await.1.unwrap(), Service::Chat);
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_backends_words_and_with_what_it_lists() {
    let mut replies = vec![models()];
    replies.extend((0..6).map(|_| Reply::error(404, "The model `qwen` does not exist")));
    let (_fake, told) = asked(replies).await;
    assert_eq!(
        told.unwrap_err().to_string(),
        "`/chat/completions` answered 404 for model `qwen`: The model `qwen` does not exist; \
         it lists `qwen`, `glm`"
    );
}

#[tokio::test]
async fn a_key_never_shows_even_if_the_backend_repeats_it() {
    let fake = Fake::always(Reply::error(401, "invalid key sk-real given"));
    let given = backend(&format!("{{url: '{}', key: sk-real}}", fake.url()));
    let told = target(&given, "m", LIMIT).await.unwrap_err().to_string();
    assert!(told.contains("answered 401") && told.contains("invalid key •••• given"), "{told}");
    assert!(!told.contains("sk-real"), "{told}");
    assert_eq!(fake.count(), 2, "a refused key is not tried elsewhere");
}

#[tokio::test]
async fn a_model_that_only_embeds_or_ranks_is_taken_for_that() {
    let embedding = Reply::json(200, json!({"data": [{"index": 0, "embedding": [0.5]}]}).to_string());
    let (_fake, told) = asked([models(), no(), no(), embedding]).await;
    assert_eq!(told.unwrap(), Service::Embeddings);

    let ranks = Reply::json(200, json!({"results": [{"index": 0, "relevance_score": 0.5}]}).to_string());
    let (_fake, told) = asked([models(), no(), no(), no(), ranks]).await;
    assert_eq!(told.unwrap(), Service::Rerank);

    let scores = Reply::json(200, json!([{"index": 0, "score": 0.5}]).to_string());
    let (fake, told) = asked([no(), no(), no(), no(), no(), no(), scores]).await;
    assert_eq!(told.unwrap(), Service::Tei);
    assert_eq!(fake.last().path, "/rerank");
}

#[tokio::test]
async fn an_error_behind_a_200_is_an_error() {
    let (_fake, told) =
        asked([models(), Reply::json(200, json!({"text": "worker died", "error_code": 1}).to_string())])
            .await;
    assert_eq!(
        told.unwrap_err().to_string(),
        "`/chat/completions` answered 200 with an error inside for model `qwen`: worker died"
    );
    let page = Reply::whole(200, &[("content-type", "text/html; charset=utf-8")], "<h1>Welcome</h1>");
    let told = asked([no(), page]).await.1.unwrap_err();
    assert!(told.to_string().ends_with("no answer to chat: a page of HTML"), "{told}");
}

#[tokio::test]
async fn events_instead_of_a_whole_answer_are_an_answer() {
    assert_eq!(asked([models(), Reply::stream(["h"])]).await.1.unwrap(), Service::Chat);
}

#[tokio::test]
async fn a_model_that_wants_max_completion_tokens_gets_it() {
    let refusal =
        Reply::error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
    let (fake, told) = asked([models(), refusal, Reply::text("h")]).await;
    assert_eq!(told.unwrap(), Service::Chat);
    let body = fake.last().json();
    assert!(body.get("max_tokens").is_none() && body["max_completion_tokens"].is_u64(), "{body}");
}

#[tokio::test]
async fn nobody_and_silence_end_in_time() {
    let (_held, address) = nobody();
    let given = backend(&format!("http://{address}"));
    assert!(matches!(reach(&given).await, Reached::Silent(_)));
    let told = target(&given, "m", LIMIT).await.unwrap_err();
    assert_eq!(told.to_string(), "the backend refused the connection: connection refused");

    let mute = Fake::in_turn([models(), Reply::silence()]);
    let told = target(&backend(&mute.url()), "m", Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(told.to_string(), "the backend gave no whole answer within 300ms");
    mute.until_closed(1).await;

    let (_fake, told) =
        asked([models(), Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").then_fin()]).await;
    assert_eq!(told.unwrap_err().to_string(), "the backend broke its answer off");
}

#[tokio::test]
async fn a_look_at_a_backend_makes_it_generate_nothing() {
    for (reply, well, words) in [
        (models(), true, "answers, and lists 2 models, `qwen` first"),
        (no(), true, "answers, and has no list of models (status 404)"),
        (Reply::error(403, "no"), false, "doesn't take the key (status 403)"),
        (Reply::error(503, "loading model"), false, "answers status 503: loading model"),
        (Reply::close(), false, "the backend closed the connection before answering"),
    ] {
        let fake = Fake::always(reply);
        let reached = reach(&backend(&fake.url())).await;
        assert_eq!((reached.is_well(), reached.to_string().as_str()), (well, words));
        assert!(fake.received().iter().all(|request| request.path == "/v1/models"));
    }
}

#[tokio::test]
async fn an_echo_answers_in_the_process() {
    assert_eq!(reach(&backend("echo://blue")).await.models(), ["blue"]);
    assert_eq!(target(&backend("echo://blue"), "any", LIMIT).await.unwrap(), Service::Chat);
    let told = target(&backend("echo://blue?fail=1"), "any", LIMIT).await.unwrap_err();
    assert!(told.to_string().contains("answered 500"), "{told}");
}
