//! A caller gets what it may ask for, hears what is left, and takes nothing from others.

use crate::bench::{Answer, Ask, Bench, RunningBench};
use crate::fake::{Fake, Reply};
use crate::wait::{until, within};
use serde_json::{Value, json};

/// A router with a limited caller and one who isn't.
async fn with(limits: &str, fake: Fake) -> RunningBench {
    Bench::new().backend("a", fake).yaml(&table(limits)).start().await
}

fn table(limits: &str) -> String {
    format!("models: {{m: '{{a}}'}}\nkeys: {{free: key-of-free, app: {{key: key-of-app, {limits}}}}}\n")
}

fn asking(bench: &RunningBench, caller: &str) -> Ask {
    bench.chat("m").header("authorization", &format!("Bearer key-of-{caller}"))
}

async fn callers(bench: &RunningBench) -> Value {
    bench.admin("/admin/v1/status").send().await.json()["callers"].clone()
}

fn left(answer: &Answer, of: &str) -> i64 {
    answer.header(&format!("x-ratelimit-remaining-{of}")).parse().unwrap()
}

#[tokio::test]
async fn who_has_made_all_its_requests_hears_when_to_come_again() {
    let bench = with("requests_per_minute: 3", Fake::answers("fine")).await;
    for remaining in [2, 1, 0] {
        let answer = asking(&bench, "app").send().await;
        assert_eq!((answer.status, left(&answer, "requests")), (200, remaining));
        assert_eq!(answer.header("x-ratelimit-limit-requests"), "3");
        assert!(answer.header("x-ratelimit-reset-requests").ends_with('s'));
        assert_eq!(answer.header("x-ratelimit-limit-tokens"), "");
    }
    let refused = asking(&bench, "app").send().await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limit_exceeded"));
    let said = refused.error();
    assert!(said.starts_with("caller `app` has made its 3 requests a minute; try again in "), "{said}");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!((refused.header("x-ratelimit-limit-requests"), left(&refused, "requests")), ("3", 0));
    let free = asking(&bench, "free").send().await;
    assert_eq!((free.status, free.header("x-ratelimit-limit-requests")), (200, ""));
    assert_eq!(bench.backend("a").count(), 4);
    assert_eq!(bench.get("/v1/models").header("api-key", "key-of-app").send().await.status, 200);
}

#[tokio::test]
async fn tokens_are_charged_as_the_answers_tell_them() {
    let usage = r#"{"prompt_tokens": 60000, "completion_tokens": 40000}"#;
    let whole = Reply::json(200, format!(r#"{{"choices": [], "usage": {usage}}}"#));
    let stream = Reply::stream_open(["one"])
        .then(crate::fake::chunk(format!("data: {{\"choices\": [], \"usage\": {usage}}}\n\n")));
    let stream = stream.then(crate::fake::chunk("data: [DONE]\n\n")).then("0\r\n\r\n");
    for reply in [whole, stream] {
        let bench = with("tokens_per_minute: 150000", Fake::always(reply)).await;
        let first = asking(&bench, "app").send().await;
        assert_eq!((first.status, left(&first, "tokens")), (200, 150_000));
        // An answer is charged when its last piece has gone, which its client may see first.
        let charged = async || callers(&bench).await[0]["tokens"]["remaining"].as_u64().unwrap() < 100_000;
        crate::wait::until_so("the first to be charged", charged).await;
        assert_eq!(asking(&bench, "app").send().await.status, 200, "one token that is left is enough");
        let charged = async || callers(&bench).await[0]["tokens"]["remaining"] == 0;
        crate::wait::until_so("the second to be charged", charged).await;
        let refused = asking(&bench, "app").send().await;
        assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limit_exceeded"));
        assert!(refused.error().contains("its 150000 tokens a minute"), "{}", refused.error());
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=20).contains(&wait), "{wait}");
        assert_eq!(asking(&bench, "free").send().await.status, 200);
    }
}

