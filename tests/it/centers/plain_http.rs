//! A table behind a URL.

pub(crate) mod stub;

use std::time::Duration;

use patchbay::config::Format;
use patchbay::source::center::{CenterAddress, CenterError, WriteError, open};

use super::client::Client;
use super::stub::{Manner, Said, StubServer};
use crate::wait::until;
use stub::HttpStub;

const QUIET: Duration = Duration::from_millis(350);

#[tokio::test]
async fn a_document_is_read_with_its_tag() {
    let files = HttpStub::start();
    files.put("models: {}");

    let fetched = Client::of(&files.url()).fetch().await.unwrap();

    assert_eq!(fetched.content, "models: {}");
    assert_eq!(fetched.format, Format::Routes);
    assert_eq!(fetched.revision.text, "\"v1\"");
}

#[tokio::test]
async fn a_change_ends_the_wait_with_tags_and_without() {
    for tags in [Some(""), Some("W/"), None] {
        let files = HttpStub::start();
        files.state().tags = tags;
        files.put("1");
        let client = Client::of(&files.url());
        let (_, revision) = client.text().await;

        assert!(client.is_quiet(&revision, QUIET).await, "{tags:?}");
        client.wait_while(&revision, async { files.put("2") }).await.unwrap();
        client.wait(&revision).await.unwrap();

        let (text, revision) = client.text().await;
        assert_eq!(text, "2");
        client.wait_while(&revision, async { files.delete() }).await.unwrap();
        assert_eq!(client.fetch().await, Err(CenterError::Missing));
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let files = HttpStub::start();
    files.put("1");
    let client = Client::of(&files.url());
    let (_, revision) = client.text().await;

    assert!(client.is_quiet(&revision, QUIET).await);

    let asked = files.server.asked();
    assert!((2..=8).contains(&asked.len()), "{} questions within {QUIET:?}", asked.len());
    assert!(asked[1..].iter().all(|asked| asked.header("if-none-match") == revision.text));
}

#[tokio::test]
async fn a_server_that_holds_the_question_is_not_asked_again_meanwhile() {
    let files = HttpStub::start();
    files.state().holds = true;
    files.put("1");
    let client = Client::of(&files.url().replace("100ms", "1m"));
    let (_, revision) = client.text().await;
    let change = async {
        until("a held question", || files.server.asked().len() == 2).await;
        files.put("2");
    };

    client.wait_while(&revision, change).await.unwrap();

    assert_eq!(files.server.asked().len(), 2);
}

#[tokio::test]
async fn a_server_that_went_away_is_a_fault() {
    let files = HttpStub::start();
    files.put("1");
    let client = Client::of(&files.url());
    let (_, revision) = client.text().await;
    files.server.down().await;
    assert!(matches!(client.wait(&revision).await, Err(CenterError::Unreachable(_))));
    files.server.up();
    assert_eq!(client.text().await.0, "1");
}

#[tokio::test]
async fn one_of_two_writers_wins_and_the_other_hears_of_it() {
    let files = HttpStub::start();
    let client = Client::of(&files.url());

    let first = client.replace(None, "1").await.unwrap();
    let taken = client.replace(None, "x").await;
    assert_eq!(taken, Err(WriteError::Conflict { present: Some(first.clone()) }));

    let second = client.replace(Some(&first), "2").await.unwrap();
    let lost = client.replace(Some(&first), "3").await;
    assert_eq!(lost, Err(WriteError::Conflict { present: Some(second.clone()) }));

    files.state().interferes = Some("theirs");
    let raced = client.replace(Some(&second), "4").await;
    assert!(matches!(raced, Err(WriteError::Conflict { present: Some(_) })), "{raced:?}");
    assert_eq!(files.current().as_deref(), Some("theirs"));

    files.delete();
    assert_eq!(client.replace(Some(&first), "5").await, Err(WriteError::Conflict { present: None }));
}

#[tokio::test]
async fn what_cannot_be_written_safely_is_not_written() {
    for (tags, takes_put) in [(None, true), (Some("W/"), true), (Some(""), false)] {
        let files = HttpStub::start();
        files.put("1");
        files.state().tags = tags;
        files.state().takes_put = takes_put;
        let client = Client::of(&files.url());
        let (_, revision) = client.text().await;

        let refused = client.replace(Some(&revision), "2").await;

        assert!(matches!(refused, Err(WriteError::ReadOnly(_))), "{refused:?}");
        assert_eq!(files.current().as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn the_user_info_is_a_basic_login_and_never_told() {
    let files = HttpStub::start();
    files.put("1");
    files.state().login = Some("reader:p@ss");
    Client::of(&files.url().replace("://", "://reader:p%40ss@")).text().await;

    for login in ["", "reader:wr0ng@"] {
        let refused = Client::of(&files.url().replace("://", &format!("://{login}"))).fetch().await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, CenterError::Unauthorized(_)), "{refused:?}");
        assert!(!refused.to_string().contains("wr0ng"), "{refused}");
    }
}

#[tokio::test]
async fn a_url_is_asked_for_as_it_is_written() {
    let server = StubServer::start(|_asked| async { Said::text(200, "A=1") });
    let url = format!("http://{}/a%2Fb/t.env?sig=x%2By&every=1s&v=2", server.authority());

    let fetched = Client::of(&url).fetch().await.unwrap();

    assert_eq!(fetched.format, Format::Dotenv);
    let asked = &server.asked()[0];
    assert_eq!(asked.target, "/a%2Fb/t.env?sig=x%2By&v=2");
    let shown = CenterAddress::parse(&url).unwrap().to_string();
    assert!(!shown.contains("sig"), "{shown}");
}

#[tokio::test]
async fn a_pause_that_is_none_is_refused() {
    for every in ["often", "5", "-1s"] {
        let address = CenterAddress::parse(&format!("http://localhost/x?every={every}")).unwrap();
        let refused = open(address).unwrap_err().to_string();
        assert!(refused.contains("write `5s`"), "{refused}");
    }
}

#[tokio::test]
async fn what_is_no_document_is_told_and_never_read_whole() {
    let files = HttpStub::start();
    let client = Client::of(&files.url());
    let cases = [
        (Manner::Text("\n<!DOCTYPE html><title>Log in".to_owned()), "HTML"),
        (Manner::Huge(50 * 1024 * 1024), "more than"),
        (Manner::Status(302, String::new()), "redirects are not followed"),
        (Manner::Status(410, String::new()), "no such document"),
        (Manner::Status(429, "slow down".to_owned()), "slow down"),
        (Manner::Status(503, "<html>busy</html>".to_owned()), "answered with 503 Service Unavailable"),
        (Manner::Cuts, "can't be reached"),
        (Manner::Mute, "did not answer"),
    ];
    for (manner, words) in cases {
        files.server.behave(manner.clone());
        let fault = client.fetch().await.unwrap_err().to_string();
        assert!(fault.contains(words), "{manner:?}: {fault}");
    }
}
