//! A center that owns the table: how `run` is told of it, and what the local files still say.

use serde_json::Value;

use super::apollo::stub::ApolloStub;
use super::etcd::stub::EtcdStub;
use crate::authority::Authority;
use crate::binary::{Home, Served};
use crate::wait::{until, within};

pub(super) const BLUE: &str = "models: {demo: blue}\nbackends: {blue: echo://blue, green: echo://green}\n";
pub(super) const GREEN: &str = "models: {demo: green}\nbackends: {blue: echo://blue, green: echo://green}\n";

pub(super) async fn status(served: &Served) -> Value {
    served.get(&format!("{}/admin/v1/status", served.admin)).await.1
}

/// Asks for the status until it says this, and returns it.
pub(super) async fn until_status(served: &Served, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    within(what, async {
        loop {
            let status = status(served).await;
            if holds(&status) {
                return status;
            }
        }
    })
    .await
}

#[tokio::test]
async fn the_table_comes_from_the_center_and_every_change_there_is_live() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let served = Home::new().serve(&["--source", &etcd.url()]).await;

    assert!(served.says("demo").await.starts_with("blue:"));
    let talk = served.talk();
    let first = format!("generation 1 from {}   1 model, 2 backends, watching\n", etcd.url());
    assert!(talk.contains(&first), "{talk}");
    let publish = format!("  switch patchbay push FILE --source {}, or by its own console\n", etcd.url());
    assert!(talk.contains(&publish), "{talk}");

    etcd.put(GREEN);
    served.until_says("demo", "green:").await;
    until("the switch line", || served.talk().contains("demo: blue -> green")).await;
    let is_new =
        |status: &Value| !status["center"]["revision"].is_null() && status["center"]["revision"] != "2";
    let status = until_status(&served, "the new revision", is_new).await;
    assert_eq!((&status["owner"], &status["generation"]), (&etcd.url().into(), &2.into()));
    assert_eq!((&status["center"]["up"], &status["center"]["age_s"]), (&true.into(), &0.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_live_in_a_router_that_runs() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let home = Home::new().with("new.yaml", GREEN);
    let served = home.serve(&["--source", &etcd.url()]).await;
    assert_eq!(home.run(&["push", "new.yaml", "--source", &etcd.url()]).code, 0);
    served.until_says("demo", "green:").await;
}

#[tokio::test]
async fn a_document_that_is_deleted_or_emptied_or_wrong_keeps_the_table_and_is_told() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let served = Home::new().serve(&["--source", &etcd.url()]).await;
    let told = |words: &'static str| {
        let served = &served;
        async move {
            until(words, || served.talk().contains(words)).await;
            let refused = |status: &Value| status["last_refused"]["report"].to_string().contains(words);
            until_status(served, words, refused).await;
            assert!(served.says("demo").await.starts_with("blue:"));
        }
    };

    etcd.delete();
    told("has no such document").await;
    assert_eq!(status(&served).await["center"]["up"], false);
    etcd.put(" \n");
    told("holds an empty document").await;
    etcd.put("models:\n  demo: nowhere\n");
    told("demo: nowhere").await;
    etcd.put("# nothing but a comment\n");
    until_status(&served, "a refusal", |status| status["last_refused"]["count"] == 4).await;
    assert!(served.says("demo").await.starts_with("blue:"));

    etcd.put(GREEN);
    served.until_says("demo", "green:").await;
    until_status(&served, "all is well", |status| status["last_refused"].is_null()).await;
}

