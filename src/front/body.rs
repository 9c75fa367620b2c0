//! Reads a request's body whole, under a limit.

use std::error::Error;
use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::body_room::{BodyRoom, Full, Place};
use super::framing::Refusal;
use crate::relay::{Fault, FaultKind};

/// The longest pause between two pieces of a request's body.
const PAUSE_MOST: Duration = Duration::from_secs(60);

/// The most that is reserved at a client's word, before any byte has come.
const RESERVE_MOST: u64 = 1024 * 1024;

/// The most that is read of a body that nobody wants, and how long its rest may take.
const SKIPPED_MOST: u64 = 64 * 1024;
const SKIP_WITHIN: Duration = Duration::from_secs(1);

/// Collects the body; a declared length over the limit, or for which there is no room now, is refused
/// before a byte is read.
pub(super) async fn read(body: &mut Body, most: u64, room: &BodyRoom) -> Result<Bytes, Fault> {
    let hint = body.size_hint();
    if hint.lower() > most {
        return Err(too_large(most));
    }
    if !room.fits(hint.lower()) {
        return Err(full());
    }
    let mut place = Place::default();
    let Some(first) = next(body).await? else { return Ok(Bytes::new()) };
    room.take(first.len(), &mut place).map_err(|Full| full())?;
    if body.is_end_stream() {
        return within(first, most).map(|whole| place.keep(whole));
    }
    let expected = hint.exact().unwrap_or(0).min(RESERVE_MOST);
    let mut whole = BytesMut::with_capacity(usize::try_from(expected).unwrap_or(0).max(first.len()));
    whole.extend_from_slice(&first);
    while let Some(piece) = next(body).await? {
        if (whole.len() + piece.len()) as u64 > most {
            return Err(too_large(most));
        }
        room.take(piece.len(), &mut place).map_err(|Full| full())?;
        whole.extend_from_slice(&piece);
    }
    within(whole.freeze(), most).map(|whole| place.keep(whole))
}

/// Reads to the end of a body that nobody wants, if that is near, so that its connection can be used
/// on; tells whether the end was reached.
pub(super) async fn skip(body: &mut Body) -> bool {
    if body.is_end_stream() {
        return true;
    }
    let is_short = body.size_hint().upper().is_some_and(|rest| rest <= SKIPPED_MOST);
    let skipped = async {
        loop {
            match body.frame().await {
                Some(Ok(_unwanted)) => {}
                end => return end.is_none(),
            }
        }
    };
    is_short && timeout(SKIP_WITHIN, skipped).await.unwrap_or(false)
}

fn full() -> Fault {
    Fault::overloaded("bytes of request bodies (`server.limits.buffered`)")
}

fn within(body: Bytes, most: u64) -> Result<Bytes, Fault> {
    if body.len() as u64 > most { Err(too_large(most)) } else { Ok(body) }
}

async fn next(body: &mut Body) -> Result<Option<Bytes>, Fault> {
    loop {
        let frame = timeout(PAUSE_MOST, body.frame()).await.map_err(|_elapsed| {
            Fault::new(FaultKind::RequestTimeout, format!("no byte of the body came within {PAUSE_MOST:?}"))
        })?;
        match frame {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(broken)) => {
                return Err(refusal(&broken).map_or_else(
                    || Fault::bad_request("the request's body broke off or is misframed"),
                    Refusal::fault,
                ));
            }
        }
    }
}

/// Finds the guard's word among the reasons of a broken body.
fn refusal(broken: &axum::Error) -> Option<Refusal> {
    let reasons = std::iter::successors(broken.source(), |&reason| reason.source());
    let mut said = reasons.filter_map(|reason| reason.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref());
    said.next().copied()
}

fn too_large(most: u64) -> Fault {
    Fault::new(
        FaultKind::TooLarge,
        format!("the body is over the limit of {most} bytes (`server.limits.max_body`)"),
    )
}
