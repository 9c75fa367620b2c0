//! `prepare` wakes a backend and waits for its answer; `release` lets it rest.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use patchbay::probe::{Service, ready, release};
use serde_json::json;

use super::backend;
use crate::fake::{Fake, Reply};
use crate::wait::within;

const LIMIT: Duration = Duration::from_secs(20);

/// A backend that answers for its model only after it was asked so often, and `/load` like this.
fn sleeper(answers_after: usize, to_load: Reply) -> Fake {
    let asked = AtomicUsize::new(0);
    Fake::choosing(move |request| match request.path.as_str() {
        "/load" => to_load.clone(),
        "/v1/chat/completions" if asked.fetch_add(1, Ordering::SeqCst) >= answers_after => Reply::text("h"),
        "/v1/chat/completions" => Reply::error(503, "loading"),
        _ => Reply::error(404, "no"),
    })
}

fn prepared(fake: &Fake, wait: &str) -> patchbay::table::Backend {
    backend(&format!(
        "{{url: '{}', key: sk-real, prepare: {{post: /load, body: {{model: qwen}}, wait: {wait}}}}}",
        fake.url()
    ))
}

#[tokio::test]
async fn a_backend_is_readied_and_asked_until_it_answers() {
    let fake = sleeper(2, Reply::json(200, "{}"));
    let told = within("the backend to load", ready(&prepared(&fake, "20s"), "qwen", LIMIT)).await;
    assert_eq!(told.unwrap(), Service::Chat);
    let first = &fake.received()[0];
    assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/load"));
    assert_eq!(first.json(), json!({"model": "qwen"}));
    assert_eq!(first.header("authorization"), Some("Bearer sk-real"));
    assert_eq!(fake.received().iter().filter(|request| request.path == "/load").count(), 1);
}

#[tokio::test]
async fn a_refused_prepare_is_no_fault_if_the_backend_answers() {
    let fake = sleeper(0, Reply::error(400, "model is already loaded"));
    ready(&prepared(&fake, "20s"), "qwen", LIMIT).await.unwrap();
}

#[tokio::test]
async fn a_backend_that_never_answers_is_told_with_what_prepare_said() {
    let fake = sleeper(usize::MAX, Reply::error(500, "out of memory"));
    let told = within("the wait", ready(&prepared(&fake, "300ms"), "qwen", LIMIT)).await.unwrap_err();
    assert_eq!(
        told.to_string(),
        "`/chat/completions` answered 503 for model `qwen`: loading; \
         `/load` had been answered with status 500: out of memory"
    );
    let mute = Fake::always(Reply::silence());
    let told = within("the wait", ready(&prepared(&mute, "300ms"), "qwen", LIMIT)).await.unwrap_err();
    assert_eq!(told.to_string(), "the backend gave no whole answer within 300ms");
}

#[tokio::test]
async fn a_release_is_one_request_and_its_refusal_is_told() {
    let fake = Fake::in_turn([Reply::json(200, ""), Reply::error(400, "busy")]);
    let given = backend(&format!("{{url: '{}', release: {{post: '/sleep?level=1'}}}}", fake.url()));
    release(&given).await.unwrap();
    assert_eq!((fake.last().path.as_str(), fake.last().text()), ("/sleep?level=1", ""));
    let told = release(&given).await.unwrap_err().to_string();
    assert_eq!(told, "`/sleep?level=1` is answered with status 400: busy");
    release(&backend(&fake.url())).await.unwrap();
    assert_eq!(fake.count(), 2, "without a `release` nothing is sent");
}
