//! The data port's paths, models, callers and errors.

use serde_json::{Value, json};

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};

/// Two models, of which the first is the default.
async fn two() -> RunningBench {
    let yaml = "backends:\n  first: {a}\n  second: {url: {b}, model: upstream-name, cloud: true}\n\
        models:\n  gpt-4o: {to: first, alias: [gpt-4, chat]}\n  org/Qwen2.5: second\n  glob-*: first\n\
        default: gpt-4o\n";
    let bench = Bench::new().backend("a", Fake::answers("from a")).backend("b", Fake::answers("from b"));
    bench.yaml(yaml).start().await
}

async fn without_default() -> RunningBench {
    let yaml = "models:\n  gpt-4o: {a}\n  gpt-4o-mini: {a}\n  llama: {a}\n";
    Bench::new().backend("a", Fake::answers("hello")).yaml(yaml).start().await
}

#[tokio::test]
async fn every_path_leads_to_its_own_path_at_the_backend() {
    let bench = two().await;
    let operations = [
        "/chat/completions",
        "/completions",
        "/embeddings",
        "/rerank",
        "/responses",
        "/messages",
        "/moderations",
        "/beta/relevance",
        "/audio/speech",
        "/audio/transcriptions",
        "/images/generations",
        "/images/edits",
    ];
    for operation in operations {
        for prefix in ["/v1", "", "/api/v1"] {
            for slash in ["", "/"] {
                let path = format!("{prefix}{operation}{slash}");
                let answer = bench.post(&path, r#"{"model":"gpt-4o"}"#).send().await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.lossy());
                let last = bench.backend("a").last();
                assert_eq!(
                    (last.method, last.path),
                    ("POST".to_owned(), format!("/v1{operation}")),
                    "{path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_suffix_that_was_pasted_twice_counts_once() {
    let bench = two().await;
    for operation in ["/chat/completions", "/embeddings"] {
        let path = format!("/v1{operation}{operation}");
        assert_eq!(bench.post(&path, r#"{"model":"gpt-4o"}"#).send().await.status, 200);
        assert_eq!(bench.backend("a").last().path, format!("/v1{operation}"));
    }
}

#[tokio::test]
async fn a_query_goes_along() {
    let bench = two().await;
    bench.post("/v1/chat/completions?api-version=1&x=%20y", r#"{"model":"gpt-4o"}"#).send().await;
    assert_eq!(bench.backend("a").last().path, "/v1/chat/completions?api-version=1&x=%20y");
}

#[tokio::test]
async fn a_backends_base_path_is_kept() {
    let cases = [
        ("http://HOST", "/v1/chat/completions"),
        ("http://HOST/", "/v1/chat/completions"),
        ("http://HOST/v1/", "/v1/chat/completions"),
        ("http://HOST/v1/chat/completions", "/v1/chat/completions"),
        ("http://HOST/api/v1", "/api/v1/chat/completions"),
        ("http://HOST/compatible-mode/v1", "/compatible-mode/v1/chat/completions"),
        ("http://HOST/api/paas/v4", "/api/paas/v4/chat/completions"),
    ];
    for (url, path) in cases {
        let url = url.replace("HOST", "{a.host}");
        let bench =
            Bench::new().backend("a", Fake::answers("hello")).yaml(&format!("models:\n  m: '{url}'\n"));
        let bench = bench.start().await;
        assert_eq!(bench.chat("m").text().await, "hello");
        assert_eq!(bench.backend("a").last().path, path, "{url}");
    }
}

#[tokio::test]
async fn azure_clients_name_the_model_in_the_path() {
    let bench = two().await;
    let path = "/openai/deployments/org%2FQwen2.5/chat/completions?api-version=2024-10-21";
    let answer = bench.post(path, r#"{"messages":[]}"#).header("api-key", "sk-any").send().await;
    assert_eq!((answer.status, answer.header("x-patchbay-backend")), (200, "second"));
    let received = bench.backend("b").last();
    assert_eq!(received.path, "/v1/chat/completions?api-version=2024-10-21");
    assert_eq!(received.text(), r#"{"messages":[]}"#);

    bench.post("/openai/deployments/org%2FQwen2.5/embeddings", r#"{"model":"x"}"#).send().await;
    assert_eq!(bench.backend("b").last().text(), r#"{"model":"upstream-name"}"#);
}

#[tokio::test]
async fn teis_rerank_has_no_model_and_goes_to_the_default_beside_v1() {
    let bench = two().await;
    let body = r#"{"query":"q","texts":["a","b"]}"#;
    assert_eq!(bench.post("/rerank", body).send().await.status, 200);
    let received = bench.backend("a").last();
    assert_eq!((received.path.as_str(), received.text()), ("/rerank", body));

    bench.post("/v1/rerank", r#"{"model":"gpt-4o","query":"q","documents":[]}"#).send().await;
    assert_eq!(bench.backend("a").last().path, "/v1/rerank");
}

#[tokio::test]
async fn the_default_answers_for_unknown_names_under_its_own() {
    let bench = two().await;
    let body = r#"{"model":"gpt-3.5-turbo","n":1}"#;
    assert_eq!(bench.post("/v1/chat/completions", body).send().await.status, 200);
    assert_eq!(bench.backend("a").last().text(), r#"{"model":"gpt-4o","n":1}"#);
    assert_eq!(bench.chat("gpt-4").text().await, "from a");
    assert_eq!(bench.backend("a").last().json()["model"], "gpt-4o");
    assert_eq!(bench.chat("glob-7").text().await, "from a");
    assert_eq!(bench.backend("a").last().json()["model"], "glob-7");
}

#[tokio::test]
async fn models_lists_every_name_that_can_be_asked_for() {
    let bench = two().await;
    for path in ["/v1/models", "/models", "/api/v1/models", "/v1/models/"] {
        let answer = bench.get(path).send().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{path}");
        assert_eq!(answer.header("x-patchbay-generation"), "1");
        let json = answer.json();
        assert_eq!(json["object"], "list");
        let models = json["data"].as_array().unwrap();
        let ids: Vec<&str> = models.iter().map(|model| model["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["gpt-4o", "gpt-4", "chat", "org/Qwen2.5"], "{path}");
        for model in models {
            assert_eq!(model["object"], "model");
            assert!(model["created"].is_u64() && model["owned_by"].is_string(), "{model}");
        }
    }
}

#[tokio::test]
async fn one_model_is_found_by_its_id() {
    let bench = two().await;
    for (path, id) in [
        ("/v1/models/gpt-4o", "gpt-4o"),
        ("/v1/models/gpt-4", "gpt-4"),
        ("/v1/models/org/Qwen2.5", "org/Qwen2.5"),
        ("/v1/models/org%2FQwen2.5", "org/Qwen2.5"),
        ("/models/gpt-4o", "gpt-4o"),
    ] {
        let json = bench.get(path).send().await.json();
        assert_eq!((&json["id"], &json["object"]), (&json!(id), &json!("model")), "{path}");
    }
    let answer = bench.get("/v1/models/gpt-5").send().await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "model_not_found"));
}

#[tokio::test]
async fn model_info_names_targets_owner_and_generation_and_no_address() {
    let bench = two().await;
    for path in ["/model", "/v1/model/info", "/model/info"] {
        let answer = bench.get(path).send().await;
        let json = answer.json();
        assert_eq!(json["generation"], 1, "{path}");
        assert!(json["owner"].is_string(), "{path}: {json}");
        let text = json.to_string();
        for wanted in ["gpt-4o", "org/Qwen2.5", "\"first\"", "\"second\"", "upstream-name"] {
            assert!(text.contains(wanted), "{path}: no {wanted} in {text}");
        }
        assert!(!text.contains("127.0.0.1") && !text.contains("http"), "{path}: {text}");
    }
}

#[tokio::test]
async fn an_unknown_model_is_told_the_nearest_names() {
    let bench = without_default().await;
    let answer = bench.chat("gpt-4p").send().await;
    assert_eq!(answer.status, 404);
    insta::assert_snapshot!(answer.lossy(), @r#"{"error":{"message":"no route for model `gpt-4p`; did you mean `gpt-4o`, `gpt-4o-mini`?","type":"invalid_request_error","param":"model","code":"model_not_found"}}"#);
    assert_eq!(bench.chat("zzz").send().await.code(), "model_not_found");
    let nameless = bench.post("/v1/chat/completions", "{}").send().await;
    assert_eq!((nameless.status, nameless.code().as_str()), (404, "model_not_found"));
    assert_eq!(bench.backend("a").count(), 0);
}

#[tokio::test]
async fn errors_repeat_little_of_what_the_client_wrote() {
    let bench = without_default().await;
    let marker = "Q";
    let long = marker.repeat(5000);
    let asks = [
        bench.chat(&long),
        bench.post("/v1/chat/completions", long.clone()),
        bench.post("/v1/chat/completions", format!("{{\"model\":{long}}}")),
        bench.post(&format!("/v1/{long}"), "{}"),
        bench.get(&format!("/v1/models/{long}")),
    ];
    for ask in asks {
        let answer = ask.send().await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        let repeated = answer.error().matches(marker).count();
        assert!(repeated <= 256, "{repeated} bytes are repeated: {}", answer.error());
    }
    let wide = "組".repeat(3000);
    let message = bench.chat(&wide).send().await.error();
    assert!(message.len() <= 512 && !message.contains('\u{fffd}'), "{message}");
}

#[tokio::test]
async fn a_models_name_forges_no_line_and_no_header() {
    let bench = without_default().await;
    let answer = bench.chat("x\r\nx-injected: 1\u{1b}[31m\n").send().await;
    assert_eq!((answer.status, answer.header("x-injected")), (404, ""));
    assert!(!answer.error().contains(|c: char| c.is_control()), "{:?}", answer.error());
}

#[tokio::test]
async fn an_unknown_path_is_a_json_404_that_helps() {
    let bench = two().await;
    for path in ["/", "/v2/chat/completions", "/v1", "/v1/chat", "/v1/files", "/admin/v1/status"] {
        let answer = bench.post(path, r#"{"model":"gpt-4o"}"#).send().await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "unknown_url"),
            "{path}: {}",
            answer.lossy()
        );
        assert!(answer.error().contains("/v1"), "{}", answer.error());
    }
    assert_eq!(bench.backend("a").count(), 0);
}

#[tokio::test]
async fn no_path_climbs_out_of_a_backends_base() {
    let bench = two().await;
    for path in [
        "/v1/audio/../../slots",
        "/v1/audio/%2e%2e/%2e%2e/slots",
        "/v1/audio/..%2f..%2fslots",
        "/v1/images//slots",
        "/v1/chat/completions/../../../slots",
        "http://127.0.0.1:1/slots",
    ] {
        let body = "{\"model\":\"gpt-4o\"}";
        let length = body.len();
        let request = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}");
        let answer = bench.exchange(request).await;
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.status);
    }
    assert_eq!(bench.backend("a").count(), 0);
}

#[tokio::test]
async fn a_wrong_method_is_a_json_405() {
    let bench = two().await;
    for (method, path, allowed) in [
        ("GET", "/v1/chat/completions", "POST"),
        ("DELETE", "/v1/embeddings", "POST"),
        ("PUT", "/openai/deployments/gpt-4o/chat/completions", "POST"),
        ("POST", "/v1/models", "GET"),
        ("DELETE", "/v1/models/gpt-4o", "GET"),
    ] {
        let answer = bench.get(path).method(method).send().await;
        assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"), "{method} {path}");
        assert!(answer.header("allow").contains(allowed), "{method} {path}: {}", answer.header("allow"));
    }
}

#[tokio::test]
async fn callers_show_their_key_in_any_of_three_ways() {
    let yaml = "models:\n  m: {a}\nkeys:\n  alice: sk-of-alice-12345\n  bob: sk-of-bob-1234567\n";
    let bench = Bench::new().backend("a", Fake::answers("hello")).yaml(yaml).start().await;
    for (name, value) in [
        ("authorization", "Bearer sk-of-alice-12345"),
        ("authorization", "bearer sk-of-bob-1234567"),
        ("api-key", "sk-of-bob-1234567"),
        ("x-api-key", "sk-of-alice-12345"),
    ] {
        assert_eq!(bench.chat("m").header(name, value).text().await, "hello", "{name}: {value}");
        let seen = format!("{:?}", bench.backend("a").last().headers);
        assert!(!seen.contains("sk-of-"), "a caller's key reached the backend: {seen}");
    }
    let count = bench.backend("a").count();
    for (name, value) in [
        ("x-other", "sk-of-alice-12345"),
        ("authorization", "Bearer None"),
        ("authorization", "Bearer sk-of-alice-1234"),
        ("authorization", "Bearer sk-of-alice-123456"),
        ("authorization", "sk-of-alice-12345"),
        ("authorization", "Basic sk-of-alice-12345"),
        ("api-key", ""),
    ] {
        let answer = bench.chat("m").header(name, value).send().await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_api_key"), "{name}: {value}");
        assert!(!answer.lossy().contains("sk-of"), "a key is repeated: {}", answer.lossy());
    }
    for path in ["/v1/models", "/v1/models/m", "/model"] {
        assert_eq!(bench.get(path).send().await.status, 401, "{path} is open");
    }
    assert_eq!(bench.get("/healthz").send().await.status, 200);
    assert_eq!(bench.backend("a").count(), count, "a stranger reached the backend");
}

#[tokio::test]
async fn the_admin_port_tells_how_the_router_is() {
    let bench = two().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(bench.admin(path).send().await.status, 200, "{path}");
    }
    let status = bench.admin("/admin/v1/status").send().await;
    assert_eq!((status.status, status.json()["generation"].as_u64()), (200, Some(1)));
    assert_eq!(bench.get("/admin/v1/status").send().await.status, 404, "the data port serves it too");
}

#[tokio::test]
async fn an_open_router_takes_dbgpts_bearer_none() {
    let bench = two().await;
    for value in ["Bearer None", "Bearer EMPTY", "Bearer sk-any", "None"] {
        assert_eq!(bench.chat("gpt-4o").header("authorization", value).text().await, "from a");
        assert_eq!(bench.backend("a").last().header("authorization"), None);
    }
}

#[tokio::test]
async fn a_dotenv_of_dbgpts_serves_alone() {
    let env = "LLM_MODEL=proxyllm\nPROXYLLM_BACKEND=gpt-4o\nPROXY_SERVER_URL={a}/chat/completions\nPROXY_API_KEY=sk-of-the-backend\n";
    let bench = Bench::new().backend("a", Fake::answers("hello")).env(env).start().await;
    for asked in ["gpt-4o", "anything"] {
        assert_eq!(bench.chat(asked).text().await, "hello");
        let received = bench.backend("a").last();
        assert_eq!(received.path, "/v1/chat/completions");
        assert_eq!(received.json()["model"], "gpt-4o");
        assert_eq!(received.header("authorization"), Some("Bearer sk-of-the-backend"));
    }
}

#[tokio::test]
async fn echo_answers_every_operation_that_it_knows() {
    let bench = Bench::new().yaml("models:\n  demo: 'echo://blue?tokens=2'\ndefault: demo\n").start().await;
    assert_eq!(bench.chat("demo").text().await, "blue: hi");
    assert_eq!(bench.chat("demo").stream().await.rest().await, "blue: hi");
    let ask = |path: &str, body: Value| bench.post(path, body.to_string()).send();
    let embeddings = ask("/v1/embeddings", json!({"model": "demo", "input": [[1, 2], [3]]})).await.json();
    assert_eq!(embeddings["data"].as_array().unwrap().len(), 2);
    let tei = ask("/rerank", json!({"query": "q", "texts": ["a", "q"]})).await.json();
    assert_eq!(tei[0]["index"], 1);
    let relevance =
        ask("/v1/beta/relevance", json!({"model": "demo", "query": "q", "documents": ["a", "q"]})).await;
    assert_eq!(relevance.json()["data"], json!([0.0, 1.0]));
    assert_eq!(relevance.header("x-patchbay-attempts"), "1");
}

#[tokio::test]
async fn a_backend_without_a_name_of_its_own_still_shows_no_address() {
    let bench = Bench::new().backend("a", Fake::always(Reply::close()));
    let bench = bench.yaml("models:\n  m: 'http://{a.host}/v1'\n").start().await;
    let answer = bench.chat("m").send().await;
    assert!(!answer.lossy().contains("127.0.0.1"), "{}", answer.lossy());
    assert!(!answer.header("x-patchbay-backend").contains("127.0.0.1"));
    let info = bench.get("/model").send().await.lossy();
    assert!(!info.contains("127.0.0.1"), "{info}");
}
