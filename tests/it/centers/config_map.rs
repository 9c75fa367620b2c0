//! A table in a Kubernetes `ConfigMap`, by the API.

mod foreign;
pub(crate) mod stub;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use patchbay::config::Vars;
use patchbay::source::center::{CenterAddress, CenterError, WriteError, open};
use serde_json::json;

use super::client::Client;
use super::stub::Manner;
use crate::wait::until;
use stub::ConfigMapStub;

const QUIET: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_key_is_read_as_text_or_as_bytes() {
    let map = ConfigMapStub::start();
    let client = Client::of(&map.url());
    assert_eq!(client.fetch().await, Err(CenterError::Missing));

    map.edit(|object| object["data"] = json!({ "another": "x" }));
    assert_eq!(client.fetch().await, Err(CenterError::Missing));

    map.put("models: {}");
    assert_eq!(client.text().await.0, "models: {}");

    map.edit(|object| {
        object["data"] = json!({});
        object["binaryData"] = json!({ "routes.yaml": STANDARD.encode("models: {b: 1}") });
    });
    assert_eq!(client.text().await.0, "models: {b: 1}");
}

#[tokio::test]
async fn a_change_ends_the_wait_and_bookmarks_do_not() {
    let map = ConfigMapStub::start();
    map.put("1");
    let client = Client::of(&map.url());
    let (_, revision) = client.text().await;

    map.put_other();
    assert!(client.is_quiet(&revision, QUIET).await);

    client.wait_while(&revision, async { map.put("2") }).await.unwrap();
    client.wait(&revision).await.unwrap();
    let (text, revision) = client.text().await;
    assert_eq!(text, "2");

    client.wait_while(&revision, async { map.delete() }).await.unwrap();
}

#[tokio::test]
async fn a_version_that_is_too_old_to_watch_from_is_no_reason_to_read_again_and_again() {
    for is_gone_late in [false, true] {
        let map = ConfigMapStub::start();
        map.state().is_gone_late = is_gone_late;
        map.put("1");
        let client = Client::of(&map.url());
        let (_, revision) = client.text().await;
        map.forget();

        assert!(client.is_quiet(&revision, QUIET).await);
        assert_eq!(map.server.asked().len(), 4, "a read, a watch, a list, a watch");

        client.wait_while(&revision, async { map.put("2") }).await.unwrap();
        map.forget();
        client.wait(&revision).await.unwrap();
    }
}

#[tokio::test]
async fn a_broken_watch_is_a_fault() {
    let map = ConfigMapStub::start();
    map.put("1");
    let client = Client::of(&map.url());
    let (_, revision) = client.text().await;
    let cut = async {
        until("a watch", || map.server.asked().len() == 2).await;
        map.server.cut().await;
    };

    let heard = client.wait_while(&revision, cut).await;

    assert!(matches!(heard, Err(CenterError::Unreachable(_))), "{heard:?}");
}

#[tokio::test]
async fn one_of_two_writers_wins_and_the_other_hears_of_it() {
    let map = ConfigMapStub::start();
    let client = Client::of(&map.url());

    let first = client.replace(None, "1").await.unwrap();
    let taken = client.replace(None, "x").await;
    assert_eq!(taken, Err(WriteError::Conflict { present: Some(first.clone()) }));

    let second = client.replace(Some(&first), "2").await.unwrap();
    let lost = client.replace(Some(&first), "3").await;
    assert_eq!(lost, Err(WriteError::Conflict { present: Some(second) }));
    assert_eq!(map.current().as_deref(), Some("2"));

    map.delete();
    assert_eq!(client.replace(Some(&first), "4").await, Err(WriteError::Conflict { present: None }));
}

#[tokio::test]
async fn a_write_leaves_all_else_in_the_object() {
    let map = ConfigMapStub::start();
    map.edit(|object| {
        object["data"] = json!({ "another": "x" });
        object["binaryData"] = json!({ "routes.yaml": "AA==", "icon": "AQ==" });
    });
    let client = Client::of(&map.url());
    let (_, revision) = client.text().await;

    client.replace(Some(&revision), "1").await.unwrap();

    let object = map.state().object.clone().unwrap();
    assert_eq!(object["data"], json!({ "another": "x", "routes.yaml": "1" }));
    assert_eq!(object["binaryData"], json!({ "icon": "AQ==" }));
    assert_eq!(object["metadata"]["labels"], json!({ "team": "a" }));
}

#[tokio::test]
async fn an_immutable_map_is_told() {
    let map = ConfigMapStub::start();
    map.put("1");
    map.edit(|object| object["immutable"] = true.into());
    let client = Client::of(&map.url());
    let (_, revision) = client.text().await;
    assert_eq!(client.replace(Some(&revision), "2").await, Err(WriteError::ReadOnly("it is immutable")));
}

#[tokio::test]
async fn the_token_is_read_anew_each_time() {
    let map = ConfigMapStub::start();
    map.put("1");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let client = Client::of(&format!("{}&token_file={}", map.url(), file.display()));

    let missing = client.fetch().await.unwrap_err();
    assert!(matches!(missing, CenterError::Unauthorized(_)), "{missing:?}");

    for token in ["first", "second"] {
        std::fs::write(&file, format!("{token}\n")).unwrap();
        map.state().token = Some(token.to_owned());
        client.text().await;
    }
    map.state().token = Some("third".to_owned());
    let refused = client.fetch().await.unwrap_err();
    assert!(matches!(refused, CenterError::Unauthorized(_)), "{refused:?}");
    assert!(!refused.to_string().contains("second"), "{refused}");
}

#[tokio::test]
async fn a_pod_is_told_where_its_api_server_is() {
    let vars: Vars = [("KUBERNETES_SERVICE_HOST", "fd00::1"), ("KUBERNETES_SERVICE_PORT", "6443")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let told = CenterAddress::parse("configmap://a/b/c").unwrap().in_cluster(&vars);
    assert_eq!(told.base(&told.servers[0]), "https://[fd00::1]:6443");
    let told = CenterAddress::parse("configmap://a/b/c").unwrap().in_cluster(&Vars::new());
    assert_eq!(told.base(&told.servers[0]), "https://kubernetes.default.svc:443");
}

#[tokio::test]
async fn an_api_server_that_is_none_is_refused() {
    let address = CenterAddress::parse("configmap://a/b/c?server=ftp://x").unwrap();
    assert!(open(address).unwrap_err().to_string().contains("HOST:PORT"));
}

#[tokio::test]
async fn what_is_no_api_server_is_told_and_never_read_whole() {
    let map = ConfigMapStub::start();
    let client = Client::of(&map.url());
    let cases = [
        (Manner::Text("<html>Please log in</html>".to_owned()), "makes no sense"),
        (Manner::Text("{}".to_owned()), "makes no sense"),
        (Manner::Huge(50 * 1024 * 1024), "more than"),
        (Manner::Status(404, "not here".to_owned()), "is it a Kubernetes API server"),
        (Manner::Status(403, r#"{"kind":"Status","message":"cannot get it"}"#.to_owned()), "cannot get it"),
        (Manner::Status(500, String::new()), "answered with 500"),
        (Manner::Cuts, "can't be reached"),
        (Manner::Mute, "did not answer"),
    ];
    for (manner, words) in cases {
        map.server.behave(manner.clone());
        let fault = client.fetch().await.unwrap_err().to_string();
        assert!(fault.contains(words), "{manner:?}: {fault}");
    }
}
