//! `doctor` finds what goes wrong around a router, and has a fix for each.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::binary::Home;
use crate::failover::nobody;

const TABLE: &str = "\
models:
  gpt-4o: {to: 'echo://blue', alias: qwen}
server: {listen: '127.0.0.1:0', admin: '127.0.0.1:0', state_dir: state}
";

fn home() -> Home {
    Home::new().with("routes.yaml", TABLE)
}

/// Runs it, and returns the exit code and the findings on one thing.
fn findings(home: &Home, about: &str, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, Vec<Value>) {
    let told = home.run_with(&[&["doctor", "--json"], arguments].concat(), variables);
    let json: Value = serde_json::from_str(&told.stdout).unwrap_or_else(|_| panic!("{}", told.stderr));
    assert_eq!((&json["schema"], &json["ok"]), (&1.into(), &(told.code == 0).into()));
    let all = json["findings"].as_array().unwrap();
    for finding in all {
        let is_fine = finding["level"] == "ok";
        assert_eq!(finding["fix"].is_string(), !is_fine, "each finding has a fix: {finding}");
    }
    (told.code, all.iter().filter(|finding| finding["about"] == about).cloned().collect())
}

/// Asserts that one thing is judged so, in these words.
fn found(home: &Home, about: &str, level: &str, words: &str, variables: &[(&str, &str)]) {
    let (code, all) = findings(home, about, &[], variables);
    let fits =
        |finding: &Value| finding["level"] == level && finding["found"].as_str().unwrap().contains(words);
    assert!(all.iter().any(fits), "{level} {words}: {all:?}");
    assert_eq!(code, i32::from(level == "wrong"), "{all:?}");
}

#[test]
fn a_good_folder_is_told_line_by_line() {
    let told = home().run(&["doctor"]);
    assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{}", told.stdout);
    let without_limits: Vec<&str> =
        told.stdout.lines().map(|line| line.split("; this user may have").next().unwrap()).collect();
    insta::assert_snapshot!(without_limits.join("\n"), @"
    ok  table          routes.yaml: 1 model, 1 backend
    ok  data port      127.0.0.1:0 is free
    ok  admin port     127.0.0.1:0 is free
    ok  owner file     routes.yaml can be written
    ok  state folder   state isn't there yet and can be made
    ok  file watching  by events
    ok  backend        gpt-4o: in this process
    ok  proxies        none in the environment
    ok  clock          plausible
    0 things wrong, 0 warnings
    ");
}

#[test]
fn a_port_that_another_program_has_is_wrong() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let home = home();
    home.write("routes.yaml", &TABLE.replacen("127.0.0.1:0", &address, 1));
    found(&home, "data port", "wrong", &format!("another program listens on {address}"), &[]);
}

#[tokio::test]
async fn a_port_that_we_have_ourselves_is_fine() {
    let home = home();
    let served = home.serve(&[]).await;
    let admin = [("PATCHBAY_ADMIN", served.admin.as_str())];
    for about in ["data port", "admin port"] {
        found(&home, about, "ok", &format!("serves at {}", served.api.trim_start_matches("http://")), &admin);
    }
}

#[test]
fn a_refused_table_is_wrong_and_the_rest_is_looked_at() {
    let home = home();
    home.write("routes.yaml", "models:\n  m: nowhere\n");
    let (code, all) = findings(&home, "table", &[], &[("HOME", "/nonexistent")]);
    assert_eq!((code, &all[0]["level"]), (1, &"wrong".into()));
    assert_eq!(all[0]["fix"], "patchbay check routes.yaml");
    found(&Home::new(), "table", "warning", "the demo would be served", &[("HOME", "/tmp")]);
}

#[test]
fn a_state_folder_that_cannot_be_made_is_wrong() {
    let home = home();
    home.write("routes.yaml", &TABLE.replace("state_dir: state", "state_dir: routes.yaml/state"));
    found(&home, "state folder", "wrong", "routes.yaml/state can't be written", &[]);
}

#[test]
fn a_backend_that_is_not_there_is_wrong() {
    let (_held, address) = nobody();
    let home = home();
    home.write("routes.yaml", &TABLE.replace("echo://blue", &format!("http://{address}")));
    found(&home, "backend", "wrong", "gpt-4o: the backend refused the connection", &[]);
}

