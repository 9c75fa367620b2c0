//! What an error says decides who is asked next.

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};

/// A pool of two with a fallback; the pool's members all answer alike.
async fn pool(reply: &Reply) -> RunningBench {
    let yaml = "models:\n  m: {to: [{a}, {b}], fallback: {c}}\n  alone: {to: {a}}\n";
    let alike = || Fake::always(reply.clone());
    let bench =
        Bench::new().backend("a", alike()).backend("b", alike()).backend("c", Fake::answers("from c"));
    bench.yaml(yaml).start().await
}

fn asked(bench: &RunningBench) -> (usize, usize) {
    (bench.backend("a").count() + bench.backend("b").count(), bench.backend("c").count())
}

const TOO_LONG: [(u16, &str); 4] = [
    (400, r#"{"error":{"message":"x","type":"invalid_request_error","code":"context_length_exceeded"}}"#),
    (400, r#"{"object":"error","message":"This model's maximum context length is 4096 tokens","code":400}"#),
    (500, r#"{"error":{"code":500,"type":"exceed_context_size_error","message":"too much"}}"#),
    (200, r#"{"error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}"#),
];

#[tokio::test]
async fn a_prompt_too_long_for_a_model_goes_to_the_fallback_at_once() {
    for (status, body) in TOO_LONG {
        let bench = pool(&Reply::json(status, body)).await;
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.status, answer.header("x-patchbay-backend")), (200, "c"), "{body}");
        assert_eq!(asked(&bench), (1, 1), "the same model was asked again: {body}");
    }
}

#[tokio::test]
async fn a_prompt_too_long_for_everybody_is_told_unchanged_and_once() {
    for (status, body) in TOO_LONG {
        let bench = pool(&Reply::json(status, body)).await;
        let answer = bench.chat("alone").send().await;
        assert_eq!((answer.status, answer.lossy().as_str()), (status, body));
        assert_eq!(asked(&bench), (1, 0), "{body}");
    }
}

#[tokio::test]
async fn content_that_was_refused_is_never_taken_elsewhere() {
    let refusals = [
        (400, r#"{"error":{"code":"content_filter","message":"filtered"}}"#),
        (400, r#"{"error":{"code":"content_policy_violation","message":"rejected"}}"#),
        (400, r#"{"error":{"code":"data_inspection_failed","message":"inappropriate"}}"#),
        (500, r#"{"error":{"code":"1301","message":"unsafe"}}"#),
        (200, r#"{"error":{"code":"content_filter","message":"filtered"}}"#),
    ];
    for (status, body) in refusals {
        let bench = pool(&Reply::json(status, body)).await;
        let answer = bench.chat("m").send().await;
        assert_eq!((answer.status, answer.lossy().as_str()), (status, body));
        assert_eq!(asked(&bench), (1, 0), "{body}");
    }
}

#[tokio::test]
async fn a_clients_mistake_in_an_answer_of_200_is_not_tried_again() {
    for body in [
        r#"{"error":{"message":"bad temperature","code":400}}"#,
        r#"{"object":"error","message":"unknown model","code":40301}"#,
        r#"{"error":{"message":"bad temperature","type":"invalid_request_error"}}"#,
    ] {
        let bench = pool(&Reply::json(200, body)).await;
        assert_eq!(bench.chat("m").send().await.lossy(), body);
        assert_eq!(asked(&bench), (1, 0), "{body}");
    }
}

#[tokio::test]
async fn without_credit_somebody_else_answers_and_nobody_is_asked_twice() {
    let broke = Reply::error(402, "Insufficient Balance");
    let bench = pool(&broke).await;
    assert_eq!(bench.chat("m").text().await, "from c");
    assert_eq!(asked(&bench), (2, 1));

    let bench = pool(&broke).await;
    let answer = bench.chat("alone").send().await;
    assert_eq!((answer.status, answer.error().as_str()), (402, "Insufficient Balance"));
    assert_eq!(asked(&bench), (1, 0));
}

#[tokio::test]
async fn a_long_error_passes_whole() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "x".repeat(300_000));
    let bench = pool(&Reply::json(400, &body)).await;
    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.lossy()), (400, body));
}