#[tokio::test]
async fn only_the_answer_that_was_given_is_charged() {
    let failed = r#"{"error": {"message": "out of memory"}, "usage": {"prompt_tokens": 30000, "completion_tokens": 10000}}"#;
    let yaml = "models: {m: {to: {a}, fallback: {b}, retry: 0}}\nkeys: {app: {key: key-of-app, tokens_per_minute: 100000}}\n";
    let bench = Bench::new().backend("a", Fake::always(Reply::json(200, failed)));
    let usage = r#"{"choices": [], "usage": {"prompt_tokens": 30000, "completion_tokens": 20000}}"#;
    let bench = bench.backend("b", Fake::always(Reply::json(200, usage))).yaml(yaml).start().await;
    let answer = asking(&bench, "app").send().await;
    assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (200, "2"));
    let left = async || callers(&bench).await[0]["tokens"]["remaining"].as_u64().unwrap();
    crate::wait::until_so("the answer to be charged", async || left().await < 60_000).await;
    // A minute's worth comes back in a minute: what the failed try says would leave less than this.
    assert!(left().await >= 50_000, "{}", left().await);
}

#[tokio::test]
async fn a_caller_has_only_so_many_requests_at_once() {
    let bench = with("max_in_flight: 2", Fake::always(Reply::text("fine").held())).await;
    let busy: Vec<_> = (0..2).map(|_| tokio::spawn(asking(&bench, "app").send())).collect();
    bench.backend("a").until_requests(2).await;
    let refused = asking(&bench, "app").send().await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    assert!(refused.error().contains("`app` has its 2 requests at once in flight"), "{}", refused.error());
    bench.backend("a").let_go(3);
    for asking in busy {
        assert_eq!(within("an answer", asking).await.unwrap().status, 200);
    }
    until_none_in_flight(&bench).await;
    assert_eq!(asking(&bench, "app").send().await.status, 200);
}

async fn until_none_in_flight(bench: &RunningBench) {
    crate::wait::until_so("all to be counted out", async || callers(bench).await[0]["in_flight"] == 0).await;
}

#[tokio::test]
async fn a_client_that_leaves_is_counted_out() {
    let bench = with("max_in_flight: 1", Fake::always(Reply::text("fine").held())).await;
    let mut client = bench.connect().await;
    client
        .send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\napi-key: key-of-app\r\ncontent-length: 13\r\n\r\n{\"model\":\"m\"}")
        .await;
    bench.backend("a").until_requests(1).await;
    assert_eq!(asking(&bench, "app").send().await.status, 429);
    drop(client);
    bench.backend("a").until_closed(1).await;
    until_none_in_flight(&bench).await;
    bench.backend("a").let_go(1);
    assert_eq!(asking(&bench, "app").send().await.status, 200);
}

#[tokio::test]
async fn what_a_caller_has_used_stays_used_over_a_save() {
    let bench = with("requests_per_minute: 2", Fake::answers("fine")).await;
    for _ in 0..2 {
        assert_eq!(asking(&bench, "app").send().await.status, 200);
    }
    bench.save_and_wait(&(table("requests_per_minute: 2") + "default: m\n")).await;
    assert_eq!(asking(&bench, "app").send().await.status, 429);
    bench.save_and_wait(&table("requests_per_minute: 1000")).await;
    let answer = asking(&bench, "app").send().await;
    assert_eq!((answer.status, answer.header("x-ratelimit-limit-requests")), (200, "1000"));
    assert!(left(&answer, "requests") >= 997, "{}", left(&answer, "requests"));
    bench.save_and_wait(&table("")).await;
    assert_eq!(asking(&bench, "app").send().await.header("x-ratelimit-limit-requests"), "");
}

#[tokio::test]
async fn the_status_tells_how_callers_stand_and_no_key() {
    let limits = "requests_per_minute: 60, tokens_per_minute: 1000, max_in_flight: 4";
    let bench = with(limits, Fake::always(Reply::text("fine").held())).await;
    let busy = tokio::spawn(asking(&bench, "app").send());
    bench.backend("a").until_requests(1).await;
    let app = &callers(&bench).await[0];
    assert_eq!(callers(&bench).await.as_array().unwrap().len(), 1, "who has no limit isn't counted");
    assert_eq!(
        (&app["name"], &app["in_flight"], &app["max_in_flight"]),
        (&json!("app"), &json!(1), &json!(4))
    );
    assert_eq!((&app["requests"]["a_minute"], &app["tokens"]["remaining"]), (&json!(60), &json!(1000)));
    let whole = bench.admin("/admin/v1/status").send().await.lossy();
    assert!(!whole.contains("key-of"), "{whole}");
    bench.backend("a").let_go(1);
    within("the answer", busy).await.unwrap();
    until("nothing to be in flight", || bench.snapshot().in_flight.now() == 0).await;
}