#[tokio::test]
async fn a_local_file_gives_the_settings_and_keys_but_no_model() {
    let etcd = EtcdStub::start();
    etcd.put("models:\n  demo: {to: local}\nbackends:\n  local: echo://${WHO}\n");
    let file = format!(
        "server: {{source: '{}', log: json}}\nkeys: [local-key-of-16-bytes]\nmodels:\n  mine: echo://mine\n",
        etcd.url()
    );
    let home = Home::new().with("routes.yaml", &file).with(".env", "WHO=env\n");
    let served = home.serve(&[]).await;
    assert!(served.talk().starts_with('{'), "the log is JSON: {}", served.talk());

    assert_eq!(served.chat("demo").await.0, 401);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let models = client.get(format!("{}/v1/models", served.api)).bearer_auth("local-key-of-16-bytes");
    let models: Value = models.send().await.unwrap().json().await.unwrap();
    let names: Vec<&str> =
        models["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["demo"]);
    assert_eq!(status(&served).await["backends"][0]["url"], "echo://env");

    home.write(".env", "WHO=other\n");
    until_status(&served, "the other value", |status| status["backends"][0]["url"] == "echo://other").await;
}

#[tokio::test]
async fn properties_in_a_center_are_dbgpts_settings() {
    let apollo = ApolloStub::with("application", None);
    let publish = |to| {
        apollo.put_properties(&[("PROXYLLM_BACKEND", "gpt-4o"), ("PROXY_SERVER_URL", to), ("OTHER", "x")]);
    };
    publish("echo://blue");
    let served = Home::new().serve(&["--source", &apollo.plain_url()]).await;
    assert!(served.says("gpt-4o").await.starts_with("blue:"));
    publish("echo://green");
    served.until_says("gpt-4o", "green:").await;
    assert_eq!(status(&served).await["owner"], apollo.plain_url());
}

#[tokio::test]
async fn settings_in_the_center_do_not_ask_for_a_restart() {
    let etcd = EtcdStub::start();
    etcd.put(&format!("server: {{log: json, grace: 1s}}\n{BLUE}"));
    let home = Home::new();
    let served = home.serve(&["--source", &etcd.url()]).await;
    let words = format!("`server` of {} is not read", etcd.url());
    let told = |status: &Value| status["warnings"].to_string().contains(&words);
    let state = until_status(&served, "the warning", told).await;
    assert_eq!(state["restart_needed"], serde_json::json!([]));

    home.write("routes.yaml", "server: {grace: 2s}\n");
    let served = home.serve(&["--source", &etcd.url()]).await;
    assert_eq!(status(&served).await["restart_needed"], serde_json::json!([]));
    home.write("routes.yaml", "server: {grace: 3s}\n");
    until_status(&served, "the edit", |status| status["restart_needed"][0] == "server.grace").await;
}

#[tokio::test]
async fn a_center_that_names_another_one_is_no_table() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let served = Home::new().serve(&["--source", &etcd.url()]).await;
    etcd.put("server: {source: 'etcd://127.0.0.1:1/elsewhere'}\n");
    until("the refusal", || served.talk().contains("no models; a table is never emptied")).await;
    assert!(served.says("demo").await.starts_with("blue:"));
    assert_eq!(Home::new().serve(&["--source", &etcd.url()]).await.chat("demo").await.0, 503);
}

#[tokio::test]
async fn a_file_with_settings_alone_is_enough_beside_a_center() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    for file in
        [format!("server:\n  source: {}\n  log: json\n", etcd.url()), "server: {log: json}\n".to_owned()]
    {
        let home = Home::new().with("routes.yaml", &file);
        let served = home.serve_with(&[], &[("PATCHBAY_SOURCE", &etcd.url())]).await;
        assert!(served.talk().starts_with('{'), "{}", served.talk());
        assert!(served.says("demo").await.starts_with("blue:"));
    }
}

#[tokio::test]
async fn the_command_line_beats_the_variable_and_that_the_file() {
    let (file, variable, line) = (EtcdStub::start(), EtcdStub::start(), EtcdStub::start());
    for (etcd, name) in [(&file, "file"), (&variable, "variable"), (&line, "line")] {
        etcd.put(&format!("models:\n  demo: echo://{name}\n"));
    }
    let home = Home::new().with("routes.yaml", &format!("server: {{source: '{}'}}\n", file.url()));
    let (by_variable, by_line) = (variable.url(), line.url());
    let cases = [
        ("file:", &[][..], ""),
        ("variable:", &[], by_variable.as_str()),
        ("line:", &["--source", by_line.as_str()], by_variable.as_str()),
    ];
    for (expected, arguments, value) in cases {
        let served = home.serve_with(arguments, &[("PATCHBAY_SOURCE", value)]).await;
        assert!(served.says("demo").await.starts_with(expected), "{expected}");
    }
}

#[tokio::test]
async fn a_login_is_filled_in_and_never_shown() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    etcd.state().login = Some(("root", "s3cret?/%41@:"));
    let url = etcd.url().replace("://", "://root:${PASSWORD}@");
    let file = format!("server: {{source: '{url}'}}\n");
    let home = Home::new().with(".env", "PASSWORD=s3cret?/%41@:\n").with("routes.yaml", &file);
    let served = home.serve(&[]).await;
    assert!(served.says("demo").await.starts_with("blue:"));

    etcd.state().login = Some(("root", "changed"));
    etcd.state().tokens.clear();
    etcd.server.cut().await;
    let status = until_status(&served, "the refusal", |status| status["center"]["up"] == false).await;
    assert!(served.says("demo").await.starts_with("blue:"));
    let (_, talk) = served.stop().await;
    let said = format!("{status} {talk}");
    assert!(said.contains("refused the login"), "{said}");
    assert!(!said.contains("s3cret") && !said.contains("root"), "{said}");
}

