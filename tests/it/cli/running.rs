//! `run`, and the verbs that ask a running router.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary::Home;
use crate::wait::until;

const TABLE: &str = "models:\n  demo: echo://blue\n  other: echo://other\n";

#[tokio::test]
async fn the_start_up_lines_tell_where_and_what_next() {
    let served = Home::new().with("routes.yaml", TABLE).serve(&[]).await;
    let talk = served.talk().replace(&served.api, "http://API").replace(&served.admin, "http://ADMIN");
    let port = served.api.rsplit(':').next().unwrap();
    insta::assert_snapshot!(talk.replace(port, "PORT"), @r#"
    patchbay 0.1.0   generation 1 from routes.yaml   2 models, 2 backends, watching
      API    http://API/v1      (DB-GPT: patchbay env dbgpt)
      status http://ADMIN/admin/v1/status
      try    curl -s localhost:PORT/v1/chat/completions -d '{"model":"demo","messages":[{"role":"user","content":"hi"}]}'
      switch edit routes.yaml and save
    "#);
}

#[tokio::test]
async fn a_save_switches_and_is_told_in_one_line() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    assert!(served.says("demo").await.starts_with("blue: hi"));
    home.write("routes.yaml", &TABLE.replace("echo://blue", "echo://green"));
    served.until_says("demo", "green: hi").await;
    until("the switch line", || served.talk().contains("generation 2 live in ")).await;
    let (code, talk) = served.stop().await;
    assert_eq!(code, 0);
    let line = talk.lines().find(|line| line.contains("generation 2 live in ")).unwrap();
    assert!(line.contains("demo: "), "{line}");
}

#[tokio::test]
async fn a_bad_save_is_told_with_its_place_and_the_old_table_serves() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    home.write("routes.yaml", "models:\n  demo: nowhere\n");
    until("the refusal", || served.talk().contains("routes.yaml refused; generation 1 keeps serving")).await;
    until("the diagnostics", || served.talk().contains("routes.yaml:2:9")).await;
    assert!(served.says("demo").await.starts_with("blue: hi"));
    home.write("routes.yaml", &TABLE.replace("echo://blue", "echo://green"));
    served.until_says("demo", "green: hi").await;
}

#[tokio::test]
async fn a_start_from_the_last_good_table_says_so() {
    let home = Home::new().with("routes.yaml", TABLE);
    let state = ["--state-dir", "state"];
    let served = home.serve(&state).await;
    until("the table to be kept", || {
        std::fs::read_dir(home.path().join("state")).is_ok_and(|d| d.count() > 0)
    })
    .await;
    served.stop().await;
    home.write("routes.yaml", "models:\n  demo: nowhere\n");
    let served = home.serve(&[&state[..], &["--last-good"]].concat()).await;
    assert!(served.talk().contains("  note   routes.yaml is refused now; this is its last good state"));
    assert!(served.says("demo").await.starts_with("blue:"));
    until("the refusal", || served.talk().contains("routes.yaml:2:9")).await;
}

#[tokio::test]
async fn an_env_file_that_comes_later_is_seen() {
    let table = "models:\n  demo: echo://${WHO:-nobody}\n";
    let home = Home::new().with("routes.yaml", table);
    let served = home.serve(&[]).await;
    assert!(served.says("demo").await.starts_with("nobody:"));
    home.write(".env", "WHO=somebody\n");
    served.until_says("demo", "somebody:").await;
}

#[tokio::test]
async fn warnings_are_told_at_the_start() {
    let table =
        "models:\n  a: {to: b}\nbackends:\n  b: {url: 'http://models.example.com', key: sk-123456789}\n";
    let home = Home::new().with("routes.yaml", table);
    let served = home.serve(&[]).await;
    until("the warning", || served.talk().contains("warning[W102]")).await;
    assert!(!served.talk().contains("sk-123456789"));
}

#[tokio::test]
async fn the_log_has_one_line_a_request_and_no_prompt() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&["--log", "json"]).await;
    served.says("demo").await;
    until("the access line", || served.talk().contains("\"model\":\"demo\"")).await;
    let talk = served.talk();
    let line = talk.lines().find(|line| line.contains("\"model\":\"demo\"")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["backend"], &line["generation"], &line["status"]),
        (&"demo".into(), &1.into(), &200.into())
    );
}

#[tokio::test]
async fn the_filter_says_whether_requests_have_lines() {
    let home = Home::new().with("routes.yaml", TABLE);
    for (filter, has_line) in [
        ("info,patchbay::access=off", false),
        ("warn,patchbay::access=info", true),
        ("warn,[{request_id}]=info", true),
    ] {
        let served = home.serve_with(&[], &[("RUST_LOG", filter)]).await;
        served.says("demo").await;
        let (_, talk) = served.stop().await;
        assert_eq!(talk.contains(" model=demo "), has_line, "{filter}: {talk}");
    }
}

