//! Which operation answers which path.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::table::EchoSpec;

use super::completion::{Dialect, complete};
use super::refusal::Refusal;
use super::{EchoBody, chance, embeddings, rerank};

/// Counts the requests of this process; ids and failures come from it.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Answers one request. The path is the operation without its `/v1`: `/chat/completions`.
///
/// A streamed answer's head comes at once and its events are paced; a plain answer takes as long
/// as its tokens would.
pub async fn answer(spec: &EchoSpec, path: &str, method: &Method, body: &Bytes) -> Response<EchoBody> {
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
    match served(spec, path, method, body, number).await {
        Ok(response) => response,
        Err(refusal) => plain(refusal.status(), &refusal.to_json()),
    }
}

async fn served(
    spec: &EchoSpec,
    path: &str,
    method: &Method,
    body: &Bytes,
    number: u64,
) -> Result<Response<EchoBody>, Refusal> {
    let path = path.split('?').next().unwrap_or_default();
    if path == "/models" || path.starts_with("/models/") {
        allow(method, &Method::GET)?;
        return models(spec, path);
    }
    let known =
        ["/chat/completions", "/completions", "/embeddings", "/rerank", "/beta/relevance"].contains(&path);
    if !known {
        return Err(Refusal::NoSuchPath);
    }
    allow(method, &Method::POST)?;
    if chance::strikes(spec.fail, &spec.name, number) {
        return Err(Refusal::Struck { name: spec.name.clone() });
    }
    let ask: Value = serde_json::from_slice(body).map_err(|_| Refusal::NotJson)?;
    let value = match path {
        "/chat/completions" => return complete(spec, &ask, Dialect::Chat, number).await,
        "/completions" => return complete(spec, &ask, Dialect::Text, number).await,
        "/embeddings" => embeddings::embed(spec, &ask)?,
        "/beta/relevance" => rerank::relevance(&ask)?,
        _ => rerank::rerank(spec, &ask, number)?,
    };
    tokio::time::sleep(spec.ttft).await;
    Ok(plain(StatusCode::OK, &value))
}

fn allow(method: &Method, wanted: &Method) -> Result<(), Refusal> {
    if method == wanted { Ok(()) } else { Err(Refusal::WrongMethod) }
}

fn models(spec: &EchoSpec, path: &str) -> Result<Response<EchoBody>, Refusal> {
    let model = json!({"id": spec.name, "object": "model", "created": now(), "owned_by": "echo"});
    match path.strip_prefix("/models/") {
        None => Ok(plain(StatusCode::OK, &json!({"object": "list", "data": [model]}))),
        Some(id) if id == spec.name => Ok(plain(StatusCode::OK, &model)),
        Some(_) => Err(Refusal::NoSuchPath),
    }
}

/// Makes a whole JSON answer.
pub(super) fn plain(status: StatusCode, value: &Value) -> Response<EchoBody> {
    let mut response = Response::new(EchoBody::whole(Bytes::from(value.to_string())));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Returns the time for `created`.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::echo::body::tests::read;

    fn spec(text: &str) -> EchoSpec {
        EchoSpec::parse(text).unwrap()
    }

    async fn post(spec: &EchoSpec, path: &str, body: &str) -> (StatusCode, Value) {
        let response = answer(spec, path, &Method::POST, &Bytes::from(body.to_owned())).await;
        let status = response.status();
        (status, serde_json::from_slice(&read(response.into_body()).await).unwrap())
    }

    #[tokio::test]
    async fn the_list_of_models_names_the_backend() {
        let response = answer(&spec("echo://blue"), "/models", &Method::GET, &Bytes::new()).await;
        let list: Value = serde_json::from_slice(&read(response.into_body()).await).unwrap();
        assert_eq!(list["data"][0]["id"], "blue");
        assert_eq!(
            answer(&spec("echo://blue"), "/models/blue", &Method::GET, &Bytes::new()).await.status(),
            200
        );
        assert_eq!(
            answer(&spec("echo://blue"), "/models/red", &Method::GET, &Bytes::new()).await.status(),
            404
        );
    }

    #[tokio::test]
    async fn refusals_have_the_shape_that_openai_clients_read() {
        let blue = spec("echo://blue");
        for (path, body, status) in [
            ("/chat/completions", "{", 400),
            ("/chat/completions", "{}", 400),
            ("/chat/completions", "[]", 400),
            ("/completions", r#"{"prompt": 1}"#, 400),
            ("/embeddings", r#"{"model":"m"}"#, 400),
            ("/embeddings", r#"{"input":[]}"#, 400),
            ("/rerank", r#"{"query":"q"}"#, 400),
            ("/nothing", "{}", 404),
            ("/models", "{}", 405),
        ] {
            let (got, value) = post(&blue, path, body).await;
            assert_eq!(got.as_u16(), status, "{path} {body}");
            assert!(value["error"]["message"].is_string(), "{path} {body}: {value}");
            assert!(value["error"]["type"].is_string());
        }
    }

    #[tokio::test]
    async fn a_backend_that_always_fails_says_so_with_a_500() {
        let body = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
        let (status, value) = post(&spec("echo://blue?fail=1"), "/chat/completions", body).await;
        assert_eq!(status, 500);
        assert_eq!(value["error"]["type"], "server_error");
        assert!(value["error"]["message"].as_str().unwrap().contains("blue"));
    }
}
