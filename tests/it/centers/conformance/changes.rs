//! Changes are seen, in order, and byte for byte.

use super::CenterStub;
use super::follower::{Follower, table};

pub(crate) async fn the_document_is_read_byte_for_byte(stub: &impl CenterStub) {
    let text = "# Größe \"模型\" = 1 & 2\\n+%41\r\nmodels: {demo: echo://blue}\n\n";
    stub.put(text).await;
    assert_eq!(Follower::of(stub).read().await, text);
}

pub(crate) async fn a_change_is_seen(stub: &impl CenterStub) {
    stub.put(&table("one")).await;
    let mut follower = Follower::of(stub);
    assert_eq!(follower.read().await, table("one"));
    stub.put(&table("two")).await;
    assert_eq!(follower.next().await, Ok(table("two")));
    stub.put(&table("three")).await;
    assert_eq!(follower.next().await, Ok(table("three")));
}

pub(crate) async fn fifty_quick_changes_end_with_the_last(stub: &impl CenterStub) {
    let texts: Vec<String> = (10..60).map(table).collect();
    stub.put(&table("first")).await;
    let mut follower = Follower::of(stub);
    follower.read().await;
    let (seen, ()) = tokio::join!(follower.until(&texts[49]), stub.put_all(&texts));
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(follower.read().await, texts[49]);
}

pub(crate) async fn an_earlier_revision_is_not_taken(stub: &impl CenterStub) {
    stub.put(&table("one")).await;
    stub.put(&table("two")).await;
    let mut follower = Follower::of(stub);
    assert_eq!(follower.read().await, table("two"));
    if !stub.step_back(&table("one")).await {
        return;
    }
    loop {
        let error = follower.next().await.unwrap_err().to_string();
        if error.contains("went back from revision") {
            break;
        }
    }
    stub.put(&table("three")).await;
    assert_eq!(follower.until(&table("three")).await, [table("three")]);
}

pub(crate) async fn a_read_that_lags_behind_its_hint_catches_up(stub: &impl CenterStub) {
    stub.put(&table("one")).await;
    let mut follower = Follower::of(stub);
    assert_eq!(follower.read().await, table("one"));
    if stub.lag().await {
        stub.put(&table("two")).await;
        assert_eq!(follower.until(&table("two")).await.last(), Some(&table("two")));
    }
}