#[test]
fn an_address_that_is_none_ends_the_start_with_78() {
    let cases = [
        ("mysql://root:s3cret@127.0.0.1/key", "a source begins with"),
        ("etcd://root:s3cret@127.0.0.1", "write etcd://HOST:2379/KEY"),
        ("etcd://root:s3cret@127.0.0.1:x/key", "isn't a server"),
        ("etcd://root:${PASSWORD}@127.0.0.1/key", "PASSWORD"),
        ("etcds://root:s3cret@127.0.0.1/key?ca=missing.pem", "missing.pem"),
    ];
    for (url, words) in cases {
        let file = format!("server: {{source: '{url}'}}\n{BLUE}");
        let by_file = Home::new().with("routes.yaml", &file).run(&[]);
        let by_line = Home::new().run(&["--source", url]);
        let checked = Home::new().run(&["--check", "--source", url]);
        assert!(!by_line.stderr.contains("demo"), "{url}: {}", by_line.stderr);
        for run in [by_file, by_line, checked] {
            assert_eq!((run.code, run.stdout.as_str()), (78, ""), "{url}: {}", run.stderr);
            assert!(run.stderr.contains(words), "{url}: {}", run.stderr);
            assert!(!run.stderr.contains("s3cret"), "{url}: {}", run.stderr);
        }
    }
}

#[test]
fn an_empty_source_is_refused_where_a_script_has_lost_its_address() {
    let home = Home::new().with("routes.yaml", BLUE);
    let lost = home.run(&["--source", ""]);
    assert_eq!(lost.code, 78, "{}", lost.stderr);
    assert!(lost.stderr.contains("a source begins with"), "{}", lost.stderr);
}

#[test]
fn a_check_of_a_start_looks_at_the_address_and_the_settings() {
    let home = Home::new().with("routes.yaml", "server: {log: json}\n");
    let check = home.run(&["--check", "--source", "etcd://root:s3cret@127.0.0.1/key"]);
    assert_eq!((check.code, check.stderr.as_str()), (0, ""));
    let words = "etcd://127.0.0.1:2379/key: a good address; what it holds is checked at the start\n";
    assert_eq!(check.stdout, words);
    home.write("routes.yaml", "server: {log: xml}\n");
    let check = home.run(&["--check", "--source", "etcd://127.0.0.1/key"]);
    assert_eq!(check.code, 78);
    assert!(check.stderr.contains("routes.yaml:1:"), "{}", check.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_only_changes_this_machine_says_so() {
    let etcd = EtcdStub::start();
    etcd.put(
        "models: {demo: '${TARGET}', other: blue}\nbackends: {blue: echo://blue, green: echo://green}\n",
    );
    let home = Home::new().with(".env", "TARGET=blue\n");
    let served = home.serve(&["--source", &etcd.url()]).await;
    let run = home.run(&["switch", "demo", "green", "--admin", &served.admin]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("the value comes from .env of this machine"), "{}", run.stderr);
    assert_eq!(home.read(".env"), "TARGET=green\n");
    assert!(served.says("demo").await.starts_with("green:"));
    let run = home.run(&["switch", "other", "green", "--admin", &served.admin]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[tokio::test]
async fn a_centers_document_gets_no_file_that_this_machine_does_not_name_itself() {
    let etcd = EtcdStub::start();
    etcd.put(BLUE);
    let home = Home::new().with("ca.pem", &Authority::new("x").pem());
    let served = home.serve(&["--source", &etcd.url()]).await;
    let named = "backends: {a: {url: 'https://h', tls: {ca: ca.pem}}, green: echo://green}\nmodels: {demo: green, m: a}\n";
    etcd.put(named);
    until("the refusal", || served.talk().contains("can't read `ca.pem`")).await;
    assert!(served.says("demo").await.starts_with("blue:"));
    drop(served);

    let own = "backends: {b: {url: 'https://h', tls: {ca: ca.pem}}}\nmodels: {own: b}\n";
    let home = home.with("routes.yaml", &format!("server: {{source: '{}'}}\n{own}", etcd.url()));
    assert!(home.serve(&[]).await.says("demo").await.starts_with("green:"));
}
