//! Redis: what the checks for all centers don't ask.

use std::time::{Duration, Instant};

use bytes::Bytes;
use patchbay::source::center::{Center, CenterAddress, CenterError, Revision, WriteError, open};

use super::conformance::CenterStub;
use super::redis_stub::RedisStub;
use super::tcp_stub::Manner;
use crate::wait::{until, within};

fn center(url: &str) -> Box<dyn Center> {
    open(CenterAddress::parse(url).unwrap()).unwrap()
}

async fn revision(center: &dyn Center) -> Revision {
    within("a fetch", center.fetch()).await.unwrap().revision
}

#[tokio::test]
async fn a_change_between_the_read_and_the_wait_is_not_missed() {
    let stub = RedisStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    stub.fall_silent();
    stub.put("a: 2").await;
    within("the wait", center.wait(&first)).await.unwrap();
    assert_eq!(center.fetch().await.unwrap().content, Bytes::from_static(b"a: 2"));
}

#[tokio::test]
async fn a_change_without_a_message_is_seen_within_seconds() {
    for forbidden in [false, true] {
        let stub = RedisStub::start();
        stub.put("a: 1").await;
        if forbidden {
            stub.forbid_channels();
        } else {
            stub.fall_silent();
        }
        let center = center(&stub.url());
        let first = revision(&*center).await;
        let waiting = async {
            tokio::join!(center.wait(&first), async {
                until("the wait to listen", || stub.count("SUBSCRIBE") > 0).await;
                stub.put("a: 2").await;
            })
            .0
        };
        within("the wait", waiting).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_on_the_channel_ends_the_wait_at_once() {
    let stub = RedisStub::start();
    stub.put("a: 1").await;
    stub.fall_silent();
    let reader = center(&format!("{}&channel=news", stub.url()));
    let writer = center(&format!("{}&channel=news", stub.url()));
    let first = revision(&*reader).await;
    let gets = || stub.count("GET");
    let waiting = async {
        tokio::join!(reader.wait(&first), async {
            // Listening on two channels, and one look afterwards.
            until("the wait to look", || stub.count("SUBSCRIBE") == 2 && gets() == 2).await;
            let began = Instant::now();
            writer.replace(Some(&first), "a: 2").await.unwrap();
            began
        })
    };
    let (waited, began) = within("the wait", waiting).await;
    waited.unwrap();
    assert!(began.elapsed() < Duration::from_millis(1900), "it was the look every two seconds");
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_shown() {
    let stub = RedisStub::start();
    let address = stub.authority();
    for login in ["patch:hunter2hunter2@", ":hunter2hunter2@", ""] {
        let error = center(&format!("redis://{login}{address}/routes.yaml")).fetch().await.unwrap_err();
        assert!(matches!(error, CenterError::Unauthorized(_)), "{login}: {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn the_next_server_answers_when_one_is_gone_or_silent() {
    let (first, second) = (RedisStub::start(), RedisStub::start());
    second.put("a: 2").await;
    let url =
        second.url().replace(&second.authority(), &format!("{},{}", first.authority(), second.authority()));
    for manner in
        [Manner::Mute, Manner::Says("HTTP/1.1 400 Bad Request\r\n\r\n"), Manner::Says("-LOADING wait\r\n")]
    {
        first.behave(manner);
        assert_eq!(center(&url).fetch().await.unwrap().content, Bytes::from_static(b"a: 2"));
    }
    first.down().await;
    assert_eq!(center(&url).fetch().await.unwrap().content, Bytes::from_static(b"a: 2"));
}

#[tokio::test]
async fn a_replica_is_passed_over_when_writing() {
    let (replica, main) = (RedisStub::start(), RedisStub::start());
    replica.become_replica();
    replica.put("a: 1").await;
    main.put("a: 1").await;
    let url = main.url().replace(&main.authority(), &format!("{},{}", replica.authority(), main.authority()));
    let center = center(&url);
    let first = revision(&*center).await;
    center.replace(Some(&first), "a: 2").await.unwrap();
    assert_eq!(main.current().await.as_deref(), Some("a: 2"));
    assert_eq!(replica.current().await.as_deref(), Some("a: 1"));
}

#[tokio::test]
async fn a_write_between_the_look_and_the_transaction_is_kept() {
    let stub = RedisStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    stub.intrude("a: theirs");
    let conflict = center.replace(Some(&first), "a: mine").await.unwrap_err();
    let theirs = revision(&*center).await;
    assert_eq!(conflict, WriteError::Conflict { present: Some(theirs) });
    assert_eq!(stub.current().await.as_deref(), Some("a: theirs"));
}

#[tokio::test]
async fn a_silent_or_strange_server_is_told_in_time() {
    let stub = RedisStub::start();
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

#[tokio::test]
async fn a_cut_connection_ends_the_wait_and_the_next_one_listens_again() {
    let stub = RedisStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    let first = revision(&*center).await;
    let waiting = async {
        tokio::join!(center.wait(&first), async {
            until("the wait to look", || stub.count("SUBSCRIBE") == 1 && stub.count("GET") == 2).await;
            stub.cut().await;
        })
        .0
    };
    within("the wait", waiting).await.unwrap_err();
    let again = async {
        tokio::join!(center.wait(&first), async {
            until("the second wait to listen", || stub.count("SUBSCRIBE") == 2).await;
            stub.put("a: 2").await;
        })
        .0
    };
    within("the second wait", again).await.unwrap();
}

#[tokio::test]
async fn a_dropped_question_does_not_answer_the_next_one() {
    let stub = RedisStub::start();
    stub.put("a: 1").await;
    let center = center(&stub.url());
    for _ in 0..50 {
        let given_up = tokio::time::timeout(Duration::from_micros(200), center.fetch()).await;
        drop(given_up);
        assert_eq!(center.fetch().await.unwrap().content, Bytes::from_static(b"a: 1"));
    }
}
