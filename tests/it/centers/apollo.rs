//! Apollo: notifications, releases, signatures, and writing through the portal.

pub(crate) mod stub;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use patchbay::config::Format;
use patchbay::source::center::{CenterError, Revision, WriteError};

use self::stub::ApolloStub;
use super::client::Client;
use super::conformance::CenterStub;
use super::foreign::Foreign;
use super::stub::Manner;
use crate::wait::until;

const A: &str = "models: {}\n";
const B: &str = "models: { b: {} } # zwei\n";

#[tokio::test]
async fn a_namespace_of_yaml_is_read_whole() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    let fetched = Client::of(&stub.plain_url()).fetch().await.unwrap();
    assert_eq!((fetched.content.as_ref(), fetched.format), (A.as_bytes(), Format::Routes));
    assert_eq!(fetched.revision, Revision::opaque(stub.key()));
}

#[tokio::test]
async fn a_namespace_of_properties_is_read_as_variables() {
    let stub = ApolloStub::with("application", None);
    stub.put_properties(&[("PROXY_API_KEY", "a b#c"), ("LLM_MODEL", "qwen")]);
    let fetched = Client::of(&stub.plain_url()).fetch().await.unwrap();
    assert_eq!(fetched.format, Format::Dotenv);
    assert_eq!(fetched.content, "LLM_MODEL=qwen\nPROXY_API_KEY=\"a b#c\"\n");
    let written = Client::of(&stub.url()).replace(Some(&fetched.revision), "A=1").await;
    assert!(matches!(written, Err(WriteError::ReadOnly(_))));
}

#[tokio::test]
async fn a_release_wakes_the_wait_and_none_gets_lost_before_it() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    let client = Client::of(&stub.plain_url());
    let (_, first) = client.text().await;
    stub.put_text(B);
    client.wait(&first).await.unwrap();
    let (text, second) = client.text().await;
    assert_eq!(text, B);
    stub.put_text(A);
    client.wait(&second).await.unwrap();
    let (_, third) = client.text().await;
    let asked = stub.server.count("/notifications/v2");
    let release = async {
        until("the question", || stub.server.count("/notifications/v2") > asked).await;
        stub.put_text(B);
    };
    client.wait_while(&third, release).await.unwrap();
    assert_eq!(client.text().await.0, B);
    let (_, fourth) = client.text().await;
    assert!(client.is_quiet(&fourth, Duration::from_millis(200)).await);
    let last = stub.server.asked().into_iter().rfind(|asked| asked.path.starts_with("/configs/")).unwrap();
    assert!(last.query.contains_key("messages"), "the release is asked for by what was told of it");
}

#[tokio::test]
async fn a_release_that_can_not_be_read_yet_is_looked_for() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    let client = Client::of(&stub.plain_url());
    let (_, first) = client.text().await;
    client.wait(&first).await.unwrap();
    stub.lag().await;
    stub.put_text(B);
    let began = Instant::now();
    let mut text = String::new();
    while text != B {
        client.wait(&first).await.unwrap();
        text = client.text().await.0;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn questions_that_nobody_holds_are_asked_once_a_second() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    let client = Client::of(&stub.plain_url());
    let (_, first) = client.text().await;
    for _ in 0..6 {
        client.wait(&first).await.unwrap();
    }
    *stub.state.hold.lock().unwrap() = Duration::ZERO;
    let began = Instant::now();
    client.wait(&first).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(900));
}

