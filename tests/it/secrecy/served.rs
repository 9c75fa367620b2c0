//! What a router says at its loudest: its log, its answers, its admin port.

use http::Method;
use serde_json::Value;

use super::planted::{CALLER, TOKEN, VARIABLES, clean, home, mistakes};
use crate::binary::{Home, Served};
use crate::fake::{Fake, Reply};
use crate::wait::{until, until_so, within};

/// A prompt that is refused, an error that quotes a key, or an answer.
fn backend() -> Fake {
    Fake::choosing(|asked| match asked.text() {
        text if text.contains("refuse") => Reply::error(401, "Incorrect API key: sk-planted-literal"),
        text if text.contains("break") => Reply::error(500, "planted-trouble"),
        _ => Reply::text("the planted-answer"),
    })
}

/// Whoever asks the router of a test.
struct Asker<'a> {
    served: &'a Served,
    client: reqwest::Client,
}

impl Asker<'_> {
    async fn ask(&self, method: Method, url: &str, token: &str, body: &str) -> (u16, String) {
        let request = self.client.request(method, url).bearer_auth(token).body(body.to_owned());
        let request = request.header("if-match", "*").header("content-type", "application/json");
        let answer = within(url, request.send()).await.unwrap();
        let (status, head) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        (status, head + &within(url, answer.text()).await.unwrap())
    }

    async fn chat(&self, key: &str, body: &str) -> (u16, String) {
        let url = format!("{}/v1/chat/completions", self.served.api);
        self.ask(Method::POST, &url, key, body).await
    }

    async fn admin(&self, method: Method, path: &str, body: &str) -> (u16, String) {
        self.ask(method, &format!("{}{path}", self.served.admin), TOKEN, body).await
    }
}

