//! The first rule that holds sends a request elsewhere, and who wants to know is told which and why.

use serde_json::{Value, json};

use crate::bench::{Bench, RunningBench};
use crate::binary::Home;
use crate::fake::{Fake, Reply};
use crate::wait::until;

const TABLE: &str = "backends: {own: echo://own, big: echo://big, night: echo://night}
models:
  m:
    to: own
    when:
      - {prompt_over: 10, to: big}
      - {tag: batch, hours: 22-06, to: night}
      - {header: {x-team: search}, to: night}
";

async fn two(yaml: &str) -> RunningBench {
    let bench = Bench::new().backend("a", Fake::answers("from a")).backend("b", Fake::answers("from b"));
    bench.yaml(yaml).start().await
}

fn asking(content: &str) -> Value {
    json!({"model": "m", "messages": [{"role": "user", "content": content}]})
}

#[tokio::test]
async fn the_answer_tells_which_rule_decided() {
    let bench = two("models:\n  m: {to: {a}, when: [{tag: never, to: {a}}, {tag: x, to: {b}}]}\n").await;
    let tagged = bench.chat("m").header("x-patchbay-tag", "w, x").send().await;
    assert_eq!((tagged.header("x-patchbay-rule"), tagged.header("x-patchbay-backend")), ("2", "b"));
    let plain = bench.chat("m").send().await;
    assert!(!plain.headers.contains_key("x-patchbay-rule"));
    assert_eq!(plain.header("x-patchbay-backend"), "a");
}

#[tokio::test]
async fn requests_of_other_ways_take_no_turn_of_a_rule() {
    let bench = two("models:\n  m: {to: {a}, when: [{tag: x, to: [{a}, {b}]}]}\n").await;
    let mut by_rule = Vec::new();
    for _ in 0..6 {
        let tagged = bench.chat("m").header("x-patchbay-tag", "x").send().await;
        by_rule.push(tagged.header("x-patchbay-backend").to_owned());
        bench.chat("m").send().await;
    }
    assert_eq!(by_rule, ["a", "b", "a", "b", "a", "b"]);
}

#[tokio::test]
async fn a_rule_of_which_nobody_is_in_service_says_so() {
    let bench = two("backends: {a: {url: {a}}, b: {url: {b}, state: drain}}\n\
         models: {m: {to: a, when: [{tag: x, to: b}, {down: b, tag: y, to: a}]}}\n")
    .await;
    let refused = bench.chat("m").header("x-patchbay-tag", "x").send().await;
    assert_eq!((refused.status, refused.header("x-patchbay-rule")), (503, "1"));
    assert!(refused.lossy().contains("`b` is drained"), "{}", refused.lossy());
    let down = bench.chat("m").header("x-patchbay-tag", "y").send().await;
    assert_eq!((down.status, down.header("x-patchbay-rule")), (200, "2"));
}

#[tokio::test]
async fn a_rule_whose_target_fails_falls_back_as_the_model_does() {
    let bench = Bench::new().backend("a", Fake::answers("from a"));
    let bench = bench.backend("b", Fake::always(Reply::error(503, "loading"))).yaml(
        "models:\n  m: {to: {b}, fallback: {a}, when: [{tag: x, to: {b}, fallback: none}, {tag: y, to: {b}}]}\n",
    );
    let bench = bench.start().await;
    assert_eq!(bench.chat("m").header("x-patchbay-tag", "x").send().await.status, 503);
    let other = bench.chat("m").header("x-patchbay-tag", "y").send().await;
    assert_eq!((other.status, other.header("x-patchbay-backend")), (200, "a"));
}

#[tokio::test]
async fn a_switch_leaves_the_rules_alone() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let run = home.run(&["switch", "m", "big", "--admin", &served.admin]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), TABLE.replace("    to: own\n", "    to: big\n"));
}

