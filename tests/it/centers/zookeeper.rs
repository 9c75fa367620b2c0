//! `ZooKeeper`: what the checks for all centers don't ask.

use std::time::{Duration, Instant};

use bytes::Bytes;
use patchbay::source::center::{Center, CenterAddress, CenterError, Revision, WriteError, open};

use super::conformance::CenterStub;
use super::tcp_stub::Manner;
use super::zookeeper_stub::{KEPT, ZookeeperStub};
use crate::wait::{until, within};

const EXISTS: i32 = 3;
const PING: i32 = 11;

fn center(url: &str) -> Box<dyn Center> {
    open(CenterAddress::parse(url).unwrap()).unwrap()
}

async fn revision(center: &dyn Center) -> Revision {
    within("a fetch", center.fetch()).await.unwrap().revision
}

#[tokio::test]
async fn a_change_between_the_read_and_the_wait_is_not_missed() {
    let stub = ZookeeperStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    stub.put("a: 2").await;
    within("the wait", center.wait(&first)).await.unwrap();
    let second = revision(&*center).await;
    stub.delete().await;
    within("the wait", center.wait(&second)).await.unwrap();
    assert_eq!(center.fetch().await.unwrap_err(), CenterError::Missing);
}

#[tokio::test]
async fn a_waiting_session_is_kept_alive() {
    let stub = ZookeeperStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    let began = Instant::now();
    let waiting = async {
        tokio::join!(center.wait(&first), async {
            until("pings for twice a session's length", || began.elapsed() > KEPT * 2).await;
            stub.put("a: 2").await;
        })
        .0
    };
    within("the wait", waiting).await.unwrap();
    assert!(stub.count(PING) >= 4, "{} pings", stub.count(PING));
    assert_eq!(stub.sessions(), 1);
}

#[tokio::test]
async fn an_expired_session_is_followed_by_another() {
    let stub = ZookeeperStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    stub.expire_logins().await;
    assert_eq!(revision(&*center).await, first);
    let waiting = async {
        tokio::join!(center.wait(&first), async {
            until("the watch", || stub.count(EXISTS) == 1).await;
            stub.expire_logins().await;
        })
        .0
    };
    within("the wait", waiting).await.unwrap_err();
    let again = async {
        tokio::join!(center.wait(&first), async {
            until("the second watch", || stub.count(EXISTS) == 2).await;
            stub.put("a: 2").await;
        })
        .0
    };
    within("the second wait", again).await.unwrap();
}

#[tokio::test]
async fn a_wait_that_is_dropped_leaves_nothing_behind() {
    let stub = ZookeeperStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    for micros in (0..3000).step_by(60) {
        let given_up = tokio::time::timeout(Duration::from_micros(micros), center.wait(&first)).await;
        assert!(given_up.is_err(), "nothing had changed: {given_up:?}");
        let given_up = tokio::time::timeout(Duration::from_micros(micros), center.fetch()).await;
        drop(given_up);
        assert_eq!(revision(&*center).await, first);
    }
    stub.put("a: 2").await;
    within("the wait", center.wait(&first)).await.unwrap();
}

#[tokio::test]
async fn reading_goes_on_while_somebody_waits() {
    let stub = ZookeeperStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    let both = async {
        tokio::join!(center.wait(&first), async {
            until("the watch", || stub.count(EXISTS) == 1).await;
            assert_eq!(center.fetch().await.unwrap().revision, first);
            center.replace(Some(&first), "a: 2").await.unwrap();
        })
        .0
    };
    within("the wait", both).await.unwrap();
}

#[tokio::test]
async fn the_wrong_login_may_not_read_and_is_not_shown() {
    let stub = ZookeeperStub::start();
    stub.put("a: 1").await;
    for login in ["patch:hunter2hunter2@", ""] {
        let url = stub.url().replace("patch:s3cret@", login);
        let error = center(&url).fetch().await.unwrap_err();
        assert!(matches!(error, CenterError::Unauthorized(_)), "{login}: {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn the_next_server_answers_when_one_is_gone_or_silent() {
    let (first, second) = (ZookeeperStub::start(), ZookeeperStub::start());
    second.put("a: 2").await;
    let both = format!("{},{}", first.authority(), second.authority());
    let url = second.url().replace(&second.authority(), &both);
    for manner in [Manner::Mute, Manner::Says("HTTP/1.1 400 Bad Request\r\n\r\n")] {
        first.behave(manner);
        assert_eq!(center(&url).fetch().await.unwrap().content, Bytes::from_static(b"a: 2"));
    }
    first.down().await;
    assert_eq!(center(&url).fetch().await.unwrap().content, Bytes::from_static(b"a: 2"));
}

#[tokio::test]
async fn a_first_document_gets_the_nodes_above_it() {
    let stub = ZookeeperStub::start();
    let center = center(&stub.url());
    assert_eq!(center.fetch().await.unwrap_err(), CenterError::Missing);
    let made = center.replace(None, "a: 1").await.unwrap();
    assert_eq!(revision(&*center).await, made);
    assert_eq!(stub.paths(), ["/dbgpt", "/dbgpt/routes.yaml"]);
    assert_eq!(center.replace(None, "a: 2").await, Err(WriteError::Conflict { present: Some(made) }));
}

#[tokio::test]
async fn a_node_that_was_deleted_and_made_anew_is_another_one() {
    let stub = ZookeeperStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    stub.delete().await;
    stub.put("a: 2").await;
    let present = revision(&*center).await;
    let conflict = center.replace(Some(&first), "a: 3").await;
    assert_eq!(conflict, Err(WriteError::Conflict { present: Some(present) }));
}

#[tokio::test]
async fn a_silent_or_strange_server_is_told_in_time() {
    let stub = ZookeeperStub::start();
    let center = center(&stub.url());
    stub.behave(Manner::Mute);
    let began = Instant::now();
    let silent = center.fetch().await.unwrap_err();
    assert!(matches!(silent, CenterError::Silent(_)), "{silent}");
    assert!(began.elapsed() < Duration::from_secs(12));
    stub.behave(Manner::Says("<html><body>nginx</body></html>"));
    assert!(matches!(center.fetch().await.unwrap_err(), CenterError::Nonsense(_)));
    stub.behave(Manner::Well);
    assert_eq!(center.fetch().await.unwrap_err(), CenterError::Missing);
}
