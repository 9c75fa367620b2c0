//! Every folder of `examples/` is served as it stands, and does what its README says.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::binary::{Home, Served};
use crate::fake::{Fake, Reply};
use crate::wait::{until, until_so, within};

fn folder(example: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example)
}

/// Serves a copy, so that a test may edit it.
async fn serve(example: &str) -> (Home, Served) {
    let home = copied(example);
    let served = home.serve(&[]).await;
    (home, served)
}

fn copied(example: &str) -> Home {
    let home = Home::new();
    for entry in std::fs::read_dir(folder(example)).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, home.path().join(path.file_name().unwrap())).unwrap();
    }
    home
}

/// A copy in which the example's script has made its certificates.
fn certified(example: &str) -> Home {
    let home = copied(example);
    sign(&home);
    home
}

fn sign(home: &Home) {
    let made = Command::new("sh").arg("certificates.sh").current_dir(home.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn every_example_passes_a_strict_check() {
    let mut checked = 0;
    for entry in std::fs::read_dir(folder("")).unwrap() {
        let path = entry.unwrap().path();
        let file = ["routes.yaml", ".env"].map(|name| path.join(name)).into_iter().find(|file| file.exists());
        let file = file.unwrap_or_else(|| panic!("{} has nothing to serve", path.display()));
        let (home, file) = if path.join("certificates.sh").exists() {
            (certified("tls"), PathBuf::from("routes.yaml"))
        } else {
            (Home::new(), file)
        };
        let check = home.run(&["check", "--strict", file.to_str().unwrap()]);
        assert_eq!(check.code, 0, "{}", check.stderr);
        let lines = std::fs::read_to_string(path.join("README.md")).unwrap().lines().count();
        assert!(lines <= 14, "{}: a README of an example is short", path.display());
        checked += 1;
    }
    assert!(checked >= 5, "the examples were not found");
}

#[test]
fn every_address_of_a_center_in_an_example_is_one() {
    let mut checked = 0;
    for entry in std::fs::read_dir(folder("")).unwrap() {
        let readme = std::fs::read_to_string(entry.unwrap().path().join("README.md")).unwrap();
        for rest in readme.split("--source ").skip(1).filter(|rest| rest.contains("://")) {
            let url = rest.split(['\n', ' ', '`']).next().unwrap().trim_matches('\'');
            if !url.starts_with('…') {
                let check =
                    Home::new().run_with(&["run", "--check", "--source", url], &[("PASSWORD", "p?%@w")]);
                assert_eq!(check.code, 0, "{url}: {}", check.stderr);
                checked += 1;
            }
        }
    }
    assert!(checked >= 8, "{checked} addresses were found");
}

#[tokio::test]
async fn the_pool_gives_one_in_ten_to_the_new_server() {
    let (_home, served) = serve("pool").await;
    let mut by = std::collections::BTreeMap::new();
    for _ in 0..20 {
        let says = served.says("chat").await;
        *by.entry(says.split(':').next().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(by, [("new".to_owned(), 2), ("old-a".to_owned(), 9), ("old-b".to_owned(), 9)].into());
}

#[tokio::test]
async fn the_spare_answers_until_the_card_works() {
    let (home, served) = serve("fallback").await;
    assert!(served.says("chat").await.starts_with("spare:"));
    home.write("routes.yaml", &home.read("routes.yaml").replace("fail=1", "fail=0"));
    served.until_says("chat", "card:").await;
}

#[tokio::test]
async fn one_model_answers_to_every_name() {
    let (_home, served) = serve("alias-default").await;
    for name in ["qwen2.5-72b", "gpt-4o", "gpt-3.5-turbo", "anything"] {
        assert!(served.says(name).await.starts_with("qwen:"), "{name}");
    }
    let (_, models) = served.get(&format!("{}/v1/models", served.api)).await;
    assert_eq!(models["data"].as_array().unwrap().len(), 4, "{models}");
}

#[tokio::test]
async fn the_ports_of_the_tls_example_are_used_as_its_readme_says() {
    let home = certified("tls");
    let served = home.serve(&[]).await;
    let variables = [
        ("PATCHBAY_ADMIN", served.admin.as_str()),
        ("PATCHBAY_CA", "ca.pem"),
        ("PATCHBAY_CERT", "ops.pem"),
        ("PATCHBAY_CERT_KEY", "ops.key"),
    ];
    let status = || home.run_with(&["status"], &variables);
    assert_eq!(status().code, 0, "{}", status().stderr);
    sign(&home);
    until_so("the new certificate", async || status().code == 0).await;
    until("word of it", || served.talk().contains("new connections get the new")).await;
    assert_eq!(served.stop().await.0, 0);
}

#[tokio::test]
async fn dbgpts_env_file_alone_is_a_table() {
    let (home, served) = serve("env-only").await;
    let mut by = std::collections::BTreeMap::new();
    for _ in 0..8 {
        let says = served.says("gpt-4o").await;
        *by.entry(says.split(':').next().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(by, [("one".to_owned(), 2), ("two".to_owned(), 6)].into());
    assert!(served.says("small").await.starts_with("small:"));
    home.write(".env", &home.read(".env").replace("echo://small", "echo://smaller"));
    served.until_says("small", "smaller:").await;
}

#[tokio::test]
async fn dbgpts_files_name_models_that_the_table_has() {
    let (home, served) = serve("dbgpt").await;
    for file in ["dbgpt.env", "dbgpt-proxy.toml"] {
        let text = home.read(file);
        for model in ["gpt-4o", "text2vec", "bge-reranker"] {
            assert!(text.contains(model), "{file} lacks {model}");
            assert_eq!(served.chat(model).await.0, 200, "{model}");
        }
        let address = "http://127.0.0.1:9999/v1";
        assert_eq!(text.matches("http://").count(), text.matches(address).count(), "{file}");
    }
}

#[tokio::test]
async fn what_is_too_much_for_the_house_goes_to_the_cloud() {
    let home = copied("hybrid");
    let slow = home.read("routes.yaml").replace("tokens=40&tps=4", "ttft=600s");
    home.write("routes.yaml", &slow);
    let served = std::sync::Arc::new(home.serve(&[]).await);
    let asked: Vec<_> = (0..2)
        .map(|_| {
            let served = std::sync::Arc::clone(&served);
            tokio::spawn(async move { served.chat("chat").await })
        })
        .collect();
    let status = format!("{}/admin/v1/status", served.admin);
    until_so("two in the house", async || served.get(&status).await.1["backends"][0]["in_flight"] == 2).await;
    assert!(served.says("chat").await.starts_with("cloud:"));
    asked.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_house_that_is_down_is_not_even_asked() {
    let home = copied("hybrid");
    home.write("routes.yaml", &home.read("routes.yaml").replace("tokens=40&tps=4", "fail=1"));
    let served = home.serve(&[]).await;
    let explain = format!("{}/admin/v1/explain?model=chat", served.admin);
    within("the second rule", async {
        while served.get(&explain).await.1["rule"] != 2 {
            served.says("chat").await;
        }
    })
    .await;
    assert!(served.says("chat").await.starts_with("cloud:"));
}

#[tokio::test]
async fn long_prompts_and_pictures_go_to_the_cloud() {
    let (_home, served) = serve("long-prompts").await;
    let says = async |content: Value| {
        let body = json!({"model": "chat", "messages": [{"role": "user", "content": content}]});
        let (_, answer) = served.ask(&body).await;
        answer["choices"][0]["message"]["content"].as_str().unwrap().split(':').next().unwrap().to_owned()
    };
    assert_eq!(says(json!("数".repeat(2000))).await, "house");
    assert_eq!(says(json!("数".repeat(2001))).await, "cloud");
    assert_eq!(says(json!([{"type": "image_url", "image_url": {"url": "data:,"}}])).await, "cloud");
    assert_eq!(says(json!([{"type": "text", "text": "short"}])).await, "house");
}

#[tokio::test]
async fn nights_go_to_the_cloud() {
    let hour =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 3600 % 24;
    for (wanted, who) in [(1, "cloud:"), (12, "house:")] {
        // POSIX writes zones the other way round: this one is as many hours behind UTC.
        let zone = format!("XXX{}", (hour + 24 - wanted) % 24);
        let served = copied("nights").serve_with(&[], &[("TZ", &zone)]).await;
        assert!(served.says("chat").await.starts_with(who), "{zone}");
    }
}

#[tokio::test]
async fn no_edit_lets_a_private_request_leave() {
    let (home, served) = serve("in-house").await;
    assert!(served.says("private").await.starts_with("house:"));
    home.write("routes.yaml", &home.read("routes.yaml").replace("fallback: spare", "fallback: public"));
    until("the refusal", || served.talk().contains("the way: private -> public -> cloud")).await;
    assert!(served.says("private").await.starts_with("house:"));
}

#[tokio::test]
async fn a_mirror_gets_one_in_four_and_nobody_notices() {
    let (home, served) = serve("mirror").await;
    for _ in 0..8 {
        assert!(served.says("chat").await.starts_with("old:"));
    }
    let status = || {
        let status = home.run(&["status", "--admin", &served.admin]);
        assert_eq!((status.code, status.stderr.as_str()), (0, ""));
        status.stdout
    };
    let told = |status: &str| status.contains("\nchat: 25% mirrored to new: 2 sent");
    until("two pairs", || {
        told(&status()) && status().contains(" of 2 with the same status, first byte p50/p95 ")
    })
    .await;
}

#[tokio::test]
async fn each_backend_gets_the_fields_that_it_knows() {
    let (home, served) = serve("params").await;
    for (model, asked, tokens) in [("chat", json!(null), 5), ("chat", json!(8), 8), ("strict", json!(8), 3)] {
        let body = json!({"model": model, "messages": [], "max_tokens": asked});
        assert_eq!(served.ask(&body).await.1["usage"]["completion_tokens"], tokens, "{model} {asked}");
    }
    let explained = home.run(&["explain", "strict", "--admin", &served.admin]).stdout;
    let params = "params: set temperature, max_tokens; then rename max_tokens -> max_completion_tokens; \
        drop logit_bias, top_k; in answers reasoning -> reasoning_content\n";
    assert!(explained.contains(params), "{explained}");
}

#[tokio::test]
async fn a_babbler_is_mended_where_the_table_says_so() {
    let (chunk, bad) =
        ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", "data: loading 7 of 9 layers\n\n");
    let wire = [chunk, bad, "data: [DONE]\n\n"].concat();
    let fake = Fake::always(Reply::whole(200, &[("content-type", "text/event-stream")], &wire));
    let home = copied("repair");
    home.write("routes.yaml", &home.read("routes.yaml").replace("http://127.0.0.1:8300/v1", &fake.url()));
    let served = home.serve(&[]).await;
    let body = |model: &str| json!({"model": model, "messages": [], "stream": true, "stream_options": {"include_usage": true}});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |model: &str| {
        let url = format!("{}/v1/chat/completions", served.api);
        client.post(url).json(&body(model)).send().await.unwrap().text().await.unwrap()
    };
    assert_eq!(ask("raw").await, wire);
    let mended = ask("chat").await;
    assert!(!mended.contains("loading") && mended.contains("\"usage\":{\"prompt_tokens\":0,"), "{mended}");
    for verb in ["ps", "status"] {
        let shown = home.run(&[verb, "--admin", &served.admin]).stdout;
        assert!(
            shown.contains("babbler's answers are mended: 1 event left out, 1 usage filled in\n"),
            "{verb}: {shown}"
        );
    }
    until("two access lines", || served.talk().matches("outcome=complete").count() == 2).await;
    let told = served.talk();
    assert_eq!((told.matches("repaired=2").count(), told.matches("repaired=").count()), (1, 1), "{told}");
    let once = "backend `babbler` sends events that aren't JSON; `repair` leaves them out (told once, counted in `status`)";
    ask("chat").await;
    until("three access lines", || served.talk().matches("outcome=complete").count() == 3).await;
    assert_eq!(served.talk().matches(once).count(), 1, "{}", served.talk());
}

#[tokio::test]
async fn what_the_card_cant_take_waits_and_the_rest_goes_to_the_cloud() {
    let (home, served) = serve("limits").await;
    home.write("routes.yaml", &home.read("routes.yaml").replace("ttft=3s", "ttft=10m"));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = || {
        let ask = client.post(format!("{}/v1/chat/completions", served.api)).header("api-key", "key-of-app");
        ask.body(r#"{"model":"chat","messages":[]}"#).send()
    };
    let status = async || served.get(&format!("{}/admin/v1/status", served.admin)).await.1;
    until_so("the save", async || status().await["generation"] == 2).await;
    let six: Vec<_> = (0..6).map(|_| tokio::spawn(ask())).collect();
    until_so("four to wait", async || status().await["backends"][0]["waiting"] == 4).await;
    let seventh = ask().await.unwrap();
    assert_eq!(seventh.headers()["x-patchbay-backend"], "cloud");
    assert_eq!(seventh.headers()["x-ratelimit-limit-requests"], "600");
    six.iter().for_each(tokio::task::JoinHandle::abort);
}
