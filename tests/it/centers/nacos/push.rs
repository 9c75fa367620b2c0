//! The gRPC channel.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use patchbay::source::center::{CenterError, WriteError};

use super::stub::{Generation, NacosStub};
use super::{A, B, center, revision};
use crate::wait::{until, within};

#[tokio::test]
async fn it_is_chosen_where_the_long_poll_is_gone() {
    let stub = NacosStub::pushing(Generation::Third, None);
    stub.put(A);
    let fetched = center(&stub.url()).fetch().await.unwrap();
    assert_eq!((fetched.content.as_ref(), fetched.revision), (A.as_bytes(), revision(A)));
    assert_eq!(stub.push.as_ref().unwrap().heard.setups.load(Ordering::SeqCst), 1);
    assert_eq!(stub.server.count("/nacos/v3/client"), 0);
    let older = NacosStub::pushing(Generation::Second, None);
    older.put(A);
    center(&older.url()).fetch().await.unwrap();
    assert_eq!(older.push.as_ref().unwrap().heard.setups.load(Ordering::SeqCst), 0);
    center(&format!("{}?mode=grpc", older.url())).fetch().await.unwrap();
    assert_eq!(older.push.as_ref().unwrap().heard.setups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_change_is_pushed_and_answered() {
    let stub = NacosStub::pushing(Generation::Third, None);
    stub.put(A);
    let center = center(&stub.url());
    let heard = &stub.push.as_ref().unwrap().heard;
    let first = center.fetch().await.unwrap();
    stub.put(B);
    within("the change that came before the wait", center.wait(&first.revision)).await.unwrap();
    let second = center.fetch().await.unwrap();
    let began = Instant::now();
    let listens = heard.listens.load(Ordering::SeqCst);
    let change = async {
        until("the listening", || heard.listens.load(Ordering::SeqCst) > listens).await;
        stub.put(A);
    };
    let (waited, ()) = tokio::join!(center.wait(&second.revision), change);
    waited.unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "it was no push: {:?}", began.elapsed());
    assert_eq!(center.fetch().await.unwrap().content, A);
    until("the answers", || {
        heard.acks.load(Ordering::SeqCst) > 0 && heard.setup_acks.load(Ordering::SeqCst) == 1
    })
    .await;
    assert_eq!(heard.setups.load(Ordering::SeqCst), 1, "one connection serves it all");
}

#[tokio::test]
async fn it_listens_again_after_the_server_was_gone() {
    let stub = NacosStub::pushing(Generation::Third, None);
    stub.put(A);
    let center = center(&stub.url());
    let heard = &stub.push.as_ref().unwrap().heard;
    let first = center.fetch().await.unwrap();
    let gone = async {
        until("the listening", || heard.listens.load(Ordering::SeqCst) == 1).await;
        stub.down().await;
    };
    let (waited, ()) =
        within("the broken wait", async { tokio::join!(center.wait(&first.revision), gone) }).await;
    assert!(matches!(waited, Err(CenterError::Unreachable(_))), "{waited:?}");
    assert!(matches!(center.fetch().await, Err(CenterError::Unreachable(_))));
    stub.up();
    assert_eq!(center.fetch().await.unwrap().content, A);
    let change = async {
        until("the listening", || heard.listens.load(Ordering::SeqCst) == 2).await;
        stub.put(B);
    };
    let (waited, ()) = within("the push", async { tokio::join!(center.wait(&first.revision), change) }).await;
    waited.unwrap();
    assert_eq!(center.fetch().await.unwrap().content, B);
}

#[tokio::test]
async fn a_dropped_wait_leaves_the_connection_in_order() {
    let stub = NacosStub::pushing(Generation::Third, None);
    stub.put(A);
    let center = center(&stub.url());
    let heard = &stub.push.as_ref().unwrap().heard;
    let fetched = center.fetch().await.unwrap();
    for _ in 0..5 {
        let _dropped = tokio::time::timeout(Duration::from_millis(20), center.wait(&fetched.revision)).await;
        assert_eq!(center.fetch().await.unwrap().content, A);
    }
    let (listens, wait) = (heard.listens.load(Ordering::SeqCst), center.wait(&fetched.revision));
    let during = async {
        until("the listening", || heard.listens.load(Ordering::SeqCst) > listens).await;
        center.replace(Some(&revision(A)), B).await
    };
    let (waited, written) = within("both", async { tokio::join!(wait, during) }).await;
    waited.unwrap();
    assert_eq!(written.unwrap(), revision(B));
    assert!(heard.setups.load(Ordering::SeqCst) > 1, "the write did not wait for the wait");
}

#[tokio::test]
async fn a_login_is_renewed_when_it_is_refused() {
    let stub = NacosStub::pushing(Generation::Third, Some(("reader", "sesame")));
    stub.put(A);
    let center = center(&stub.url_as("reader", "sesame"));
    center.fetch().await.unwrap();
    stub.expire_logins();
    center.fetch().await.unwrap();
    assert_eq!(stub.server.count("/nacos/v3/auth/user/login"), 2);
    let wrong = super::center(&stub.url_as("reader", "hunter2")).fetch().await.unwrap_err();
    assert!(matches!(wrong, CenterError::Unauthorized(_)));
}

#[tokio::test]
async fn a_write_compares_and_a_missing_document_is_told() {
    let stub = NacosStub::pushing(Generation::Third, None);
    let center = center(&stub.url());
    assert_eq!(center.fetch().await.unwrap_err(), CenterError::Missing);
    assert_eq!(center.replace(None, A).await.unwrap(), revision(A));
    assert_eq!(center.replace(Some(&revision(A)), B).await.unwrap(), revision(B));
    *stub.state.rival_before.lock().unwrap() = Some(A.to_owned());
    let lost = WriteError::Conflict { present: Some(revision(A)) };
    assert_eq!(center.replace(Some(&revision(B)), "x").await.unwrap_err(), lost);
    assert_eq!(stub.current().as_deref(), Some(A));
}

#[tokio::test]
async fn a_large_document_comes_whole_and_a_huge_one_is_refused() {
    let stub = NacosStub::pushing(Generation::Third, None);
    let large = format!("# {}\n", "ä\n# ".repeat(500_000));
    stub.put(&large);
    let center = center(&stub.url());
    assert!(center.fetch().await.unwrap().content == large);
    stub.put(&"a".repeat(9_000_000));
    assert!(matches!(center.fetch().await, Err(CenterError::TooLarge(_))));
    stub.put(A);
    assert_eq!(center.fetch().await.unwrap().content, A);
}
