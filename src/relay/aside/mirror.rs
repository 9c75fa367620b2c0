//! Copies of requests, for a backend that is tried out.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::Asides;
use crate::live::Snapshot;
use crate::load::Answered;
use crate::record::{Entry, Outcome, UsageScan};
use crate::relay::answer::AnswerBody;
use crate::relay::attempt::{Begun, Sent, attempt};
use crate::relay::patience::Limits;
use crate::relay::prepare::{Prepared, body_for};
use crate::table::{Found, RouteIndex, Target, Ticket};
use crate::upstream::Pieces;

/// How long a copy and the request that it was made of may take, beside the backend's own limits.
const LONGEST: Duration = Duration::from_secs(600);

/// The most bytes of an answer that are read.
const ANSWER_MOST: usize = 16 * 1024 * 1024;

/// Sends a copy of the request to the route's mirror, if it has one and it is this request's turn.
/// Neither waits nor fails: where too many copies are on their way, there is none.
pub(in crate::relay) fn mirror(
    asides: &Asides,
    snapshot: &Arc<Snapshot>,
    found: Found<'_>,
    ticket: Ticket,
    prepared: &Prepared,
    entry: &mut Entry,
) {
    let Some(mirror) = &found.route.mirror else { return };
    let Some(turn) = mirror.share.turn(ticket) else { return };
    let Some(place) = mirror.tier.schedule.turn(turn.0) else { return };
    let tally = snapshot.route_load(found.index, None).mirror();
    let Some(permit) = asides.copy_permit(prepared.body().len()) else {
        tally.dropped();
        return;
    };
    tally.sent();
    let (tell, told) = oneshot::channel();
    entry.tell = Some(tell);
    let copy = Copy {
        body: body_for(snapshot, found, &mirror.tier.targets[place], prepared),
        sent: prepared.sent.clone(),
        snapshot: Arc::clone(snapshot),
        index: found.index,
        place,
        model: entry.model.clone(),
        main: entry.backend_name().to_owned(),
        request_id: entry.request_id.clone(),
        since: entry.elapsed(),
    };
    drop(asides.spawn(async move {
        let _permit = permit;
        copy.run(told).await;
    }));
}

/// A copy on its way.
struct Copy {
    snapshot: Arc<Snapshot>,
    index: RouteIndex,
    place: usize,
    sent: Sent,
    body: Pieces,
    model: String,
    main: String,
    request_id: String,
    /// How old the request was when it was copied.
    since: Duration,
}

// === impl Copy ===

impl Copy {
    async fn run(self, told: oneshot::Receiver<Outcome>) {
        let answered = timeout(LONGEST, self.ask()).await.ok().flatten();
        let main = timeout(LONGEST, told).await.ok().and_then(Result::ok);
        let main = main.and_then(|main| self.answered(main));
        let tally = self.snapshot.route_load(self.index, None).mirror();
        match (&main, &answered) {
            (_, None) => tally.failed(),
            (Some(main), Some(copy)) => tally.compared(main, copy),
            (None, Some(_)) => {}
        }
        self.tell(main.as_ref(), answered.as_ref());
    }

    fn target(&self) -> Option<&Target> {
        let mirror = self.snapshot.table.route(self.index).mirror.as_ref()?;
        mirror.tier.targets.get(self.place)
    }

    /// Asks the mirror and reads its answer to the end; `None` if there is no end within bounds.
    async fn ask(&self) -> Option<Answered> {
        let target = self.target()?;
        let start = Instant::now();
        let limits = Limits::new(target.timeouts, start, start);
        let begun = attempt(&self.snapshot, target, &self.sent, &self.body, limits).await;
        let Begun { head, first, mut rest, .. } = begun.ok()?;
        let first_byte = start.elapsed();
        let mut usage = UsageScan::default();
        let mut size = 0;
        let mut next = first;
        while let Some(piece) = match next.take() {
            Some(piece) => Some(piece),
            None => timeout(target.timeouts.idle, further(&mut rest)).await.ok()?.ok()?,
        } {
            usage.pass(&piece);
            size += piece.len();
            if size > ANSWER_MOST || limits.is_over(Instant::now()) {
                return None;
            }
        }
        let usage = usage.usage();
        let status = head.status().as_u16();
        Some(Answered {
            status,
            first_byte,
            total: start.elapsed(),
            input: usage.input,
            output: usage.output,
        })
    }

    /// What the request itself came to, counted from the moment when it was copied.
    fn answered(&self, main: Outcome) -> Option<Answered> {
        let Outcome { status, first_byte, total, usage } = main;
        Some(Answered {
            status,
            first_byte: first_byte?.saturating_sub(self.since),
            total: total.saturating_sub(self.since),
            input: usage.input,
            output: usage.output,
        })
    }

    fn tell(&self, main: Option<&Answered>, copy: Option<&Answered>) {
        let milliseconds = |time: Duration| (time.as_secs_f64() * 10_000.0).round() / 10.0;
        let to = self.target().map(|target| self.snapshot.table.backend(target.backend).name.as_str());
        tracing::info!(
            target: "patchbay::mirror",
            model = self.model,
            backend = self.main,
            mirror = to,
            status = main.map(|main| main.status),
            mirror_status = copy.map(|copy| copy.status),
            first_byte_ms = main.map(|main| milliseconds(main.first_byte)),
            mirror_first_byte_ms = copy.map(|copy| milliseconds(copy.first_byte)),
            total_ms = main.map(|main| milliseconds(main.total)),
            mirror_total_ms = copy.map(|copy| milliseconds(copy.total)),
            output_tokens = main.and_then(|main| main.output),
            mirror_output_tokens = copy.and_then(|copy| copy.output),
            request_id = self.request_id,
        );
    }
}

/// Reads a further piece; `None` at the end, an error where the answer breaks off.
async fn further(body: &mut AnswerBody) -> Result<Option<Bytes>, crate::relay::answer::AnswerError> {
    let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await.transpose()?;
    Ok(frame.map(|frame| frame.into_data().unwrap_or_default()))
}
