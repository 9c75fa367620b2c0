//! Who may change anything over the admin port, and in which form.

use reqwest::RequestBuilder;
use serde_json::Value;

use super::{TABLE, generation, green};
use crate::binary::{Home, Served};

fn apply(served: &Served) -> RequestBuilder {
    apply_with(served, "")
}

fn apply_with(served: &Served, query: &str) -> RequestBuilder {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client
        .post(format!("{}/admin/v1/apply{query}", served.admin))
        .header("content-type", "application/yaml")
        .header("if-match", "*")
        .body(green())
}

async fn refused(request: RequestBuilder, status: u16, words: &str) {
    let answer = request.send().await.unwrap();
    let (found, body) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(found, status, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert!(body["error"]["message"].as_str().unwrap().contains(words), "{body}");
}

#[tokio::test]
async fn a_change_states_what_it_is_based_on() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let unconditional = client.post(format!("{}/admin/v1/apply", served.admin)).body(green());
    refused(unconditional.header("content-type", "application/yaml"), 428, "If-Match").await;
    refused(apply_with(&served, "?dry-run=1"), 400, "`dry-run`").await;
    refused(apply_with(&served, "?wait=forever"), 400, "`wait`").await;
    refused(apply_with(&served, "?dry_run=perhaps"), 400, "`dry_run`").await;
    assert_eq!((home.read("routes.yaml").as_str(), generation(&served).await), (TABLE, 1));
    assert_eq!(apply(&served).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_page_of_another_origin_can_change_nothing() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let own = served.admin.clone();
    for origin in ["http://evil.example", "null", "http://localhost:1"] {
        refused(apply(&served).header("origin", origin), 403, "origin").await;
    }
    refused(apply(&served).header("sec-fetch-site", "cross-site"), 403, "origin").await;
    refused(apply(&served).header("host", "evil.example"), 403, "localhost only").await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for form in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
        let form = client
            .post(format!("{}/admin/v1/apply", served.admin))
            .header("content-type", form)
            .header("if-match", "*")
            .body(green());
        refused(form, 415, "application/yaml").await;
    }
    assert_eq!((home.read("routes.yaml").as_str(), generation(&served).await), (TABLE, 1));
    assert_eq!(apply(&served).header("origin", own).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    refused(apply(&served).body(vec![b'#'; 4 * 1024 * 1024 + 1]), 413, "bytes").await;
    refused(apply(&served).body(vec![0xff; 10]), 400, "UTF-8").await;
    assert_eq!(generation(&served).await, 1);
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_user_at_the_other_end_is_known() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let answer = apply(&served).header("x-patchbay-operator", "somebody").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let user = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap().trim().to_owned();
    let by = super::status(&served).await["last_applied"]["by"].clone();
    assert_eq!((&by["who"], &by["how"]), (&format!("{user} (as somebody)").into(), &"apply".into()));
}