#[tokio::test]
async fn a_record_can_be_judged_by_another_tables_rules() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&["--log", "json"]).await;
    for content in ["short", "short", "much too long", "secret words"] {
        let (status, _) = served.ask(&asking(content)).await;
        assert_eq!(status, 200);
    }
    until("four lines", || served.talk().matches("patchbay::access").count() == 4).await;
    let (_, log) = served.stop().await;
    assert!(!log.contains("secret"), "{log}");
    let line = log.lines().find(|line| line.contains("\"rule\":1")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["prompt_chars"], &line["stream"], &line["has"]),
        (&json!(13), &json!(false), &json!(""))
    );
    assert_eq!(line["headers"], r#"{"x-patchbay-tag":[],"x-team":[]}"#);

    let other = TABLE.replace("prompt_over: 10", "prompt_over: 12");
    let strange = TABLE.replace("prompt_over: 10", "header: {x-other: a}");
    let home = home.with("log", &log).with("other.yaml", &other).with("strange.yaml", &strange);
    let last = |table: &str| {
        let run = home.run(&["replay", "log", "--table", table]);
        assert_eq!(run.stderr, "");
        (run.code, run.stdout.lines().last().unwrap_or_default().to_owned())
    };
    assert_eq!(last("routes.yaml"), (0, "4 requests: 0 would move, 0 would fail".to_owned()));
    assert_eq!(last("other.yaml"), (0, "4 requests: 1 would move, 0 would fail".to_owned()));
    let unknown = "4 requests: 0 would move, 0 would fail, of 4 the record lacks what a rule looks at";
    assert_eq!(last("strange.yaml"), (0, unknown.to_owned()));
}

#[test]
fn explain_tells_what_each_rule_saw() {
    let home = Home::new().with("routes.yaml", TABLE).with("body", &asking("short").to_string());
    let explained = |arguments: &[&str]| {
        let base = ["explain", "--body", "body", "--table", "routes.yaml"];
        let run = home.run(&[&base, arguments].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let night = explained(&["-H", "x-patchbay-tag: batch", "--time", "23:30"]);
    insta::assert_snapshot!(night, @r"
    m: found by its name
      rule 1  prompt_over: 10 -> big: no, the prompt has 5 characters
      rule 2  tag: batch, hours: 22-06 -> night: yes, its tag is `batch`, it is 23:30
      rule 3  header: {x-team: search} -> night: not tried
      target of rule 2
        night  echo://night  name as asked, connect 5s, first byte 600s, idle 300s
      retry     each peer once, or a lone backend once more, on connect, timeout, 408, 429, 500, 502, 503, 504, 529
    ");
    let noon = explained(&["-H", "x-patchbay-tag: batch, b", "--time", "12"]);
    insta::assert_snapshot!(noon, @r"
    m: found by its name
      rule 1  prompt_over: 10 -> big: no, the prompt has 5 characters
      rule 2  tag: batch, hours: 22-06 -> night: no, it is 12:00
      rule 3  header: {x-team: search} -> night: no, it has no header `x-team`
      target
        own  echo://own  name as asked, connect 5s, first byte 600s, idle 300s
      retry     each peer once, or a lone backend once more, on connect, timeout, 408, 429, 500, 502, 503, 504, 529
    ");
}

#[tokio::test]
async fn a_running_router_explains_a_request_that_is_only_described() {
    let home = Home::new().with("routes.yaml", TABLE).with("body", &asking("much too long").to_string());
    let served = home.serve(&[]).await;
    let run = home.run(&["explain", "--body", "body", "--admin", &served.admin, "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&told["rule"], &told["candidates"][0]["backend"]), (&json!(1), &json!("big")));
    assert_eq!(told["rules"][0]["why"], "the prompt has 13 characters");
    assert_eq!(told["rules"][1]["outcome"], "not_tried");
    let (status, refused) = served.get(&format!("{}/admin/v1/explain?model=m&has=wings", served.admin)).await;
    assert_eq!((status, refused["error"]["message"].as_str().unwrap().contains("wings")), (400, true));
}

#[tokio::test]
async fn whoever_looks_at_a_model_sees_its_rules() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let (_, shown) = served.get(&format!("{}/admin/v1/status", served.admin)).await;
    let rule = json!({"conditions": "tag: batch, hours: 22-06", "to": "night", "fallback": []});
    assert_eq!(shown["models"][0]["when"][1], rule);
    let (_, info) = served.get(&format!("{}/v1/model/info", served.api)).await;
    assert_eq!(info["data"][0]["when"][0]["targets"][0]["backend"], "big");
    let ls = home.run(&["ls", "--admin", &served.admin]);
    insta::assert_snapshot!(ls.stdout, @r"
    MODEL                       TO     FALLBACK
    m                           own
      prompt_over: 10           big
      tag: batch, hours: 22-06  night
      header: {x-team: search}  night
    ");
}
