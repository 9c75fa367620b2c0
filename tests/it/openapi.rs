//! The admin API is what its `OpenAPI` document says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bench::Bench;
use crate::binary::Home;
use crate::fake::Fake;

const DOCUMENT: &str = include_str!("../../src/front/admin/openapi.json");
const PORT: &str = include_str!("../../src/front/admin/port.rs");

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

/// Every `METHOD path` that the document describes.
fn described() -> BTreeSet<String> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    paths
        .iter()
        .flat_map(|(path, item)| methods(item).into_iter().map(move |m| format!("{m} {path}")))
        .collect()
}

/// Every `METHOD path` that the router serves, read off its source.
fn served() -> BTreeSet<String> {
    let mut served = BTreeSet::new();
    for line in PORT.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")) {
        let (path, handlers) = line.split_once('"').unwrap();
        for method in ["get", "post"] {
            let begins = [format!(" {method}("), format!(".{method}(")];
            if begins.iter().any(|call| handlers.contains(call.as_str())) {
                served.insert(format!("{method} {path}"));
            }
        }
    }
    assert!(served.len() > 10, "the routes are no longer written as they were: {served:?}");
    served
}

#[test]
fn what_is_served_is_described_and_nothing_else() {
    assert_eq!(served(), described());
    assert_eq!(document()["openapi"], "3.1.0");
}

#[test]
fn the_binary_prints_the_document() {
    let run = Home::new().run(&["openapi"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.trim_end(), DOCUMENT.trim_end());
}

#[tokio::test]
async fn every_answer_is_one_that_is_described() {
    let bench = Bench::new().backend("a", Fake::answers("a")).routes("m -> a").start().await;
    let document = document();
    for operation in described().iter().filter(|operation| !operation.ends_with("/events")) {
        let (method, path) = operation.split_once(' ').unwrap();
        let url = path.replace("{generation}", "1");
        let mut ask = bench.admin(&url).method(&method.to_uppercase());
        if method == "post" {
            ask = ask.header("content-type", "application/json").body("{}");
        }
        let answer = ask.send().await;
        let responses = &document["paths"][path][method]["responses"];
        let response = &responses[answer.status.to_string()];
        assert!(response.is_object(), "{operation} answers {}: {}", answer.status, answer.lossy());
        let kind = answer.header("content-type").split(';').next().unwrap().to_owned();
        assert!(response["content"][&kind].is_object(), "{operation} answers {kind}");
        if method == "post" {
            assert_eq!(answer.status, 428, "{operation} without If-Match: {}", answer.lossy());
        }
    }
}
