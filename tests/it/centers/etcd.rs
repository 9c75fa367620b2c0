//! A table in etcd.

mod leases;
pub(crate) mod stub;

use std::time::Duration;

use patchbay::config::Format;
use patchbay::source::center::{CenterError, Revision, WriteError};

use super::client::Client;
use super::stub::Manner;
use crate::wait::until;
use stub::EtcdStub;

const QUIET: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_key_is_read_with_its_own_revision() {
    let etcd = EtcdStub::start();
    etcd.put("models: {}");
    etcd.put_other();

    let fetched = Client::of(&etcd.url()).fetch().await.unwrap();

    assert_eq!(fetched.content, "models: {}");
    assert_eq!(fetched.format, Format::Routes);
    assert_eq!(fetched.revision, Revision::number(2));
}

#[tokio::test]
async fn a_key_that_is_not_there_is_missing() {
    let etcd = EtcdStub::start();
    assert_eq!(Client::of(&etcd.url()).fetch().await, Err(CenterError::Missing));
}

#[tokio::test]
async fn a_change_ends_the_wait_and_other_keys_do_not() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    let client = Client::of(&etcd.url());
    let (_, revision) = client.text().await;

    etcd.put_other();
    assert!(client.is_quiet(&revision, QUIET).await);

    client.wait_while(&revision, async { etcd.put("2") }).await.unwrap();
    let (text, revision) = client.text().await;
    assert_eq!(text, "2");

    client.wait_while(&revision, async { etcd.delete() }).await.unwrap();
    assert_eq!(client.fetch().await, Err(CenterError::Missing));
}

#[tokio::test]
async fn a_change_between_read_and_wait_is_not_lost() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    let client = Client::of(&etcd.url());
    let (_, revision) = client.text().await;

    etcd.put("2");
    etcd.put_other();

    client.wait(&revision).await.unwrap();
}

#[tokio::test]
async fn a_compacted_past_is_no_reason_to_read_again_and_again() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    let client = Client::of(&etcd.url());
    let (_, revision) = client.text().await;
    for _ in 0..5 {
        etcd.put_other();
    }
    etcd.compact();

    assert!(client.is_quiet(&revision, QUIET).await);
    assert_eq!(etcd.server.count("/v3/watch"), 2);

    client.wait_while(&revision, async { etcd.put("2") }).await.unwrap();
    etcd.compact();
    client.wait(&revision).await.unwrap();
}

#[tokio::test]
async fn a_store_that_was_made_anew_is_noticed() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    let client = Client::of(&etcd.url());
    client.wait(&Revision::number(40)).await.unwrap();
}

#[tokio::test]
async fn a_broken_watch_is_a_fault() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    let client = Client::of(&etcd.url());
    let (_, revision) = client.text().await;
    let cut = async {
        until("a watch", || etcd.server.count("/v3/watch") == 1).await;
        etcd.server.cut().await;
    };

    let heard = client.wait_while(&revision, cut).await;

    assert!(matches!(heard, Err(CenterError::Unreachable(_))), "{heard:?}");
}

#[tokio::test]
async fn one_of_two_writers_wins_and_the_other_hears_of_it() {
    let etcd = EtcdStub::start();
    let client = Client::of(&etcd.url());

    let first = client.replace(None, "1").await.unwrap();
    assert_eq!(client.text().await, ("1".to_owned(), first.clone()));
    let taken = client.replace(None, "x").await;
    assert_eq!(taken, Err(WriteError::Conflict { present: Some(first.clone()) }));

    let second = client.replace(Some(&first), "2").await.unwrap();
    let lost = client.replace(Some(&first), "3").await;
    assert_eq!(lost, Err(WriteError::Conflict { present: Some(second) }));
    assert_eq!(etcd.current().as_deref(), Some("2"));

    etcd.delete();
    let gone = client.replace(Some(&first), "4").await;
    assert_eq!(gone, Err(WriteError::Conflict { present: None }));
}

