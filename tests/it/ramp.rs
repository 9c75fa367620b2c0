//! A new target gets a growing share, and is left by itself if it does worse than it may.

use serde_json::{Value, json};

use crate::bench::{Answer, Bench, RunningBench};
use crate::binary::Home;
use crate::fake::{Fake, Reply};
use crate::wait::within;

const TABLE: &str = "# kept\nmodels:\n  m: blue # the old one\n";

async fn bench(green: Fake) -> RunningBench {
    Bench::new()
        .backend("blue", Fake::answers("blue"))
        .backend("green", green)
        .backend("red", Fake::answers("red"))
        .yaml(TABLE)
        .start()
        .await
}

async fn post(bench: &RunningBench, body: Value) -> Answer {
    post_to(bench, "/admin/v1/ramp", body).await
}

async fn post_to(bench: &RunningBench, path: &str, body: Value) -> Answer {
    let ask = bench.admin(path).method("POST").header("if-match", "*");
    ask.header("content-type", "application/json").body(body.to_string()).send().await
}

async fn ramp_of(bench: &RunningBench) -> Value {
    bench.admin("/admin/v1/ramp").send().await.json()["ramps"][0].clone()
}

/// Asks until the ramp is in a state.
async fn until_state(bench: &RunningBench, state: &str) -> Value {
    within(state, async {
        loop {
            bench.chat("m").send().await;
            let ramp = ramp_of(bench).await;
            if ramp["state"]["state"] == state {
                return ramp;
            }
        }
    })
    .await
}

fn table(bench: &RunningBench) -> String {
    std::fs::read_to_string(bench.folder().join("routes.yaml")).unwrap()
}

fn a_ramp(more: &Value) -> Value {
    // No guard by time: on a busy machine the one target may well answer three times as late.
    let mut body = json!({"model": "m", "to": "green", "steps": [20, 60], "every": "50ms", "least": 5,
        "abort_if": "errors>50%"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_good_target_ends_with_all_requests_and_the_file_says_so() {
    let bench = bench(Fake::answers("green")).await;
    let before = table(&bench);
    let begun = post(&bench, a_ramp(&json!({}))).await;
    assert_eq!(begun.status, 200, "{}", begun.lossy());
    assert_eq!(table(&bench), before.replace("m: blue", "m: {blue: 80, green: 20}"));
    until_state(&bench, "done").await;
    assert_eq!(table(&bench), before.replace("m: blue", "m: green"));
    assert_eq!(bench.chat("m").text().await, "green");
}

#[tokio::test]
async fn a_failing_target_is_left_within_its_first_step() {
    let bench = bench(Fake::always(Reply::error(500, "no"))).await;
    let before = table(&bench);
    let refused = post(&bench, a_ramp(&json!({}))).await;
    assert_eq!(refused.status, 422, "the target was not tried first: {}", refused.lossy());
    assert_eq!(table(&bench), before);
    post_to(&bench, "/admin/v1/ramp?probe=0", a_ramp(&json!({"every": "1h"}))).await;
    let ramp = until_state(&bench, "rolled_back").await;
    let reason = ramp["state"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("all ") && reason.ends_with(" requests failed"), "{reason}");
    assert_eq!(ramp["step"], 0);
    assert_eq!(table(&bench), before);
    assert_eq!(bench.chat("m").text().await, "blue");
    let history = bench.admin("/admin/v1/history").send().await.lossy();
    assert!(history.contains(&format!("rolled back: {reason}")), "{history}");
}

#[tokio::test]
async fn a_ramp_waits_for_enough_requests() {
    let bench = bench(Fake::answers("green")).await;
    post(&bench, a_ramp(&json!({"every": "1ms", "least": 1_000_000}))).await;
    for _ in 0..50 {
        bench.chat("m").send().await;
    }
    let ramp = ramp_of(&bench).await;
    assert_eq!((&ramp["step"], &ramp["state"]["state"]), (&json!(0), &json!("running")), "{ramp}");
}

#[tokio::test]
async fn a_ramp_can_be_paused_promoted_and_aborted() {
    let bench = bench(Fake::answers("green")).await;
    let before = table(&bench);
    let act = |action: &str| json!({"model": "m", "action": action});
    post(&bench, a_ramp(&json!({"every": "1h"}))).await;
    assert_eq!(post(&bench, a_ramp(&json!({}))).await.status, 409, "a second ramp of the same model");
    assert_eq!(post(&bench, act("pause")).await.json()["ramps"][0]["state"]["state"], "paused");
    assert_eq!(post(&bench, act("resume")).await.json()["ramps"][0]["state"]["state"], "running");
    assert_eq!(post(&bench, act("abort")).await.status, 200);
    assert_eq!(table(&bench), before);
    assert_eq!(post(&bench, act("promote")).await.status, 404, "there is no ramp any more");
    post(&bench, a_ramp(&json!({"every": "1h"}))).await;
    assert_eq!(post(&bench, act("promote")).await.status, 200);
    assert_eq!(table(&bench), before.replace("m: blue", "m: green"));
    assert_eq!(ramp_of(&bench).await["state"]["state"], "done");
}

#[tokio::test]
async fn somebody_elses_change_ends_a_ramp_and_stays() {
    let bench = bench(Fake::answers("green")).await;
    post(&bench, a_ramp(&json!({"every": "1h"}))).await;
    let other = table(&bench).replace("{blue: 80, green: 20}", "red");
    std::fs::write(bench.folder().join("routes.yaml"), &other).unwrap();
    until_state(&bench, "ended").await;
    assert_eq!(table(&bench), other);
}

#[tokio::test]
async fn what_makes_no_ramp_is_refused_and_changes_nothing() {
    let bench = bench(Fake::answers("green")).await;
    let before = table(&bench);
    for (more, status) in [
        (json!({"steps": [50, 10]}), 400),
        (json!({"steps": [0]}), 400),
        (json!({"every": "soon"}), 400),
        (json!({"abort_if": "speed>2"}), 400),
        (json!({"model": "nothing"}), 404),
        (json!({"to": "nothing"}), 404),
    ] {
        let answer = post(&bench, a_ramp(&more)).await;
        assert_eq!(answer.status, status, "{more}: {}", answer.lossy());
    }
    assert_eq!(table(&bench), before);
    let there = post(&bench, a_ramp(&json!({"to": "blue"}))).await;
    assert_eq!((there.status, &there.json()["changed"]), (200, &json!(false)), "{}", there.lossy());
    assert_eq!(table(&bench), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ramp_goes_on_after_a_restart() {
    let table = "backends: {blue: echo://blue, green: echo://green}\nmodels: {m: blue}\n";
    let home = Home::new().with("routes.yaml", table);
    let state = ["--state-dir", "state"];
    let served = home.serve(&state).await;
    let ramp = ["ramp", "m", "green", "--steps", "50", "--every", "1h", "--admin", &served.admin];
    let begun = home.run(&ramp);
    assert_eq!(begun.code, 0, "{}", begun.stderr);
    served.stop().await;
    let served = home.serve(&state).await;
    let admin = ["--admin", &served.admin];
    let listed = home.run(&[&["ramp"], &admin[..]].concat());
    assert!(listed.stdout.contains("m      green  step 1 of 2: 50 %"), "{}", listed.stdout);
    let promoted = home.run(&[&["promote", "m", "-m", "looks good"], &admin[..]].concat());
    assert_eq!(promoted.code, 0, "{}", promoted.stderr);
    assert!(home.read("routes.yaml").contains("m: green"), "{}", home.read("routes.yaml"));
}
