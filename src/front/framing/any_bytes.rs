//! What holds for any bytes on a connection: the cut doesn't matter, a strict reader finds no fault
//! in what passes, and hyper ends its requests where we do.

use std::cell::RefCell;
use std::rc::Rc;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Runtime};

use super::{Beside, Frame, Framing, Place, Refusal};

/// The reader that judges what backends get, in the tests on real sockets.
#[path = "../../../tests/it/http/message.rs"]
mod strict;

/// What became of a connection's bytes: how many passed, why no more did, and whether all
/// requests had come to their end.
pub(super) type Outcome = (usize, Option<(Refusal, bool)>, bool);

/// A request that has passed: its bytes, and what frames its body.
struct Passed<'b> {
    head: &'b [u8],
    frame: Frame,
    body: &'b [u8],
    is_whole: bool,
}

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime without drivers");
}

/// Takes bytes for all that a client sends, with ways to cut them.
pub(crate) fn connection<'b>(bytes: &'b [u8], cuts: impl Iterator<Item = Vec<&'b [u8]>>) {
    let whole = follow(&[bytes]);
    for pieces in cuts {
        assert_eq!(follow(&pieces), whole, "cuts change nothing");
    }
    assert_eq!(follow_beside(bytes), whole, "who reads a body changes nothing");
    let passed = passed(bytes);
    let bodies: Vec<Option<Vec<u8>>> = passed.iter().map(without_fault).collect();
    let seen = hypers_requests(&bytes[..whole.0]);
    let wholes = passed.iter().filter(|request| request.is_whole).count();
    assert!(seen.len() <= wholes, "hyper finds {} requests, and we {wholes}", seen.len());
    for ((request, body), (method, hypers)) in passed.iter().zip(bodies).zip(seen) {
        assert!(trimmed(request.head).starts_with(method.as_bytes()), "hyper finds a {method}");
        if let Some(body) = body {
            assert_eq!(hypers, body, "hyper reads another body");
        }
    }
}

/// Feeds pieces as a connection does: what didn't pass comes again, with what came then.
pub(super) fn follow(pieces: &[&[u8]]) -> Outcome {
    let mut framing = Framing::new();
    let (mut held, mut passed) = (Vec::new(), 0);
    for piece in pieces {
        held.extend_from_slice(piece);
        let taken = framing.take(&held);
        held.drain(..taken.pass);
        passed += taken.pass;
        if let Some(refusal) = taken.refusal {
            return (passed, Some((refusal, taken.in_head)), false);
        }
    }
    (passed, None, framing.is_between_requests())
}

/// Follows bytes as a connection does that reads bodies with a length by itself.
fn follow_beside(bytes: &[u8]) -> Outcome {
    let mut framing = Framing::with_bodies_beside();
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let taken = framing.take(rest);
        at += taken.pass;
        if let Some(refusal) = taken.refusal {
            return (at, Some((refusal, taken.in_head)), false);
        }
        let Some(Beside { length, digits: (from, to) }) = taken.beside else {
            return (at, None, framing.is_between_requests());
        };
        let said = std::str::from_utf8(&rest[from..to]).ok().and_then(|digits| digits.parse().ok());
        assert_eq!(said, Some(length), "a length stands elsewhere");
        let some = length.min((bytes.len() - at) as u64);
        framing.pass(some);
        at += usize::try_from(some).expect("no more than there are bytes");
        if framing.is_beside() {
            return (at, None, false);
        }
    }
}

/// Cuts what passes into requests.
fn passed(bytes: &[u8]) -> Vec<Passed<'_>> {
    let mut framing = Framing::new();
    let mut requests: Vec<Passed<'_>> = Vec::new();
    let (mut at, mut body_at) = (0, 0);
    loop {
        let in_head = matches!(framing.place, Place::Head(_));
        let taken = if at < bytes.len() { framing.step(&bytes[at..]) } else { Ok((0, None)) };
        let (Ok((some, _)) | Err((some, _))) = taken;
        if in_head && some > 0 {
            let frame = match &framing.place {
                Place::Head(_) => Frame::Length(0),
                Place::Body(length) | Place::Beside(length) => Frame::Length(*length),
                Place::Chunks(_) | Place::Refused => Frame::Chunks,
            };
            body_at = at + some;
            requests.push(Passed { head: &bytes[at..body_at], frame, body: b"", is_whole: false });
        }
        at += some;
        if let Some(request) = requests.last_mut().filter(|_| some > 0) {
            request.body = &bytes[body_at..at];
            request.is_whole = matches!(framing.place, Place::Head(_)) && taken.is_ok();
        }
        if some == 0 || taken.is_err() {
            return requests;
        }
    }
}

/// Reads a request strictly; returns its body, decoded, if it is whole.
fn without_fault(request: &Passed<'_>) -> Option<Vec<u8>> {
    let head = trimmed(request.head);
    let (mut read, end) = strict::Head::read(head).expect("a head that passes is whole");
    assert_eq!(end, head.len(), "a head ends elsewhere");
    let framing = read.framing();
    read.check_request();
    // Who is asked for is looked at behind hyper.
    read.faults.retain(|fault| !fault.ends_with(" hosts"));
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    match (request.frame, framing) {
        (Frame::Chunks, strict::Framing::Chunks) | (Frame::Length(0), strict::Framing::Unsaid) => {}
        (Frame::Length(ours), strict::Framing::Length(theirs)) => assert_eq!(ours, theirs),
        (ours, theirs) => panic!("{ours:?}, and a strict reader: {theirs:?}"),
    }
    match strict::body(framing, request.body) {
        strict::Body::Whole(body, length) if request.is_whole => {
            assert_eq!(length, request.body.len(), "a body ends elsewhere");
            Some(body)
        }
        strict::Body::Whole(..) => panic!("a body is whole too early"),
        strict::Body::More => {
            assert!(!request.is_whole, "a body ends too early");
            None
        }
        // Extensions and long sizes are good to us, and to no backend: it gets chunks of hyper's.
        strict::Body::Fault(what) => {
            assert!(what.starts_with("a chunk's size line"), "{what}");
            None
        }
    }
}

/// Some clients end a body with one line more than they should.
fn trimmed(mut head: &[u8]) -> &[u8] {
    while let Some(rest) = head.strip_prefix(b"\r\n") {
        head = rest;
    }
    head
}

/// Returns the method and the body of each request that hyper reads whole from these bytes.
pub(super) fn hypers_requests(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let service = service_fn(|request: Request<Incoming>| {
        let seen = Rc::clone(&seen);
        async move {
            let method = request.method().to_string();
            let body = request.into_body().collect().await?.to_bytes().to_vec();
            seen.borrow_mut().push((method, body));
            Ok::<_, hyper::Error>(Response::new(Empty::<Bytes>::new()))
        }
    });
    let exchange = async {
        let (mut client, server) = tokio::io::duplex(1 << 20);
        client.write_all(bytes).await?;
        client.shutdown().await?;
        // It ends with an error where a request is cut, or hyper is stricter than we are.
        let _ended =
            http1::Builder::new().half_close(true).serve_connection(TokioIo::new(server), service).await;
        Ok::<_, std::io::Error>(())
    };
    RUNTIME.with(|runtime| runtime.block_on(exchange)).expect("a pipe takes as much as it holds");
    seen.take()
}
