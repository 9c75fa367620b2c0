//! The task that keeps up with one document.

use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use super::backoff::{Backoff, jittered};
use super::{Center, CenterError, Fetched, Revision};

/// The most bytes that a document may have.
pub(super) const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The longest that a hint is waited for before the document is read without one: push channels
/// get lost without a word.
const RECONCILE: Duration = Duration::from_secs(30);

/// The least time between two reads that hints ask for.
const LEAST_PAUSE: Duration = Duration::from_millis(5);

/// How long an earlier revision must stay before it is believed.
const STEP_BACK_PATIENCE: Duration = Duration::from_secs(30);

/// What is known of the document.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The last answer: the document, or why there is none.
    pub(super) outcome: Result<Fetched, CenterError>,
    /// The revision that was read well last.
    pub(super) good: Option<Revision>,
    /// When the document was last read well.
    pub(super) read_at: Option<SystemTime>,
    /// The first sign of the last change.
    pub(super) first_sign: Instant,
}

/// A question that wants an answer from a fresh read.
pub(super) type Ask = oneshot::Sender<Known>;

/// Keeps up with a document until nobody listens.
pub(super) async fn watch_document(
    center: Box<dyn Center>,
    tell: watch::Sender<Option<Known>>,
    mut asks: mpsc::Receiver<Ask>,
) {
    let mut state = State::default();
    let mut pending: Vec<Ask> = Vec::new();
    loop {
        let first_sign = Instant::now();
        let known = state.judge(center.fetch().await, first_sign);
        tell.send_if_modified(|told| {
            let is_news = told.as_ref().is_none_or(|told| told.outcome != known.outcome);
            if is_news {
                *told = Some(known.clone());
            } else if let Some(told) = told {
                told.read_at = known.read_at;
            }
            is_news
        });
        for ask in pending.drain(..) {
            // Whoever asked may have gone.
            let _gone = ask.send(known.clone());
        }
        let next = tokio::select! {
            ask = asks.recv() => ask.map(Some),
            () = state.pause(&*center, &known) => Some(None),
        };
        match next {
            None => return,
            Some(ask) => pending.extend(ask),
        }
        while let Ok(ask) = asks.try_recv() {
            pending.push(ask);
        }
    }
}

#[derive(Default)]
struct State {
    backoff: Backoff,
    /// For hints only: a center may be read well and refuse every watch.
    lost: Backoff,
    newest: Option<u64>,
    stepped_back: Option<(u64, Instant)>,
    good: Option<Revision>,
    read_at: Option<SystemTime>,
}

impl State {
    fn judge(&mut self, fetched: Result<Fetched, CenterError>, first_sign: Instant) -> Known {
        let outcome = fetched.and_then(sound).and_then(|fetched| self.in_order(fetched, first_sign));
        if let Ok(fetched) = &outcome {
            self.backoff.reset();
            self.good = Some(fetched.revision.clone());
            self.read_at = Some(SystemTime::now());
        }
        Known { outcome, good: self.good.clone(), read_at: self.read_at, first_sign }
    }

    /// Believes an earlier revision only if it stays: a lagging replica must not undo a change.
    fn in_order(&mut self, fetched: Fetched, now: Instant) -> Result<Fetched, CenterError> {
        let Some(to) = fetched.revision.order else { return Ok(fetched) };
        if let Some(from) = self.newest.filter(|from| to < *from) {
            let (_, since) = *self.stepped_back.get_or_insert((to, now));
            if now.duration_since(since) < STEP_BACK_PATIENCE {
                return Err(CenterError::WentBack { from, to });
            }
        }
        self.stepped_back = None;
        self.newest = Some(to);
        Ok(fetched)
    }

    /// Waits for the next reason to read.
    async fn pause(&mut self, center: &dyn Center, known: &Known) {
        let Ok(fetched) = &known.outcome else {
            sleep(self.backoff.next()).await;
            return;
        };
        sleep(LEAST_PAUSE).await;
        match timeout(jittered(RECONCILE), center.wait(&fetched.revision)).await {
            // The read that follows says what is wrong, if anything still is.
            Ok(Err(_lost)) => sleep(self.lost.next()).await,
            Ok(Ok(())) | Err(_) => self.lost.reset(),
        }
    }
}

fn sound(fetched: Fetched) -> Result<Fetched, CenterError> {
    let is_empty = |content: &Bytes| content.trim_ascii().is_empty();
    if fetched.content.len() > MOST_BYTES {
        return Err(CenterError::TooLarge(MOST_BYTES));
    }
    if is_empty(&fetched.content) {
        return Err(CenterError::Empty);
    }
    Ok(fetched)
}
