//! Reads a request's body whole, under a limit.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::body_room::{BodyRoom, Full, Place};
use super::framing::Refusal;
use super::guarded::{RESERVE_MOST, SizedBody};
use super::request_body::{Broken, RequestBody};
use crate::relay::{Fault, FaultKind};

/// The longest pause between two pieces of a request's body.
const PAUSE_MOST: Duration = Duration::from_secs(60);

/// The most that is read of a body that nobody wants, and how long its rest may take.
const SKIPPED_MOST: u64 = 64 * 1024;
const SKIP_WITHIN: Duration = Duration::from_secs(1);

/// Lets a body come, unless its length is over the limit or there is no room for it now: then it is
/// refused before more of it is read.
pub(super) fn admit(body: &RequestBody, most: u64, room: &BodyRoom) -> Result<(), Fault> {
    let length = body.size_hint().lower();
    if length > most {
        return Err(too_large(most));
    }
    if !room.fits(length) {
        return Err(full());
    }
    if let RequestBody::Sized(body) = body {
        body.want();
    }
    Ok(())
}

/// Collects a body that was admitted.
pub(super) async fn read(body: &mut RequestBody, most: u64, room: &BodyRoom) -> Result<Bytes, Fault> {
    match body {
        RequestBody::Sized(body) => read_sized(body, room).await,
        RequestBody::Pieces(body) => read_pieces(body, most, room).await,
    }
}

async fn read_sized(body: &mut SizedBody, room: &BodyRoom) -> Result<Bytes, Fault> {
    let (length, mut come, mut place) = (body.left(), 0, Place::default());
    while come < length {
        let now = patiently(body.more_than(come)).await?.map_err(|_broken| broken_off())?;
        let some = usize::try_from(now - come).unwrap_or(usize::MAX);
        room.take(some, &mut place).map_err(|Full| full())?;
        come = now;
    }
    Ok(place.keep(body.take()))
}

pub(super) async fn read_pieces<B>(body: &mut B, most: u64, room: &BodyRoom) -> Result<Bytes, Fault>
where
    B: Body<Data = Bytes, Error: Into<Broken>> + Unpin,
{
    let mut place = Place::default();
    let Some(first) = next(body).await? else { return Ok(Bytes::new()) };
    room.take(first.len(), &mut place).map_err(|Full| full())?;
    if body.is_end_stream() {
        return within(first, most).map(|whole| place.keep(whole));
    }
    let expected = body.size_hint().exact().unwrap_or(0).min(RESERVE_MOST);
    let mut whole = BytesMut::with_capacity(usize::try_from(expected).unwrap_or(0) + first.len());
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
pub(super) async fn skip(body: &mut RequestBody) -> bool {
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

async fn next<B>(body: &mut B) -> Result<Option<Bytes>, Fault>
where
    B: Body<Data = Bytes, Error: Into<Broken>> + Unpin,
{
    loop {
        match patiently(body.frame()).await? {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(broken)) => {
                return Err(refusal(&*broken.into()).map_or_else(broken_off, Refusal::fault));
            }
        }
    }
}

/// Waits for more of a body, and not for ever; what is there already needs no clock.
async fn patiently<F: Future>(more: F) -> Result<F::Output, Fault> {
    let mut more = pin!(more);
    if let Poll::Ready(more) = poll_fn(|cx| Poll::Ready(more.as_mut().poll(cx))).await {
        return Ok(more);
    }
    timeout(PAUSE_MOST, more).await.map_err(|_elapsed| {
        Fault::new(FaultKind::RequestTimeout, format!("no byte of the body came within {PAUSE_MOST:?}"))
    })
}

fn broken_off() -> Fault {
    Fault::bad_request("the request's body broke off or is misframed")
}

/// Finds the guard's word among the reasons of a broken body.
fn refusal(broken: &(dyn Error + 'static)) -> Option<Refusal> {
    let reasons = std::iter::successors(Some(broken), |&reason| reason.source());
    let mut said = reasons.filter_map(|reason| reason.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref());
    said.next().copied()
}

fn too_large(most: u64) -> Fault {
    Fault::new(
        FaultKind::TooLarge,
        format!("the body is over the limit of {most} bytes (`server.limits.max_body`)"),
    )
}