#[test]
fn keys_that_others_can_read_are_told() {
    use std::os::unix::fs::PermissionsExt;

    let home = home().with(".env", "A=1\n");
    let mode = |mode| {
        let path = home.path().join(".env");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o644);
    found(&home, "keys", "warning", "mode 644", &[]);
    mode(0o600);
    assert_eq!(findings(&home, "keys", &[], &[]).1, [] as [Value; 0]);
}

#[test]
fn a_proxy_that_would_take_calls_to_loopback_is_told() {
    let proxy = ("HTTP_PROXY", "http://proxy:3128");
    found(&home(), "proxies", "ok", "none", &[]);
    found(&home(), "proxies", "warning", "HTTP_PROXY is set", &[proxy]);
    found(&home(), "proxies", "ok", "excepts this machine", &[proxy, ("no_proxy", "corp, 127.0.0.1")]);
}

#[test]
fn a_table_saved_in_the_future_puts_the_clock_in_doubt() {
    let home = home();
    let file = std::fs::File::options().write(true).open(home.path().join("routes.yaml")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    found(&home, "clock", "warning", "routes.yaml was saved in the future", &[]);
}

/// DB-GPT's settings that lead to a router on port 9999.
const DBGPT: &str = "\
LLM_MODEL=proxyllm
PROXYLLM_BACKEND=gpt-4o
PROXY_SERVER_URL=http://127.0.0.1:9999/v1/chat/completions
PROXY_API_KEY=sk-any
";

#[test]
fn dbgpts_settings_are_held_against_the_table() {
    let home = home();
    home.write("routes.yaml", &TABLE.replacen("127.0.0.1:0", "127.0.0.1:9999", 1));
    let keyed = TABLE.replacen("127.0.0.1:0", "127.0.0.1:9999", 1) + "keys: {me: sk-mine}\n";
    home.write("keyed.yaml", &keyed);
    let dbgpt = |text: &str, table: &str| {
        home.write("dbgpt.env", text);
        findings(&home, "DB-GPT", &["--dbgpt", "dbgpt.env", "-c", table], &[]).1
    };
    let good = dbgpt(DBGPT, "routes.yaml");
    assert_eq!((good.len(), &good[0]["found"]), (1, &"dbgpt.env leads here".into()), "{good:?}");
    let alias = DBGPT.replace("=gpt-4o", "=qwen");
    assert_eq!(dbgpt(&alias, "routes.yaml")[0]["level"], "ok");
    for (from, to, level, words) in [
        ("/v1/chat/completions", "/v1", "warning", "doesn't end with /chat/completions"),
        (":9999/", ":8000/", "warning", "leads to 127.0.0.1:8000, not here"),
        ("completions", "completions?a=1", "warning", "drops what follows the `?`"),
        ("http://", "", "wrong", "no `http://`"),
        ("PROXY_SERVER_URL", "OTHER", "wrong", "it has no PROXY_SERVER_URL"),
        ("=gpt-4o", "=gtp-4o", "wrong", "asks for `gtp-4o`, which the table doesn't have; near: gpt-4o"),
        ("PROXYLLM_BACKEND", "OTHER", "wrong", "asks for `gpt-3.5-turbo`"),
        ("=proxyllm", "=vicuna", "warning", "LLM_MODEL=vicuna"),
        ("=sk-any", "=", "wrong", "PROXY_API_KEY is empty"),
        ("LLM_MODEL", "OPENAI_API_BASE=x\nLLM_MODEL", "wrong", "OPENAI_API_BASE silently beats"),
        ("LLM_MODEL", "MODEL_SERVER=http://127.0.0.1:9999\nLLM_MODEL", "wrong", "own controller"),
    ] {
        let all = dbgpt(&DBGPT.replacen(from, to, 1), "routes.yaml");
        let fits =
            |finding: &Value| finding["level"] == level && finding["found"].as_str().unwrap().contains(words);
        assert!(all.iter().any(fits), "{to}: {all:?}");
    }
    assert!(dbgpt(DBGPT, "keyed.yaml")[0]["found"].as_str().unwrap().contains("401"));
    assert_eq!(dbgpt(&DBGPT.replace("sk-any", "sk-mine"), "keyed.yaml")[0]["level"], "ok");
}
