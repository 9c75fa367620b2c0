//! `check --probe` asks the backends of a file.

use serde_json::Value;

use crate::binary::{Home, Output};
use crate::failover::nobody;
use crate::fake::{Fake, Reply};

/// Runs the binary while backends of this runtime answer.
async fn run(table: String, arguments: &'static [&'static str]) -> Output {
    let run = move || Home::new().with("routes.yaml", &table).run(arguments);
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn every_point_of_a_backend_is_a_line_on_stdout() {
    let check = run("models:\n  blue: echo://blue\n".to_owned(), &["check", "--probe", "--strict"]).await;
    assert_eq!((check.code, check.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(check.stdout, @"
    blue   echo://blue   asked for `blue`
      models            ok  answers, and lists `blue`
      answer            ok  chat
      stream            ok  18 events, [DONE]
      usage             ok  1 tokens in, 1 out
      usage in streams  ok  2 tokens in, 16 out, in an event of its own
      errors            ok  400, in OpenAI's shape
      unknown model     ok  answered all the same
                            -> any name gets whatever model is loaded; nobody notices if that is another one
      cancel            ok  in this process, it stops at once
      keep-alive        -   in this process, there is no connection
      context           -   it doesn't say how long a prompt may be
    routes.yaml: good, 1 model and 1 backend; 0 faults and 0 warnings of backends
    ");
}

#[tokio::test]
async fn a_backend_that_is_not_there_refuses_the_file() {
    let (_held, address) = nobody();
    let table = format!("models:\n  blue: echo://blue\n  gone: http://{address}\n");
    let check = run(table, &["check", "--probe"]).await;
    assert_eq!(check.code, 1);
    assert!(check.stdout.contains("  models  FAULT  the backend refused the connection"), "{}", check.stdout);
    assert_eq!(check.stderr, "routes.yaml: refused, 0 problems; 1 fault and 0 warnings of backends\n");
}

#[tokio::test]
async fn warnings_refuse_only_if_strict_and_scripts_get_them_as_data() {
    let fake = Fake::choosing(|request| match request.path.as_str() {
        "/v1/models" => Reply::error(401, "no"),
        "/v1/embeddings" => {
            Reply::json(200, r#"{"data": [{"embedding": [0.5]}], "usage": {"prompt_tokens": 1}}"#)
        }
        _ => Reply::error(404, "no"),
    });
    let table = format!(
        "backends:\n  e: {{url: '{}', key: sk-very-secret, model: e5}}\nmodels:\n  m: e\n",
        fake.url()
    );
    let check = run(table.clone(), &["check", "--probe", "--json"]).await;
    assert_eq!((check.code, check.stderr.as_str()), (0, ""));
    assert!(!check.stdout.contains("sk-very-secret"));
    let json: Value = serde_json::from_str(&check.stdout).unwrap();
    let contract = &json["contracts"][0];
    assert_eq!((&contract["backend"], &contract["model"]), (&"e".into(), &"e5".into()));
    assert_eq!(contract["findings"][0]["point"], "models");
    assert_eq!(contract["findings"][0]["verdict"], "warning");
    assert!(contract["findings"][0]["means"].as_str().unwrap().contains("`key`"));
    assert_eq!(run(table, &["check", "--probe", "--json", "--strict"]).await.code, 1);
}
