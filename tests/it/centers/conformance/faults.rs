//! A center that misbehaves is told, and what comes after it is seen.

use super::CenterStub;
use super::follower::{Follower, table};

pub(crate) async fn a_restart_of_the_center_is_survived(stub: &impl CenterStub) {
    stub.put(&table("one")).await;
    let mut follower = Follower::of(stub);
    assert_eq!(follower.read().await, table("one"));
    for name in ["two", "three"] {
        stub.down().await;
        stub.up().await;
        stub.put(&table(name)).await;
        follower.until(&table(name)).await;
    }
}

pub(crate) async fn a_login_that_ran_out_is_renewed(stub: &impl CenterStub) {
    stub.put(&table("one")).await;
    let mut follower = Follower::of(stub);
    assert_eq!(follower.read().await, table("one"));
    for name in ["two", "three"] {
        if !stub.expire_logins().await {
            return;
        }
        stub.put(&table(name)).await;
        assert_eq!(follower.next().await, Ok(table(name)), "it was told as a fault");
    }
}

pub(crate) async fn a_document_of_50_mb_is_a_fault(stub: &impl CenterStub) {
    if !stub.takes_anything() {
        return;
    }
    stub.put(&table("one")).await;
    let mut follower = Follower::of(stub).patient(6);
    assert_eq!(follower.read().await, table("one"));
    stub.put(&"#".repeat(50 * 1024 * 1024)).await;
    let error = follower.next().await.unwrap_err();
    // A stub may be too slow to say how much there is.
    let is_told =
        ["holds more than", "did not answer within"].iter().any(|words| error.to_string().contains(words));
    assert!(is_told, "{error}");
    stub.put(&table("two")).await;
    follower.until(&table("two")).await;
}
