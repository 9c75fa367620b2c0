//! Whether a backend notices that a client has gone.
//!
//! What happens behind a closed connection can't be seen from here. So the client's half of it is
//! closed, which is what leaving looks like at first, and the other half shows whether the events
//! end.

use std::time::Duration;

use memchr::memmem;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::finding::{Finding, Point};
use super::report::{FURTHER, Subject};
use super::stream;
use crate::table::Address;
use crate::upstream::Stream;

/// How long a backend may go on after the client has gone.
const STOPS_WITHIN: Duration = Duration::from_secs(5);

/// An answer of which less than this was to come says nothing: it was on its way already.
const TELLING: usize = 32;

/// How the answer went on after the client had gone.
enum After {
    /// It broke off, so long after.
    Stopped(Duration),
    /// It came to its own end, after so many more events.
    Whole(usize),
    /// It was still coming.
    GoesOn,
}

pub(super) async fn cancel(subject: &Subject<'_>) -> Finding {
    let point = Point::Cancel;
    if matches!(subject.backend.address, Address::Echo(_)) {
        return Finding::ok(point, "in this process, it stops at once");
    }
    let means = "the model goes on for people who have left, and others wait for it";
    let left = leave(subject).await;
    let next = subject.asker.ask(&subject.service.smallest(&subject.model), FURTHER).await;
    if let (Some(_), Err(error)) = (&left, next) {
        let means =
            "a client that leaves can stall it for everybody; it may need a newer version, or a restart";
        return Finding::fault(
            point,
            format!("once a client had left, the next request failed: {error}"),
            means,
        );
    }
    match left {
        Some(After::Stopped(after)) => {
            Finding::ok(point, format!("stops {} ms after the client has left", after.as_millis()))
        }
        Some(After::Whole(events)) if events >= TELLING => {
            let found = format!(
                "{events} more events after the client had shut its side; it stops at best when a write fails"
            );
            Finding::warning(point, found, means)
        }
        Some(After::GoesOn) => {
            let found = format!(
                "still sends {STOPS_WITHIN:?} after the client has shut its side; it stops at best when a write fails"
            );
            Finding::warning(point, found, means)
        }
        Some(After::Whole(_)) => Finding::unknown(point, "the answer was over too soon to tell"),
        None => Finding::unknown(point, "no long answer could be had to leave from"),
    }
}

/// Asks for a long answer, leaves at its first event, and listens.
async fn leave(subject: &Subject<'_>) -> Option<After> {
    let long = "Write the numbers from 1 to 500 in words, one a line. Do not stop early.";
    let question = stream::request(subject, long, 1024, json!({}));
    let (mut stream, request) = timeout(FURTHER, subject.asker.raw(&question)).await.ok()??;
    stream.write_all(&request).await.ok()?;
    let mut heard = Vec::new();
    timeout(FURTHER, until_first_event(&mut stream, &mut heard)).await.ok()??;
    stream.shutdown().await.ok()?;
    let (left, from) = (Instant::now(), heard.len());
    loop {
        if memmem::find(&heard, b"[DONE]").is_some() || heard.ends_with(b"\r\n0\r\n\r\n") {
            return Some(After::Whole(memmem::find_iter(&heard[from..], b"data:").count()));
        }
        match timeout_at(left + STOPS_WITHIN, stream.read_buf(&mut heard)).await {
            Ok(Ok(0) | Err(_)) => return Some(After::Stopped(left.elapsed())),
            Ok(Ok(_)) => {}
            Err(_elapsed) => return Some(After::GoesOn),
        }
    }
}

async fn until_first_event(stream: &mut Stream, heard: &mut Vec<u8>) -> Option<()> {
    while memmem::find(heard, b"data:").is_none() {
        if stream.read_buf(heard).await.ok()? == 0 {
            return None;
        }
    }
    Some(())
}
