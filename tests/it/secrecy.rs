//! No key, no prompt and no answer is in anything that the router says, at any level of its log.

use crate::binary::Home;
use crate::fake::Fake;
use crate::wait::within;

/// What must never be said, and where it was put.
const PLANTED: [(&str, &str); 6] = [
    ("sk-of-the-backend", "the backend's key"),
    ("sk-from-the-dotenv", "a key from .env"),
    ("sk-of-a-caller", "a caller's key"),
    ("sk-of-a-stranger", "a key that no caller has"),
    ("my diary says", "the prompt"),
    ("the answer's own words", "the answer"),
];

#[tokio::test]
async fn neither_keys_nor_prompts_nor_answers_are_said_at_any_level() {
    let backend = Fake::answers("the answer's own words");
    let table = format!(
        "models: {{demo: real}}\nbackends:\n  real: {{url: \"{}\", key: sk-of-the-backend}}\n  \
         other: {{url: \"http://127.0.0.1:1\", key: \"${{KEY}}\"}}\nkeys: {{me: sk-of-a-caller}}\n",
        backend.url()
    );
    let home = Home::new().with("routes.yaml", &table).with(".env", "KEY=sk-from-the-dotenv\n");
    for log in ["text", "json"] {
        let served = home.serve_with(&["--log", log], &[("RUST_LOG", "trace")]).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let ask = async |key: &str, body: &str| {
            let url = format!("{}/v1/chat/completions", served.api);
            let asked = client.post(url).bearer_auth(key).body(body.to_owned()).send();
            within("an answer", asked).await.unwrap().status().as_u16()
        };
        let good = r#"{"model":"demo","messages":[{"role":"user","content":"my diary says"}]}"#;
        assert_eq!(ask("sk-of-a-caller", good).await, 200);
        assert_eq!(ask("sk-of-a-stranger", good).await, 401);
        assert_eq!(ask("sk-of-a-caller", r#"{"messages":["my diary says"]}"#).await, 404);
        assert_eq!(ask("sk-of-a-caller", r#"{"messages":["my diary says"],"#).await, 400);
        let status = served.get(&format!("{}/admin/v1/status", served.admin)).await.1.to_string();
        home.write("routes.yaml", &table.replace("{demo: real}", "{demo: reel}"));
        crate::wait::until("the refusal", || served.talk().contains("no backend has this name")).await;
        home.write("routes.yaml", &table);

        let (_, talk) = served.stop().await;
        assert!(talk.contains("attempts"), "the access lines are there: {talk}");
        for (planted, what) in PLANTED {
            assert!(!talk.contains(planted), "{what} is in the {log} log:\n{talk}");
            assert!(!status.contains(planted), "{what} is in the status:\n{status}");
        }
    }
}
