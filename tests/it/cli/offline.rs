//! Verbs that need no router.

use serde_json::Value;

use crate::binary::Home;

const TABLE: &str = "\
backends:
  a: {url: 'http://10.0.0.1:8000/v1/chat/completions', key: sk-very-secret}
  b: http://10.0.0.2
models:
  chat:
    to: {a: 3, b: 1}
    fallback: c
    alias: gpt-4o
    timeout: {first_byte: 30s}
  c: echo://c
";

const WRONG: &str = "models:\n  chat: nowhere\n";

fn home() -> Home {
    Home::new().with("routes.yaml", TABLE)
}

#[test]
fn a_good_file_is_counted_on_stdout() {
    let check = home().run(&["check"]);
    assert_eq!((check.code, check.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(check.stdout, @"routes.yaml: good, 2 models and 3 backends");
}

#[test]
fn a_bad_file_is_explained_on_stderr_only() {
    let check = Home::new().with("routes.yaml", WRONG).run(&["check", "routes.yaml"]);
    assert_eq!((check.code, check.stdout.as_str()), (1, ""));
    assert!(check.stderr.starts_with("error[E"), "{}", check.stderr);
    assert!(check.stderr.contains("routes.yaml:2:9"), "{}", check.stderr);
    assert!(check.stderr.ends_with("routes.yaml: refused, 1 problem\n"), "{}", check.stderr);
    assert!(!check.stderr.contains('\u{1b}'), "no colour off a terminal");
}

#[test]
fn scripts_get_problems_as_data() {
    let check = Home::new().with("routes.yaml", WRONG).run(&["check", "--json"]);
    assert_eq!((check.code, check.stderr.as_str()), (1, ""));
    let json: Value = serde_json::from_str(&check.stdout).unwrap();
    assert_eq!((&json["schema"], &json["ok"]), (&1.into(), &false.into()));
    let problem = &json["problems"][0];
    assert_eq!(problem["severity"], "error");
    assert_eq!(
        (&problem["file"], &problem["line"], &problem["column"]),
        (&"routes.yaml".into(), &2.into(), &9.into())
    );
    assert!(problem["message"].as_str().unwrap().contains("nowhere"), "{problem}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let check = Home::new().run(&["check", "missing.yaml"]);
    assert_eq!(check.code, 1);
    insta::assert_snapshot!(check.stderr, @"error: missing.yaml: No such file or directory (os error 2)");
    let nothing = Home::new().run(&["check"]);
    assert_eq!(nothing.code, 2);
    insta::assert_snapshot!(nothing.stderr, @"
    error: there is no routes.yaml here, and no .env with DB-GPT's names
      = help: patchbay init writes one
    ");
}

#[test]
fn includes_secret_files_and_the_env_file_are_read_along() {
    let main = "include: [more/*.yaml]\nmodels:\n  a: {to: echo://a}\n";
    let more = "backends:\n  x: {url: 'http://10.0.0.1', key: '${file:key.txt}'}\nmodels:\n  b: ${TARGET}\n";
    let home = Home::new().with("routes.yaml", main).with("key.txt", "sk-1\n").with(".env", "TARGET=x\n");
    std::fs::create_dir(home.path().join("more")).unwrap();
    home.write("more/one.yaml", more);
    let check = home.run(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    assert!(check.stdout.contains("2 models"), "{}", check.stdout);
}

#[test]
fn explain_shows_the_order_and_no_secret() {
    let explain = home().run(&["explain", "gpt-4o", "--table", "routes.yaml"]);
    assert_eq!((explain.code, explain.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(explain.stdout, @"
    gpt-4o: found as an alias of `chat`
      target
        a  http://10.0.0.1:8000/v1  3 of 4, as `chat`, own key, connect 5s, first byte 30s, idle 300s
        b  http://10.0.0.2/v1       1 of 4, as `chat`, connect 5s, first byte 30s, idle 300s
      fallback 1, if all above fail before the first byte
        c  echo://c                 as `c`, connect 5s, first byte 600s, idle 300s
      retry     each peer once, or a lone backend once more, on connect, timeout, 408, 429, 500, 502, 503, 504, 529
    ");
    let json = home().run(&["explain", "gpt-4o", "--table", "routes.yaml", "--json"]);
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&value["schema"], &value["matched"]), (&1.into(), &"alias".into()));
    assert_eq!(value["candidates"][0]["url"], "http://10.0.0.1:8000/v1");
    assert!(!json.stdout.contains("very-secret") && !explain.stdout.contains("very-secret"));
}

#[test]
fn explain_falls_back_to_the_file_where_no_router_runs() {
    // Port 9998 may be in use by a developer's own router, so say where none is.
    let variables = [("PATCHBAY_ADMIN", "127.0.0.1:9")];
    let asked = home().run_with(&["explain", "chat"], &variables);
    assert_eq!(asked.code, 6, "a named router that is not there is an error: {}", asked.stderr);
    assert!(asked.stderr.contains("no router answers at http://127.0.0.1:9"), "{}", asked.stderr);
}

#[test]
fn explain_takes_the_model_from_a_body_and_the_caller_from_a_header() {
    let home = Home::new()
        .with("routes.yaml", "keys: {ann: sk-ann-1234567890}\nmodels:\n  a: echo://a\n")
        .with("body.json", r#"{"messages": [], "model": "a"}"#);
    let table = ["explain", "--table", "routes.yaml", "--body", "body.json"];
    assert!(home.run(&table).stdout.starts_with("a: found by its name"));
    let known = home.run(&[&table[..], &["-H", "Authorization: Bearer sk-ann-1234567890"]].concat());
    assert_eq!((known.code, known.stderr.as_str()), (0, "caller: ann\n"));
    let unknown = home.run(&[&table[..], &["-H", "x-api-key: sk-eve"]].concat());
    assert_eq!(unknown.code, 1);
    assert_eq!(unknown.stderr, "caller: nobody known; the router answers 401\n");
}

#[test]
fn explain_names_what_is_near_an_unknown_model() {
    let explain = home().run(&["explain", "chta", "--table", "routes.yaml"]);
    assert_eq!(explain.code, 1);
    insta::assert_snapshot!(explain.stderr, @"error: nothing answers for `chta`, and there is no default; near: chat, c");
}

#[test]
fn init_writes_a_table_that_checks_and_never_overwrites_unasked() {
    let home = Home::new();
    let init = home.run(&["init"]);
    assert_eq!((init.code, init.stdout.as_str()), (0, "wrote routes.yaml and routes.schema.json\n"));
    assert_eq!(home.run(&["check", "--strict"]).code, 0);
    serde_json::from_str::<Value>(&home.read("routes.schema.json")).unwrap();

    home.write("routes.yaml", "mine");
    let again = home.run(&["init"]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(home.read("routes.yaml"), "mine");
    assert_eq!(home.run(&["init", "--force"]).code, 0);
    assert_ne!(home.read("routes.yaml"), "mine");
}

#[test]
fn init_turns_dbgpts_env_file_into_a_table_that_routes_alike() {
    let env = "\
LLM_MODEL=proxyllm
PROXYLLM_BACKEND=gpt-4o
PROXY_SERVER_URL=http://10.0.0.1:8000/v1/chat/completions, http://10.0.0.2/v1*3
PROXY_API_KEY=\"sk-main-secret\"
qwen_proxy_server_url=https://cloud.example.com/api/v3
qwen_proxy_api_key=sk-qwen-secret
";
    let home = Home::new().with(".env", env);
    let before = |model: &str| home.run(&["explain", model, "--json", "--table", ".env"]).stdout;
    let asked = ["gpt-4o", "qwen", "unknown"].map(|model| (model, before(model)));
    let init = home.run(&["init", "--from-dbgpt"]);
    assert_eq!(init.code, 0, "{}", init.stderr);
    let routes = home.read("routes.yaml");
    assert!(!routes.contains("secret"), "{routes}");
    assert_eq!(home.run(&["check", "--strict"]).code, 0, "{routes}");
    for (model, before) in asked {
        let after = home.run(&["explain", model, "--json", "--table", "routes.yaml"]);
        let strip = |text: &str| text.replace("#1", "-1").replace("#2", "-2");
        assert_eq!(strip(&before), after.stdout, "{}\n{routes}", after.stderr);
    }
}

#[test]
fn env_prints_lines_for_the_table_that_is_here() {
    let home =
        Home::new().with("routes.yaml", "models:\n  qwen: echo://a\nserver: {listen: '127.0.0.1:7001'}\n");
    let dbgpt = home.run(&["env", "dbgpt"]);
    insta::assert_snapshot!(dbgpt.stdout, @"
    # DB-GPT 0.4 to 0.6: .env
    LLM_MODEL=proxyllm
    PROXYLLM_BACKEND=qwen
    PROXY_SERVER_URL=http://127.0.0.1:7001/v1/chat/completions
    PROXY_API_KEY=sk-any
    # OPENAI_API_BASE, if it is set anywhere, silently beats PROXY_SERVER_URL: unset it.
    # With HTTP_PROXY or HTTPS_PROXY set, these clients send even calls to 127.0.0.1 to that proxy, unless:
    # NO_PROXY=127.0.0.1,localhost
    ");
    let read = dotenvy::from_read_iter(dbgpt.stdout.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(read.len(), 4);
    let toml = home.run(&["env", "dbgpt-toml"]).stdout;
    assert!(toml.contains("name = \"qwen\"\nprovider = \"proxy/openai\""), "{toml}");
    assert!(
        home.run(&["env", "openai"]).stdout.starts_with("export OPENAI_BASE_URL=http://127.0.0.1:7001/v1\n")
    );
}

#[test]
fn the_schema_is_json_and_the_version_too() {
    let schema: Value = serde_json::from_str(&Home::new().run(&["schema"]).stdout).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let version: Value = serde_json::from_str(&Home::new().run(&["version", "--json"]).stdout).unwrap();
    assert_eq!((&version["schema"], &version["version"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
}

#[test]
fn a_command_line_without_sense_ends_with_2() {
    for arguments in [&["explian"][..], &["check", "--no-such"], &["env", "nobody"], &["explain"]] {
        let run = Home::new().run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn what_is_changed_copied_and_mended_is_explained_without_values() {
    let table = "\
backends:
  a: {url: 'http://10.0.0.1', params: {drop: [top_k], answers: {reasoning: reasoning_content}}}
  b: http://10.0.0.2
  c: http://10.0.0.3
models:
  chat:
    to: [a, b]
    params: {set: {user: somebody-in-private}, default: {n: 1, stop: ['x']}}
    repair: [usage, bad_events]
    mirror: {to: c, share: 2.5%}
  plain: b
";
    let home = Home::new().with("routes.yaml", table);
    let explained = home.run(&["explain", "chat", "--table", "routes.yaml"]).stdout;
    insta::assert_snapshot!(explained, @"
    chat: found by its name
      target
        a  http://10.0.0.1/v1  1 of 2, name as asked, connect 5s, first byte 600s, idle 300s
           params: default n, stop; set user; then drop top_k; in answers reasoning -> reasoning_content
        b  http://10.0.0.2/v1  1 of 2, name as asked, connect 5s, first byte 600s, idle 300s
           params: default n, stop; set user
      retry     each peer once, or a lone backend once more, on connect, timeout, 408, 429, 500, 502, 503, 504, 529
      repair    bad_events, usage in answers
      mirror    2.5% of the requests are copied to c
    ");
    let json: Value =
        serde_json::from_str(&home.run(&["explain", "chat", "--table", "routes.yaml", "--json"]).stdout)
            .unwrap();
    assert_eq!(json["mirror"], serde_json::json!({"to": "c", "percent": 2.5}));
    assert_eq!(json["repair"], serde_json::json!(["bad_events", "usage"]));
    let plain = home.run(&["explain", "plain", "--table", "routes.yaml", "--json"]).stdout;
    for absent in ["mirror", "repair", "params", "private"] {
        assert!(!plain.contains(absent), "{plain}");
    }
}