#[tokio::test]
async fn requests_are_signed_where_the_app_has_a_key() {
    let stub = ApolloStub::with("routes.yaml", Some("df23df3f59884980844ff3dada30fa97"));
    stub.put_text(A);
    let client = Client::of(&stub.url());
    let (text, first) = client.text().await;
    assert_eq!(text, A);
    client.wait(&first).await.unwrap();
    stub.put_text(B);
    client.wait(&first).await.unwrap();
    assert_eq!(client.text().await.0, B);
    for url in [stub.plain_url(), format!("{}?secret=hunter2", stub.plain_url())] {
        let error = Client::of(&url).fetch().await.unwrap_err();
        assert!(matches!(error, CenterError::Unauthorized(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn the_next_server_answers_when_one_does_not() {
    let (gone, stub) = (ApolloStub::start(), ApolloStub::start());
    stub.put_text(A);
    let both = stub.plain_url().replace("://", &format!("://{},", gone.server.authority()));
    for manner in [Manner::Status(500, "no database".to_owned()), Manner::Cuts, Manner::Mute] {
        gone.server.behave(manner);
        assert_eq!(Client::of(&both).text().await.0, A);
    }
}

#[tokio::test]
async fn what_is_no_document_is_a_fault_of_its_own_kind() {
    let stub = ApolloStub::start();
    let client = Client::of(&stub.plain_url());
    assert_eq!(client.fetch().await.unwrap_err(), CenterError::Missing);
    stub.put_text(A);
    let (_, first) = client.text().await;
    stub.server.behave(Manner::Huge(50_000_000));
    assert!(matches!(client.fetch().await, Err(CenterError::TooLarge(_))));
    stub.server.behave(Manner::Status(503, "starting".to_owned()));
    assert!(matches!(client.fetch().await, Err(CenterError::Refused(_))));
    for garbage in ["<html>welcome</html>", "null", "{}", r#"{"releaseKey":"x","configurations":null}"#] {
        stub.server.behave(Manner::Text(garbage.to_owned()));
        assert!(matches!(client.fetch().await, Err(CenterError::Nonsense(_))), "{garbage}");
        assert!(matches!(client.wait(&first).await, Err(CenterError::Nonsense(_))), "{garbage}");
    }
    stub.server.behave(Manner::Cuts);
    assert!(matches!(client.fetch().await, Err(CenterError::Unreachable(_))));
    stub.server.behave(Manner::Well);
    assert_eq!(client.text().await.0, A);
}

#[tokio::test]
async fn numbers_that_begin_anew_do_not_deafen() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    stub.put_text(B);
    let client = Client::of(&stub.plain_url());
    let (_, first) = client.text().await;
    // What it was told of is looked for a few times before it asks again.
    for _ in 0..6 {
        client.wait(&first).await.unwrap();
    }
    let asked = stub.server.count("/notifications/v2");
    let gone = async {
        until("the question", || stub.server.count("/notifications/v2") > asked).await;
        stub.server.down().await;
        stub.lose_numbers();
        stub.server.up();
    };
    let waited = client.wait_while(&first, gone).await;
    assert!(matches!(waited, Err(CenterError::Unreachable(_))), "{waited:?}");
    stub.put_text(A);
    client.wait(&first).await.unwrap();
    assert_eq!(client.text().await.0, A);
}

#[tokio::test]
async fn a_write_edits_releases_and_reads_back() {
    let stub = ApolloStub::start();
    let client = Client::of(&stub.url());
    let first = client.replace(None, A).await.unwrap();
    assert_eq!(client.text().await, (A.to_owned(), first.clone()));
    stub.lag().await;
    let second = client.replace(Some(&first), B).await.unwrap();
    assert_eq!(client.text().await, (B.to_owned(), second.clone()));
    let lost = WriteError::Conflict { present: Some(second.clone()) };
    assert_eq!(client.replace(Some(&first), A).await.unwrap_err(), lost);
    assert_eq!(client.replace(None, A).await.unwrap_err(), lost);
    assert_eq!(stub.text().as_deref(), Some(B));
    *stub.state.rival.lock().unwrap() = Some("rival".to_owned());
    let written = client.replace(Some(&second), A).await;
    assert_eq!(written.unwrap_err(), WriteError::Replaced { present: Some(Revision::opaque(stub.key())) });
    assert_eq!(stub.state.lag.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_edit_that_nobody_released_is_not_released_with_ours() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    let client = Client::of(&stub.url());
    let (_, first) = client.text().await;
    *stub.state.draft.lock().unwrap() = Some("half done".to_owned());
    let error = client.replace(Some(&first), B).await.unwrap_err();
    assert!(error.to_string().contains("nobody has released"), "{error}");
    assert_eq!(stub.text().as_deref(), Some(A));
    assert_eq!(stub.state.draft.lock().unwrap().as_deref(), Some("half done"));
}

#[tokio::test]
async fn a_write_that_could_edit_and_not_release_can_be_tried_again() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    let client = Client::of(&stub.url());
    let (_, first) = client.text().await;
    stub.state.may_only_edit.store(true, Ordering::SeqCst);
    let error = client.replace(Some(&first), B).await.unwrap_err();
    insta::assert_snapshot!(error, @"refused the login: 403 Forbidden: Access is denied, says the portal; its `token` must be allowed to edit and release this namespace");
    assert_eq!(stub.text().as_deref(), Some(A));
    stub.state.may_only_edit.store(false, Ordering::SeqCst);
    client.replace(Some(&first), B).await.unwrap();
    assert_eq!(stub.text().as_deref(), Some(B));
}

#[tokio::test]
async fn a_write_without_the_portal_or_its_trust_says_so() {
    let stub = ApolloStub::start();
    stub.put_text(A);
    let plain = Client::of(&stub.plain_url());
    let (_, first) = plain.text().await;
    assert!(matches!(plain.replace(Some(&first), B).await, Err(WriteError::ReadOnly(_))));
    let wrong = stub.url().replace("token=", "token=hunter2");
    let error = Client::of(&wrong).replace(Some(&first), B).await.unwrap_err();
    assert!(matches!(error, WriteError::Center(CenterError::Unauthorized(_))), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let stranger = stub.url().replace("user=apollo", "user=nobody");
    let error = Client::of(&stranger).replace(Some(&first), B).await.unwrap_err();
    insta::assert_snapshot!(error, @"answered with 400 Bad Request: user(dataChangeLastModifiedBy) not exists, says the portal");
}

#[tokio::test]
async fn a_foreign_client_and_ours_understand_the_same_stub() {
    let secret = "df23df3f59884980844ff3dada30fa97";
    let stub = ApolloStub::with("routes.yaml", Some(secret));
    stub.put_text(A);
    let url = format!("http://{}", stub.server.authority());
    let args = [&url, stub::APP, stub::CLUSTER, "routes.yaml", secret];
    let Some(mut theirs) = Foreign::start("PATCHBAY_APOLLO_PYTHON", "apollo_client.py", &args) else {
        return;
    };
    assert_eq!(theirs.says("got").await, A);
    let ours = Client::of(&stub.url());
    let (_, first) = ours.text().await;
    let second = ours.replace(Some(&first), B).await.unwrap();
    assert_eq!(theirs.says("heard").await, B);
    assert_eq!(ours.text().await, (B.to_owned(), second));
}
