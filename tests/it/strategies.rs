//! Who answers under each strategy, on real sockets.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};

/// A router whose model `m` has three backends that answer with their names.
async fn three(strategy: &str) -> RunningBench {
    let bench =
        ["a", "b", "c"].iter().fold(Bench::new(), |bench, name| bench.backend(name, Fake::answers(name)));
    bench.yaml(&table(&["a", "b", "c"], strategy)).start().await
}

fn table(members: &[&str], strategy: &str) -> String {
    let urls: Vec<String> = members.iter().map(|name| format!("{{{name}}}")).collect();
    format!("models:\n  m:\n    to: [{}]\n    strategy: {strategy}\n", urls.join(", "))
}

/// A conversation's body after some of its turns.
fn turns(conversation: usize, turns: usize) -> String {
    let mut messages = vec![json!({"role": "system", "content": "be brief"})];
    messages.push(json!({"role": "user", "content": format!("question {conversation}")}));
    for turn in 0..turns {
        messages.push(json!({"role": "assistant", "content": "yes"}));
        messages.push(json!({"role": "user", "content": format!("and {turn}?")}));
    }
    json!({"model": "m", "messages": messages}).to_string()
}

async fn who(bench: &RunningBench, conversation: usize, turn: usize) -> String {
    bench.post("/v1/chat/completions", turns(conversation, turn)).text().await
}

/// Who answers the first turn of each conversation.
async fn owners(bench: &RunningBench, conversations: usize) -> Vec<String> {
    let mut owners = Vec::new();
    for conversation in 0..conversations {
        owners.push(who(bench, conversation, 0).await);
    }
    owners
}

fn counts(owners: &[String]) -> HashMap<&str, usize> {
    owners.iter().fold(HashMap::new(), |mut counts, owner| {
        *counts.entry(owner.as_str()).or_default() += 1;
        counts
    })
}

#[tokio::test]
async fn a_conversation_stays_at_its_backend_and_others_go_elsewhere() {
    let bench = three("sticky").await;
    let homes = owners(&bench, 40).await;
    for turn in 1..4 {
        for (conversation, home) in homes.iter().enumerate() {
            assert_eq!(&who(&bench, conversation, turn).await, home, "conversation {conversation}");
        }
    }
    let counts = counts(&homes);
    assert!(counts.len() == 3 && counts.values().all(|had| *had >= 4), "{counts:?}");
}

#[tokio::test]
async fn a_backend_that_joins_takes_conversations_and_one_that_leaves_gives_up_its_own() {
    let bench = three("sticky").await;
    let all = owners(&bench, 40).await;
    bench.save_and_wait(&table(&["c", "a"], "sticky")).await;
    let fewer = owners(&bench, 40).await;
    assert!(all.iter().zip(&fewer).all(|(before, now)| now != "b" && (before == now || before == "b")));
    bench.save_and_wait(&table(&["a", "b", "c"], "sticky")).await;
    assert_eq!(owners(&bench, 40).await, all);
}

#[tokio::test]
async fn a_header_or_a_caller_keeps_requests_together() {
    let bench = three("{sticky: {by: header, name: X-Session}}").await;
    let ask = async |session: &str, turn| {
        let body = turns(turn, 0);
        bench.post("/v1/chat/completions", body).header("x-session", session).text().await
    };
    let home = ask("one", 0).await;
    for turn in 1..10 {
        assert_eq!(ask("one", turn).await, home);
    }
    let mut others = Vec::new();
    for session in 0..20 {
        others.push(ask(&session.to_string(), 0).await);
    }
    assert_eq!(counts(&others).len(), 3, "{others:?}");

    let yaml = table(&["a", "b", "c"], "{sticky: {by: caller}}") + "keys: {alice: sk-a, bob: sk-b}\n";
    bench.save_and_wait(&yaml).await;
    let ask = async |key: &str, turn| {
        let body = turns(turn, 0);
        bench
            .post("/v1/chat/completions", body)
            .header("authorization", &format!("Bearer {key}"))
            .text()
            .await
    };
    for key in ["sk-a", "sk-b"] {
        let home = ask(key, 0).await;
        for turn in 1..10 {
            assert_eq!(ask(key, turn).await, home);
        }
    }
}

#[tokio::test]
async fn who_is_busy_is_passed_over() {
    let bench = Bench::new()
        .backend("a", Fake::streams(["a", "a"]).pausing_after(1))
        .backend("b", Fake::answers("b"))
        .yaml(&table(&["a", "b"], "least_busy"))
        .start()
        .await;
    let mut held = loop {
        let stream = bench.chat("m").stream().await;
        if stream.header("x-patchbay-backend") == "a" {
            break stream;
        }
        stream.rest().await;
    };
    assert_eq!(held.next().await, "a");
    for _ in 0..10 {
        assert_eq!(bench.chat("m").text().await, "b");
    }
    bench.backend("a").resume();
    assert_eq!(held.rest().await, "a");
}

#[tokio::test]
async fn the_backend_whose_first_token_comes_sooner_gets_the_requests() {
    let slow = Fake::always(Reply::text("slow").after(Duration::from_millis(500)));
    let bench = Bench::new()
        .backend("slow", slow)
        .backend("quick", Fake::answers("quick"))
        .yaml(&table(&["slow", "quick"], "fastest"))
        .start()
        .await;
    for _ in 0..30 {
        bench.chat("m").text().await;
    }
    // One request has found out, and a second one may have if the machine stalled on the quick one.
    assert!((1..=3).contains(&bench.backend("slow").count()), "{}", bench.backend("slow").count());
}

#[tokio::test]
async fn a_ramp_moves_conversations_to_the_new_backend_and_none_back() {
    let bench = Bench::new()
        .backend("blue", Fake::answers("blue"))
        .backend("green", Fake::answers("green"))
        .yaml("backends:\n  blue: {blue}\n  green: {green}\nmodels:\n  m:\n    to: blue\n    strategy: sticky\n")
        .start()
        .await;
    let ramp = async |body: serde_json::Value| {
        let ask = bench.admin("/admin/v1/ramp").method("POST").header("if-match", "*");
        let answer = ask.header("content-type", "application/json").body(body.to_string()).send().await;
        assert_eq!(answer.status, 200, "{}", answer.lossy());
    };
    ramp(json!({"model": "m", "to": "green", "steps": [20, 60], "every": "1h"})).await;
    let first = owners(&bench, 60).await;
    let again = owners(&bench, 60).await;
    assert_eq!(first, again, "each conversation stays on its side");
    let greens = first.iter().filter(|owner| *owner == "green").count();
    assert!((3..28).contains(&greens), "{greens} of 60 at 20 %");

    let file = std::fs::read_to_string(bench.folder().join("routes.yaml")).unwrap();
    assert!(file.contains("{blue: 80, green: 20}"), "{file}");
    bench.save_and_wait(&file.replace("{blue: 80, green: 20}", "{blue: 40, green: 60}")).await;
    let second = owners(&bench, 60).await;
    assert!(first.iter().zip(&second).all(|(before, now)| before == now || now == "green"));
    assert!(second.iter().filter(|owner| *owner == "green").count() > greens);
}
