//! `chat` asks as a client would, and tells who answered.

use serde_json::Value;

use crate::binary::{Home, Output, Served};

const TABLE: &str = "\
models:
  demo: echo://blue?tokens=3
  pair: [echo://left, echo://right]
  broken: echo://red?fail=1
keys: {me: sk-mine}
";

async fn served() -> (Home, Served) {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    (home, served)
}

fn chat(home: &Home, served: &Served, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let variables = [variables, &[("PATCHBAY_ADMIN", served.admin.as_str())]].concat();
    home.run_with(&[&["chat"], arguments].concat(), &variables)
}

const KEY: &[(&str, &str)] = &[("PATCHBAY_KEY", "sk-mine")];

#[tokio::test]
async fn the_text_goes_to_stdout_and_who_said_it_to_stderr() {
    let (home, served) = served().await;
    let told = chat(&home, &served, &["demo", "hi"], KEY);
    assert_eq!((told.code, told.stdout.as_str()), (0, "blue: hi I\n"), "{}", told.stderr);
    assert!(told.stderr.starts_with("demo   generation 1   first token after "), "{}", told.stderr);
    assert!(told.stderr.contains(" ms   3 tokens in "), "{}", told.stderr);
}

#[tokio::test]
async fn the_callers_key_comes_from_the_option_or_either_variable() {
    let (home, served) = served().await;
    let openai = [("PATCHBAY_KEY", ""), ("OPENAI_API_KEY", "sk-mine")];
    assert_eq!(chat(&home, &served, &["demo"], &openai).code, 0);
    assert_eq!(chat(&home, &served, &["demo", "--key", "sk-mine"], &[("PATCHBAY_KEY", "no")]).code, 0);
    let refused = chat(&home, &served, &["demo"], &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    assert!(refused.stderr.starts_with("error: "), "{}", refused.stderr);
}

#[tokio::test]
async fn many_answers_are_summed_up_by_backend() {
    let (home, served) = served().await;
    let told = chat(&home, &served, &["pair", "-n", "4"], KEY);
    assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{}", told.stdout);
    assert!(told.stdout.contains("\nasked 4, failed 0\n"), "{}", told.stdout);

    let told = chat(&home, &served, &["pair", "-n", "4", "--json"], KEY);
    let json: Value = serde_json::from_str(&told.stdout).unwrap();
    let backends = json["backends"].as_array().unwrap();
    assert_eq!(backends.len(), 2, "{json}");
    for share in backends {
        assert_eq!((&share["answered"], &share["share"]), (&2.into(), &50.0.into()), "{json}");
        assert!(share["ttft_ms"]["p95"].is_u64(), "{json}");
        assert_eq!(share["generations"], serde_json::json!([1]));
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_routers_words() {
    let (home, served) = served().await;
    let told = chat(&home, &served, &["dmeo"], KEY);
    assert_eq!((told.code, told.stdout.as_str()), (1, ""));
    assert!(told.stderr.contains("`dmeo`") && told.stderr.contains("demo"), "{}", told.stderr);
    let told = chat(&home, &served, &["broken", "-n", "2"], KEY);
    assert_eq!(told.code, 1);
    assert!(told.stdout.ends_with("asked 2, failed 2\n"), "{}", told.stdout);
    assert_eq!(told.stderr.lines().count(), 1, "each cause once: {}", told.stderr);
}

#[tokio::test]
async fn scripts_get_one_answer_as_data() {
    let (home, served) = served().await;
    let told = chat(&home, &served, &["demo", "hi", "--json"], KEY);
    let json: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        (&json["schema"], &json["backend"], &json["generation"]),
        (&1.into(), &"demo".into(), &1.into())
    );
    assert_eq!((&json["text"], &json["tokens"]), (&"blue: hi I".into(), &3.into()));
    assert!(json["ttft_ms"].is_number() && json["error"].is_null(), "{json}");
}

#[test]
fn no_router_is_exit_code_6() {
    let (_held, address) = crate::failover::nobody();
    let admin = format!("http://{address}");
    assert_eq!(Home::new().run(&["chat", "demo", "--admin", &admin]).code, 6);
    assert_eq!(Home::new().run(&["chat", "demo", "--url", &admin]).code, 6);
    assert_eq!(Home::new().run(&["chat", "demo", "-n", "0"]).code, 2);
}
