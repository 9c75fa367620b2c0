//! A table in Consul.

mod sessions;
pub(crate) mod stub;

use std::time::Duration;

use patchbay::source::center::{CenterError, Revision, WriteError};

use super::client::Client;
use super::stub::Manner;
use crate::wait::until;
use stub::ConsulStub;

const QUIET: Duration = Duration::from_millis(250);

#[tokio::test]
async fn a_key_is_read_with_its_own_index() {
    let consul = ConsulStub::start();
    consul.put("models: {}");
    consul.put_other();

    let fetched = Client::of(&consul.url()).fetch().await.unwrap();

    assert_eq!(fetched.content, "models: {}");
    assert_eq!(fetched.revision, Revision::number(11));
}

#[tokio::test]
async fn a_key_that_is_not_there_is_missing_and_an_emptied_one_is_empty() {
    let consul = ConsulStub::start();
    let client = Client::of(&consul.url());
    assert_eq!(client.fetch().await, Err(CenterError::Missing));
    consul.put("");
    assert_eq!(client.text().await.0, "");
}

#[tokio::test]
async fn a_change_ends_the_wait() {
    let consul = ConsulStub::start();
    consul.put("1");
    let client = Client::of(&consul.url());
    let (_, revision) = client.text().await;

    client.wait_while(&revision, async { consul.put("2") }).await.unwrap();
    client.wait(&revision).await.unwrap();

    let (text, revision) = client.text().await;
    assert_eq!(text, "2");
    client.wait_while(&revision, async { consul.delete() }).await.unwrap();
}

#[tokio::test]
async fn an_answer_is_no_proof_of_a_change() {
    let consul = ConsulStub::start();
    consul.put("1");
    consul.state().blocks = false;
    let client = Client::of(&consul.url());
    let (_, revision) = client.text().await;

    assert!(client.is_quiet(&revision, QUIET).await);

    let asked = consul.server.count("/v1/kv");
    assert!(asked <= 5, "{asked} queries within {QUIET:?}");
}

#[tokio::test]
async fn an_index_that_ran_backwards_is_a_hint() {
    let consul = ConsulStub::start();
    consul.put("1");
    consul.state().blocks = false;
    Client::of(&consul.url()).wait(&Revision::number(4000)).await.unwrap();
}

#[tokio::test]
async fn a_restored_store_is_noticed_at_once() {
    let consul = ConsulStub::start();
    for text in ["1", "2", "3"] {
        consul.put(text);
    }
    let client = Client::of(&consul.url());
    let (_, revision) = client.text().await;
    let restore = async {
        until("a query that is held", || consul.server.count("/v1/kv") == 2).await;
        consul.restore("1");
    };
    client.wait_while(&revision, restore).await.unwrap();
    assert_eq!(client.text().await, ("1".to_owned(), Revision::number(12)));
}

#[tokio::test]
async fn a_broken_query_is_a_fault() {
    let consul = ConsulStub::start();
    consul.put("1");
    let client = Client::of(&consul.url());
    let (_, revision) = client.text().await;
    let cut = async {
        until("a query", || consul.server.count("/v1/kv") == 2).await;
        consul.server.down().await;
    };

    let heard = client.wait_while(&revision, cut).await;

    assert!(matches!(heard, Err(CenterError::Unreachable(_))), "{heard:?}");
}

#[tokio::test]
async fn one_of_two_writers_wins_and_the_other_hears_of_it() {
    let consul = ConsulStub::start();
    let client = Client::of(&consul.url());

    let first = client.replace(None, "1").await.unwrap();
    let taken = client.replace(None, "x").await;
    assert_eq!(taken, Err(WriteError::Conflict { present: Some(first.clone()) }));

    let second = client.replace(Some(&first), "2").await.unwrap();
    let lost = client.replace(Some(&first), "3").await;
    assert_eq!(lost, Err(WriteError::Conflict { present: Some(second) }));
    assert_eq!(consul.current().as_deref(), Some("2"));

    consul.delete();
    let gone = client.replace(Some(&first), "4").await;
    assert_eq!(gone, Err(WriteError::Conflict { present: None }));
}

#[tokio::test]
async fn a_text_that_is_too_large_is_refused_in_the_words_of_consul() {
    let consul = ConsulStub::start();
    let client = Client::of(&consul.url());
    let refused = client.replace(None, &"x".repeat(512 * 1024 + 1)).await.unwrap_err().to_string();
    assert!(refused.contains("413") && refused.contains("524288"), "{refused}");
}

#[tokio::test]
async fn the_token_is_a_parameter_or_the_password_and_is_never_told() {
    let consul = ConsulStub::start();
    consul.put("1");
    consul.state().token = Some("t0ken");

    Client::of(&format!("{}?token=t0ken&dc=dc1", consul.url())).text().await;
    Client::of(&consul.url().replace("://", "://:t0ken@")).text().await;

    for url in [consul.url(), format!("{}?token=wr0ng", consul.url())] {
        let refused = Client::of(&url).fetch().await.unwrap_err();
        assert!(matches!(refused, CenterError::Unauthorized(_)), "{refused:?}");
        assert!(!refused.to_string().contains("wr0ng"));
    }
    consul.server.behave(Manner::Status(403, "no policy for wr0ng".to_owned()));
    let echoed = Client::of(&format!("{}?token=wr0ng", consul.url())).fetch().await.unwrap_err();
    assert!(!echoed.to_string().contains("wr0ng"), "{echoed}");
}

#[tokio::test]
async fn a_data_center_that_is_not_there_is_told() {
    let consul = ConsulStub::start();
    let refused = Client::of(&format!("{}?dc=mars", consul.url())).fetch().await.unwrap_err().to_string();
    assert!(refused.contains("No path to datacenter"), "{refused}");
}

#[tokio::test]
async fn the_next_server_answers_when_one_does_not() {
    let (gone, consul) = (ConsulStub::start(), ConsulStub::start());
    consul.put("1");
    let both = format!("consul://{},{}/{}", gone.server.authority(), consul.server.authority(), stub::KEY);
    for manner in [Manner::Status(500, "No cluster leader".to_owned()), Manner::Cuts] {
        gone.server.behave(manner);
        Client::of(&both).text().await;
    }
}

#[tokio::test]
async fn what_is_no_consul_is_told_and_never_read_whole() {
    let consul = ConsulStub::start();
    let client = Client::of(&consul.url());
    let cases = [
        (Manner::Text("<html>Please log in</html>".to_owned()), "makes no sense"),
        (Manner::Text("{}".to_owned()), "makes no sense"),
        (Manner::Text(r#"[{"ModifyIndex":3,"Value":"%"}]"#.to_owned()), "no base64"),
        (Manner::Huge(50 * 1024 * 1024), "more than"),
        (Manner::Status(404, "not here".to_owned()), "is it Consul"),
        (Manner::Status(500, "No cluster leader".to_owned()), "No cluster leader"),
        (Manner::Cuts, "can't be reached"),
        (Manner::Mute, "did not answer"),
    ];
    for (manner, words) in cases {
        consul.server.behave(manner.clone());
        let fault = client.fetch().await.unwrap_err().to_string();
        assert!(fault.contains(words), "{manner:?}: {fault}");
    }
}