#[tokio::test]
async fn no_log_at_any_level_holds_a_key_a_prompt_or_an_answer() {
    let fake = backend();
    for log in ["text", "json"] {
        let home = home(&fake.url());
        let variables = [VARIABLES.as_slice(), &[("RUST_LOG", "trace")]].concat();
        let served = home.serve_with(&["--log", log], &variables).await;
        let asker = Asker { served: &served, client: reqwest::Client::builder().no_proxy().build().unwrap() };
        let asks = |model: &str, prompt: &str| {
            format!(
                r#"{{"model":"{model}","messages":[{{"role":"user","content":"planted-prompt {prompt}"}}]}}"#
            )
        };
        for model in ["demo", "other", "third", "third"] {
            assert_eq!(asker.chat(CALLER, &asks(model, "hi")).await.0, 200);
            assert_eq!(asker.chat("sk-planted-limited", &asks(model, "break")).await.0, 500);
        }
        assert_eq!(asker.chat(CALLER, &asks("demo", "refuse")).await.0, 401);
        for (key, body, status) in [
            ("sk-planted-stranger", asks("demo", "hi"), 401),
            (CALLER, r#"{"model":"dome","messages":["planted-prompt"]}"#.to_owned(), 404),
            (CALLER, r#"{"model":"demo","messages":["planted-prompt"],"#.to_owned(), 400),
        ] {
            let (answered, text) = asker.chat(key, &body).await;
            assert_eq!(answered, status, "{text}");
            clean("a refusal", &text);
        }
        save_badly(&asker, &home).await;

        let (_, talk) = served.stop().await;
        assert!(talk.contains("attempts") && talk.contains("mio"), "it is as loud as it can be: {talk}");
        clean(&format!("the {log} log"), &talk);
    }
}

/// Saves each mistake, and looks how the refusal is told.
async fn save_badly(asker: &Asker<'_>, home: &Home) {
    let good = home.read("routes.yaml");
    for (at, (what, text)) in mistakes(&good).into_iter().enumerate() {
        home.write("routes.yaml", &text);
        let told = format!("\"count\":{},", at + 1);
        until_so(&format!("the refusal of {what}"), async || {
            let (_, status) = asker.admin(Method::GET, "/admin/v1/status", "").await;
            clean(&format!("the status after {what}"), &status);
            status.contains(&told)
        })
        .await;
    }
    home.write("routes.yaml", &good.replace("sk-planted-away", "sk-planted-rotated"));
    until("the rotated key", || asker.served.talk().contains("generation 2 live")).await;
}

/// What every path of the admin port is asked with.
fn questions(path: &str, method: &str, home: &Home) -> Vec<(String, String)> {
    let with = |query: &str| vec![(format!("{path}{query}"), String::new())];
    let post = |bodies: &[&str]| -> Vec<(String, String)> {
        bodies.iter().map(|body| (format!("{path}?probe=0"), (*body).to_owned())).collect()
    };
    match (method, path) {
        ("get", "/admin/v1/events") => vec![], // listened to meanwhile
        ("get", "/admin/v1/explain") => with("?model=other&caller=me&header=authorization:x"),
        ("get", "/admin/v1/diff") => [with("?from=1&to=2"), with("?from=2")].concat(),
        ("get", "/admin/v1/history/{generation}") => {
            (1..=3).map(|at| (format!("/admin/v1/history/{at}"), String::new())).collect()
        }
        ("get", "/admin/v1/wait") => with("?generation=1&timeout=1s"),
        ("get", _) => with(""),
        ("post", "/admin/v1/apply") => post(&[&home.read("other.yaml"), &home.read("bad.yaml")]),
        ("post", "/admin/v1/drain") => post(&[r#"{"backend":"away","state":"drain"}"#]),
        ("post", "/admin/v1/ramp") => post(&[r#"{"model":"demo","to":"bearer","every":"1h"}"#]),
        ("post", "/admin/v1/reload") => post(&[""]),
        ("post", "/admin/v1/rollback") => post(&["{}", r#"{"generation":1}"#]),
        ("post", "/admin/v1/switch") => {
            post(&[r#"{"model":"demo","to":"filed"}"#, r#"{"model":"demo","to":"no"}"#])
        }
        ("post", "/admin/v1/weight") => post(&[r#"{"model":"third","weights":{"process":9,"bearer":1}}"#]),
        _ => panic!("say here what {method} {path} is to be asked"),
    }
}

#[tokio::test]
async fn no_answer_of_the_admin_port_holds_a_key() {
    let fake = backend();
    let home = home(&fake.url());
    let served = home.serve_with(&[], &VARIABLES).await;
    let asker = Asker { served: &served, client: reqwest::Client::builder().no_proxy().build().unwrap() };
    let url = format!("{}/admin/v1/events", served.admin);
    let mut events = asker.client.get(&url).bearer_auth(TOKEN).send().await.unwrap();
    let document: Value =
        serde_json::from_str(include_str!("../../../src/front/admin/openapi.json")).unwrap();
    let all = || {
        let paths = document["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (path, method)))
    };
    // What is read is read again once there is more to tell.
    for wanted in ["get", "post", "get"] {
        for (path, method) in all().filter(|(_, method)| *method == wanted) {
            for (target, body) in questions(path, method, &home) {
                let method: Method = method.to_uppercase().parse().unwrap();
                for token in [TOKEN, "planted-other-token"] {
                    let url = format!("{}{target}", served.admin);
                    let (_, text) = asker.ask(method.clone(), &url, token, &body).await;
                    clean(&format!("{method} {target}"), &text);
                }
            }
        }
    }
    let mut told = String::new();
    while told.matches("event: ").count() < 3 {
        let piece = within("an event", events.chunk()).await.unwrap().expect("the events go on");
        told.push_str(std::str::from_utf8(&piece).unwrap());
    }
    clean("the events", &told);
    let (_, talk) = served.stop().await;
    clean("the log", &talk);
    let state = std::fs::read_dir(home.path().join("state")).unwrap().next().unwrap().unwrap().path();
    clean("the audit", &std::fs::read_to_string(state.join("audit.jsonl")).unwrap());
}