#[tokio::test]
async fn a_login_is_renewed_when_its_token_is_no_longer_taken() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    etcd.state().login = Some(("root", "s3cret/:@"));
    let url = etcd.url().replace("://", "://root:s3cret%2F%3A%40@");
    let client = Client::of(&url);

    let (_, revision) = client.text().await;
    etcd.state().tokens.clear();
    client.text().await;
    assert_eq!(etcd.state().logins, 2);

    etcd.state().tokens.clear();
    assert!(client.wait(&revision).await.is_err());
    client.wait_while(&revision, async { etcd.put("2") }).await.unwrap();
    assert_eq!(etcd.state().logins, 3);
}

#[tokio::test]
async fn a_wrong_login_is_told_without_it() {
    let etcd = EtcdStub::start();
    etcd.state().login = Some(("root", "right"));

    for url in [etcd.url().replace("://", "://root:wr0ng@"), etcd.url()] {
        let refused = Client::of(&url).fetch().await.unwrap_err();
        assert!(matches!(refused, CenterError::Unauthorized(_)), "{refused:?}");
        assert!(!refused.to_string().contains("wr0ng"), "{refused}");
    }
}

#[tokio::test]
async fn a_login_where_none_is_wanted_is_no_fault() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    Client::of(&etcd.url().replace("://", "://root:x@")).text().await;
}

#[tokio::test]
async fn older_versions_have_another_prefix() {
    for prefix in ["/v3beta", "/v3alpha"] {
        let etcd = EtcdStub::start();
        etcd.state().prefix = prefix;
        etcd.put("1");
        let client = Client::of(&etcd.url());
        let (_, revision) = client.text().await;
        client.wait_while(&revision, async { etcd.put("2") }).await.unwrap();
    }
}

#[tokio::test]
async fn the_next_server_answers_when_one_does_not() {
    let (gone, etcd) = (EtcdStub::start(), EtcdStub::start());
    etcd.put("1");
    let both = format!("etcd://{},{}/{}", gone.server.authority(), etcd.server.authority(), stub::KEY);
    let client = Client::of(&both);

    for manner in [Manner::Status(503, "no leader".to_owned()), Manner::Cuts, Manner::Mute] {
        gone.server.behave(manner);
        client.text().await;
    }
    gone.server.down().await;
    let (_, revision) = client.text().await;
    client.wait_while(&revision, async { etcd.put("2") }).await.unwrap();
}

#[tokio::test]
async fn a_slow_center_is_waited_for() {
    let etcd = EtcdStub::start();
    etcd.put("1");
    etcd.server.behave(Manner::Slow(Duration::from_millis(300)));
    Client::of(&etcd.url()).text().await;
}

#[tokio::test]
async fn what_is_no_etcd_is_told_and_never_read_whole() {
    let etcd = EtcdStub::start();
    let client = Client::of(&etcd.url());
    let cases = [
        (Manner::Text("<html>Please log in</html>".to_owned()), "makes no sense"),
        (Manner::Text("{}".to_owned()), "makes no sense"),
        (Manner::Text(r#"{"header":{},"kvs":[{"value":"%"}]}"#.to_owned()), "no base64"),
        (Manner::Huge(50 * 1024 * 1024), "more than"),
        (Manner::Status(404, "not here".to_owned()), "gateway"),
        (Manner::Status(503, "etcdserver: no leader".to_owned()), "no leader"),
        (Manner::Cuts, "can't be reached"),
        (Manner::Mute, "did not answer"),
    ];
    for (manner, words) in cases {
        etcd.server.behave(manner.clone());
        let fault = client.fetch().await.unwrap_err().to_string();
        assert!(fault.contains(words), "{manner:?}: {fault}");
        let waited = client.wait(&Revision::number(2)).await;
        assert!(waited.is_err(), "{manner:?}: {waited:?}");
    }
}