#[test]
fn a_start_that_the_configuration_forbids_ends_with_78_at_once() {
    let home = Home::new().with("routes.yaml", "models:\n  demo: nowhere\n");
    let began = Instant::now();
    let run = home.run(&["run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!((run.code, run.stdout.as_str()), (78, ""));
    assert!(run.stderr.contains("routes.yaml:2:9"), "{}", run.stderr);
    assert!(run.stderr.ends_with("routes.yaml is refused; nothing was started\n"), "{}", run.stderr);
    assert_eq!(home.run(&["run", "--check"]).code, 78);
    assert_eq!(Home::new().run(&["run", "-c", "missing.yaml", "--check"]).code, 78);
    let missing = Home::new().run(&["run", "-c", "missing.yaml", "--listen", "127.0.0.1:0"]);
    assert_eq!(missing.code, 78, "{}", missing.stderr);
    assert!(missing.stderr.contains("missing.yaml"), "{}", missing.stderr);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_a_way_out() {
    let served = Home::new().with("routes.yaml", TABLE).serve(&[]).await;
    let taken = served.api.strip_prefix("http://").unwrap();
    let run = Home::new().with("routes.yaml", TABLE).run(&["--listen", taken, "--admin", "127.0.0.1:0"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains(taken) && run.stderr.contains("--listen"), "{}", run.stderr);
}

#[tokio::test]
async fn explain_asks_the_router_that_runs() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    home.write("routes.yaml", &TABLE.replace("echo://blue", "echo://green"));
    served.until_says("demo", "green:").await;
    let elsewhere = Home::new();
    let explain = elsewhere.run(&["explain", "demo", "--admin", &served.admin]);
    assert_eq!((explain.code, explain.stderr.as_str()), (0, ""));
    assert!(explain.stdout.starts_with("demo: found by its name in generation 2\n"), "{}", explain.stdout);
    let unknown = elsewhere.run(&["explain", "dmo", "--admin", &served.admin]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("demo"), "{}", unknown.stderr);
}

#[tokio::test]
async fn the_owner_is_chosen_by_what_is_there() {
    let env = "PROXYLLM_BACKEND=gpt-4o\nPROXY_SERVER_URL=echo://from-env\n";
    let both = Home::new().with("routes.yaml", TABLE).with(".env", env);
    assert!(both.serve(&[]).await.talk().contains("from routes.yaml"));

    let only_env = Home::new().with(".env", env);
    let served = only_env.serve(&[]).await;
    assert!(served.talk().contains("from .env"), "{}", served.talk());
    assert!(served.says("gpt-4o").await.starts_with("from-env:"));

    let other_env = Home::new().with(".env", "DATABASE_URL=postgres://x\n");
    assert!(other_env.serve(&[]).await.talk().contains("demo"), "a .env that is not about models");

    let elsewhere = Home::new().with("routes.yaml", TABLE).with("mine.yaml", "models:\n  m: echo://mine\n");
    let served = elsewhere.serve(&["-c", "mine.yaml"]).await;
    assert!(served.says("m").await.starts_with("mine:"));
    let (_, status) = served.get(&format!("{}/admin/v1/status", served.admin)).await;
    assert!(status.to_string().contains("routes.yaml"), "what is not used is named: {status}");
}

#[tokio::test]
async fn a_stop_lets_a_stream_finish() {
    let table = "models:\n  slow: echo://slow?tokens=30&tps=60\n";
    let home = Home::new().with("routes.yaml", table);
    let served = home.serve(&[]).await;
    let url = format!("{}/v1/chat/completions", served.api);
    let body = r#"{"model":"slow","stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(url).body(body).send().await.unwrap();
    let (text, (code, _)) = tokio::join!(answer.text(), served.stop());
    assert!(text.unwrap().ends_with("data: [DONE]\n\n"));
    assert_eq!(code, 0);
}

#[tokio::test]
async fn status_tells_what_serves_and_what_was_refused() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let told = home.run(&["status", "--admin", &served.admin]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stdout.contains("generation 1 since "), "{}", told.stdout);
    assert!(told.stdout.ends_with("MODEL  TO     FALLBACK\ndemo   demo\nother  other\n"), "{}", told.stdout);
    home.write("routes.yaml", "models:\n  demo: nowhere\n");
    until("the refusal", || served.talk().contains("refused; generation 1 keeps serving")).await;
    let told = home.run(&["status", "--admin", &served.admin]);
    assert!(told.stdout.contains("refused since, a change by "), "{}", told.stdout);
}

#[tokio::test]
async fn a_router_without_a_center_is_a_fleet_of_one() {
    let home = Home::new().with("routes.yaml", &format!("{TABLE}server: {{advertise: edge-2:9999}}\n"));
    let served = home.serve(&[]).await;
    let told = home.run(&["status", "--fleet", "--admin", &served.admin]);
    assert!(told.stdout.contains("\nedge-2:9999  1 "), "{}", told.stdout);
    drop(served);
    let served = home.serve(&["--advertise", "edge-1:9999"]).await;
    let told = home.run(&["status", "--fleet", "--admin", &served.admin]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stdout.contains("\nedge-1:9999  1 "), "{}", told.stdout);
    assert!(told.stdout.ends_with("1 replica on the same table\n"), "{}", told.stdout);
    let told = home.run(&["wait", "--generation", "1", "--admin", &served.admin]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let told = home.run(&["wait", "--generation", "2", "--timeout", "50ms", "--admin", &served.admin]);
    assert_eq!(told.code, 5);
    assert!(
        told.stderr.contains("this router runs generation 1, and not generation 2 yet"),
        "{}",
        told.stderr
    );
}

#[test]
fn a_wait_ends_with_a_code_of_its_own_where_no_router_is() {
    let home = Home::new();
    let told = home.run(&["wait", "--generation", "1", "--admin", "http://127.0.0.1:1"]);
    assert_eq!(told.code, 6);
    assert_eq!(home.run(&["wait"]).code, 2);
    assert_eq!(home.run(&["wait", "--generation", "1", "--replicas", "0"]).code, 2);
}
