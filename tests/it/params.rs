//! `params` change the fields that they name, and no other byte of a request.

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply};

const TABLE: &str = "\
backends:
  plain: {plain}
  dialect:
    url: {dialect}
    model: org/Other
    params: {rename: {max_tokens: max_completion_tokens}, drop: [logit_bias]}
models:
  plain: plain
  dialect: {to: dialect, params: {default: {max_tokens: 512}, set: {temperature: 0, seed: 7.50}}}
";

async fn running() -> RunningBench {
    let bench =
        Bench::new().backend("plain", Fake::answers("hello")).backend("dialect", Fake::answers("hello"));
    bench.yaml(TABLE).start().await
}

#[tokio::test]
async fn a_request_gets_what_the_model_and_then_the_backend_say() {
    let bench = running().await;
    let body = " {\"messages\" : [ {\"role\":\"user\", \"content\":\"\\u00e9\"} ],\r\n\t\"logit_bias\": {\"1\": 2},\
        \"temperature\" :1.0 , \"seed\":null,\"model\":\"dialect\",\"n\" : 1E0}\n";
    assert_eq!(bench.post("/v1/chat/completions", body).send().await.status, 200);
    let expected = " {\"messages\" : [ {\"role\":\"user\", \"content\":\"\\u00e9\"} ],\
        \"temperature\" :0 , \"seed\":7.5,\"model\":\"org/Other\",\"n\" : 1E0,\"max_completion_tokens\":512}\n";
    let last = bench.backend("dialect").last();
    assert_eq!(last.text(), expected);
    assert_eq!(last.header("content-length"), Some(expected.len().to_string().as_str()));
}

#[tokio::test]
async fn a_model_without_params_passes_as_it_is() {
    let bench = running().await;
    let body = r#"{"model":"plain","max_tokens":9,"logit_bias":{},"temperature":1.0}"#;
    assert_eq!(bench.post("/v1/chat/completions", body).send().await.status, 200);
    assert_eq!(bench.backend("plain").last().text(), body);
}

#[tokio::test]
async fn a_form_passes_as_it_is_but_for_the_model() {
    let bench = running().await;
    let body = "--x\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\ndialect\r\n--x\r\n\
        content-disposition: form-data; name=\"max_tokens\"\r\n\r\n9\r\n--x--\r\n";
    let ask = bench.get("/v1/audio/transcriptions").method("POST").body(body);
    let answer = ask.header("content-type", "multipart/form-data; boundary=x").send().await;
    assert_eq!(answer.status, 200, "{}", answer.lossy());
    let expected = body.replace("\r\ndialect\r\n", "\r\norg/Other\r\n");
    assert_eq!(bench.backend("dialect").last().text(), expected);
}

#[tokio::test]
async fn each_try_gets_what_its_own_backend_knows() {
    let yaml = "\
backends:
  house: {url: {house}, params: {set: {seed: 1}}}
  cloud: {url: {cloud}, params: {rename: {max_tokens: max_completion_tokens}}}
models:
  m: {to: house, fallback: cloud, params: {default: {max_tokens: 5}}}
";
    let bench = Bench::new()
        .backend("house", Fake::always(Reply::error(503, "busy")))
        .backend("cloud", Fake::answers("hello"));
    let bench = bench.yaml(yaml).start().await;
    assert_eq!(bench.post("/v1/chat/completions", r#"{"model":"m"}"#).send().await.status, 200);
    assert_eq!(bench.backend("house").last().text(), r#"{"model":"m","max_tokens":5,"seed":1}"#);
    assert_eq!(bench.backend("cloud").last().text(), r#"{"model":"m","max_completion_tokens":5}"#);
}
