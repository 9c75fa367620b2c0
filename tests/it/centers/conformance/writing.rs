//! A replacement never undoes what somebody else has written.

use patchbay::source::center::{Center, CenterAddress, CenterError, Revision, WriteError, open};

use super::CenterStub;
use super::follower::table;
use crate::wait::within;

/// How often each of the writers at once adds a word.
const TIMES: usize = 9;

fn writer(stub: &impl CenterStub) -> Box<dyn Center> {
    open(CenterAddress::parse(&stub.url()).unwrap()).unwrap()
}

pub(crate) async fn the_slower_of_two_writers_is_told_so(stub: &impl CenterStub) {
    stub.put(&table("one")).await;
    let (first, second) = (writer(stub), writer(stub));
    let seen = within("a read", first.fetch()).await.unwrap().revision;
    assert_eq!(within("a read", second.fetch()).await.unwrap().revision, seen);
    let two = match within("a write", first.replace(Some(&seen), &table("two"))).await {
        Err(WriteError::ReadOnly(_)) => return,
        written => written.unwrap(),
    };
    assert_ne!(two, seen);
    let slower = within("a write", second.replace(Some(&seen), &table("three"))).await;
    assert_eq!(slower, Err(WriteError::Conflict { present: Some(two.clone()) }));
    assert_eq!(stub.current().await, Some(table("two")));
    let read = within("a read", second.fetch()).await.unwrap();
    assert_eq!((read.content, &read.revision), (table("two").into(), &two));
    // The revision as somebody would type it does as well.
    let typed = Revision::opaque(two.text);
    within("a write", second.replace(Some(&typed), &table("four"))).await.unwrap();
    assert_eq!(stub.current().await, Some(table("four")));
}

pub(crate) async fn a_first_document_is_made_only_where_there_is_none(stub: &impl CenterStub) {
    stub.put(&table("one")).await;
    let writer = writer(stub);
    let one = within("a read", writer.fetch()).await.unwrap().revision;
    match within("a write", writer.replace(None, &table("two"))).await {
        Err(WriteError::ReadOnly(_)) => return,
        written => assert_eq!(written, Err(WriteError::Conflict { present: Some(one.clone()) })),
    }
    stub.delete().await;
    assert_eq!(within("a read", writer.fetch()).await, Err(CenterError::Missing));
    let gone = within("a write", writer.replace(Some(&one), &table("two"))).await;
    assert_eq!(gone, Err(WriteError::Conflict { present: None }));
    within("a write", writer.replace(None, &table("three"))).await.unwrap();
    assert_eq!(stub.current().await, Some(table("three")));
}

pub(crate) async fn writers_at_once_lose_no_update(stub: &impl CenterStub) {
    stub.put("begin").await;
    let writers = [writer(stub), writer(stub), writer(stub)];
    let first = within("a read", writers[0].fetch()).await.unwrap().revision;
    let written = within("a write", writers[0].replace(Some(&first), "begun")).await;
    if matches!(written, Err(WriteError::ReadOnly(_))) || !stub.replaces_atomically() {
        return;
    }
    let adding = writers.iter().zip(["a", "b", "c"]).map(|(writer, name)| add(&**writer, name));
    within("all writers", futures_util::future::join_all(adding)).await;
    let text = stub.current().await.unwrap();
    for word in ["a", "b", "c"].iter().flat_map(|name| (0..TIMES).map(move |round| format!(" {name}{round}")))
    {
        assert_eq!(text.matches(&word).count(), 1, "{word} in {text}");
    }
}

/// Adds words to the text. The words of all writers differ, since equal texts are no conflict; and
/// who was written over by somebody that had read him is told so, and does not write again.
async fn add(writer: &dyn Center, name: &str) {
    for round in 0..TIMES {
        let word = format!(" {name}{round}");
        loop {
            let read = writer.fetch().await.unwrap();
            let text = std::str::from_utf8(&read.content).unwrap();
            match writer.replace(Some(&read.revision), &format!("{text}{word}")).await {
                Ok(_) | Err(WriteError::Replaced { .. }) => break,
                Err(WriteError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}
