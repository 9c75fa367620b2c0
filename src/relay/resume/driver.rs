//! Follows an answer, and carries it over to a twin when its backend fails.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Response, StatusCode, header};
use tokio::time::Instant;

use super::again::Asked;
use super::chunk::Channel;
use super::follower::Follower;
use crate::live::{Snapshot, Standings};
use crate::load::{Cause, Exchange};
use crate::relay::attempt::{Begun, TryError, attempt};
use crate::relay::gate::is_event_stream;
use crate::relay::patience::Limits;
use crate::relay::prepare::{Prepared, body_for};
use crate::table::{BackendIndex, BackendName, Candidate, twin};
use crate::upstream::Pieces;

/// The most backends that take over one answer.
const MOST_TWINS: usize = 2;

/// An answer that can be resumed: what its request was, what the client has of it, and who worked
/// on it so far.
pub(in crate::relay) struct Resume {
    snapshot: Arc<Snapshot>,
    prepared: Prepared,
    started: Instant,
    tier: usize,
    /// Everyone who was asked, the present one last.
    asked: Vec<BackendIndex>,
    asking: Option<Asking>,
    /// Why the backend before the present one failed.
    story: String,
    pub(in crate::relay) follower: Follower,
}

/// A request that is on its way.
struct Asking {
    begun: Pin<Box<dyn Future<Output = Result<Begun, TryError>> + Send>>,
    from: Option<(Channel, usize)>,
    note: Bytes,
}

/// A backend that takes over.
pub(in crate::relay) struct Twin {
    pub(in crate::relay) name: BackendName,
    pub(in crate::relay) exchange: Exchange,
    pub(in crate::relay) limits: Limits,
}

// === impl Resume ===

impl Resume {
    /// Begins to follow an answer if its route asks for that and it is a stream of a completion
    /// whose bytes can be read.
    pub(in crate::relay) fn of(
        snapshot: &Arc<Snapshot>,
        prepared: Prepared,
        candidate: Candidate<'_>,
        head: &Response<()>,
        started: Instant,
    ) -> Option<Box<Self>> {
        if !prepared.sent.operation.is_completion() || unfit(head).is_some() {
            return None;
        }
        let repair = snapshot.table.route(prepared.index).repair;
        Some(Box::new(Self {
            snapshot: Arc::clone(snapshot),
            prepared,
            started,
            tier: candidate.tier,
            asked: vec![candidate.target.backend],
            asking: None,
            story: String::new(),
            follower: Follower::new(repair.bad_events),
        }))
    }

    /// Tells why nobody took over.
    pub(in crate::relay) fn story(&self, why: &str) -> String {
        let name = self.asked.last().map_or("", |last| self.snapshot.table.backend(*last).name.as_str());
        format!("{}, and `{name}` could not take over: {why}", self.story)
    }

    /// Asks another backend to take over, since this is what happened; `None` if nobody can.
    pub(in crate::relay) fn ask(&mut self, story: &str, silent: bool, now: Instant) -> Option<Twin> {
        if self.asked.len() > MOST_TWINS || !self.follower.is_open() {
            return None;
        }
        let snapshot = Arc::clone(&self.snapshot);
        let tier =
            snapshot.table.route(self.prepared.index).way_of(self.prepared.rule).tiers.get(self.tier)?;
        let loads = Standings::new(&snapshot, now.into_std());
        let target = twin(tier, &self.asked, silent, &loads)?.clone();
        let limits = Limits::new(target.timeouts, self.started, now);
        if limits.is_over(now) {
            return None;
        }
        let backend = snapshot.table.backend(target.backend);
        let body = body_for(&snapshot, self.prepared.found(&snapshot), &target, &self.prepared).joined();
        let again = Asked::read(&body)?.again(&self.follower.seam, backend.continues);
        if !snapshot.budget(self.prepared.index, self.prepared.rule, self.tier).spend(now.into_std()) {
            return None;
        }
        let tally = &snapshot.upstream(target.backend).tally;
        // Nobody waits in a queue in the middle of an answer. The one that broke off on the same
        // backend makes room at once.
        let slot = match self.asked.last() {
            Some(last) if *last == target.backend => tally.slots.enter_anyway(),
            _ => tally.slots.enter(now.into_std())?,
        };
        let exchange = tally.begin_in(slot, now.into_std());
        let note = format!(
            ": patchbay resumed on `{}` after {} characters\n\n",
            backend.name,
            self.follower.seam.length()
        );
        story.clone_into(&mut self.story);
        self.asked.push(target.backend);
        let twin = Twin { name: backend.name.clone(), exchange, limits };
        let (sent, body) = (self.prepared.sent.clone(), Pieces::whole(again.body));
        self.asking = Some(Asking {
            begun: Box::pin(async move { attempt(&snapshot, &target, &sent, &body, limits).await }),
            from: again.from,
            note: note.into(),
        });
        Some(twin)
    }

    /// Waits for the beginning of the twin's answer; an error says why there is none.
    /// What speaks against the twin is told to its exchange.
    pub(in crate::relay) fn poll_begun(
        &mut self,
        cx: &mut Context<'_>,
        exchange: &mut Exchange,
    ) -> Poll<Result<Begun, String>> {
        let Some(asking) = &mut self.asking else { return Poll::Pending };
        let begun = ready!(asking.begun.as_mut().poll(cx));
        let now = std::time::Instant::now();
        let begun = match begun {
            Ok(begun) => {
                exchange.head(begun.head.status().as_u16(), now);
                match unfit(&begun.head) {
                    None if begun.error.is_some() => {
                        exchange.fail(Cause::InBand, now);
                        Err(begun.failure())
                    }
                    None => Ok(begun),
                    Some(why) => Err(why),
                }
            }
            Err(error) => {
                exchange.fail(error.cause(), now);
                Err(error.to_string())
            }
        };
        if let Some(asking) = self.asking.take().filter(|_| begun.is_ok()) {
            self.follower.resume(asking.from, asking.note);
        }
        Poll::Ready(begun.map_err(|why| self.story(&why)))
    }
}

/// Tells why an answer can't be followed: it must be a stream of events that stand there as they
/// are, its length open.
fn unfit(head: &Response<()>) -> Option<String> {
    let is_given = |name| head.headers().contains_key(name);
    match head.status() {
        StatusCode::OK if !is_event_stream(head.headers()) => Some("no stream of events".to_owned()),
        StatusCode::OK if is_given(header::CONTENT_ENCODING) => Some("a compressed stream".to_owned()),
        StatusCode::OK if is_given(header::CONTENT_LENGTH) => Some("a stream of fixed length".to_owned()),
        StatusCode::OK => None,
        status => Some(format!("status {}", status.as_u16())),
    }
}
