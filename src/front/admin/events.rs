//! `GET /admin/v1/events`: what becomes of changes and of backends, as server-sent events.
//!
//! Each event tells the newest state. Of two generations within an instant only the later one may be
//! told; the history has both. Nothing is queued for a slow listener.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::port::{Admin, refusal};
use super::status::seconds;
use crate::live::{News, UnwellNews};

/// The most listeners at a time.
pub(super) const MOST_LISTENERS: usize = 64;

/// How often a line is sent that says nothing, so that nobody in between closes the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One listener.
struct Listener {
    news: watch::Receiver<News>,
    told: Told,
    next: VecDeque<(&'static str, Value)>,
    _place: OwnedSemaphorePermit,
}

/// What a listener knows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    generation: u64,
    refused: Option<SystemTime>,
    center_up: Option<bool>,
    unwell: Arc<[UnwellNews]>,
}

pub(super) async fn listen(State(admin): State<Arc<Admin>>) -> Response {
    let Ok(place) = Arc::clone(&admin.listeners).try_acquire_owned() else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "too many listen already");
    };
    let mut news = admin.live.news();
    let (told, mut next) = {
        let news = news.borrow_and_update();
        let first = ("live", json!({"schema": 1, "generation": news.generation}));
        (Told::of(&news), VecDeque::from([first]))
    };
    next.extend(health(&[], &told.unwell));
    let listener = Listener { news, told, next, _place: place };
    Sse::new(events(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(listener, |mut listener| async move {
        loop {
            if let Some((name, data)) = listener.next.pop_front() {
                let event = Event::default().event(name).data(data.to_string());
                return Some((Ok(event), listener));
            }
            listener.news.changed().await.ok()?;
            listener.hear();
        }
    })
}

/// Tells whose health has changed: who is unwell in another way than before, and who is well again.
fn health(before: &[UnwellNews], now: &[UnwellNews]) -> Vec<(&'static str, Value)> {
    let state = |news: &UnwellNews| (news.backend.clone(), news.is_out);
    let known: Vec<_> = before.iter().map(state).collect();
    let worse = now.iter().filter(|news| !known.contains(&state(news))).map(|news| {
        json!({
            "schema": 1,
            "backend": news.backend,
            "condition": if news.is_out { "out" } else { "key_refused" },
            "since": seconds(news.since),
            "reason": news.reason,
        })
    });
    let is_unwell = |backend: &String| now.iter().any(|news| news.backend == *backend);
    let better = before.iter().filter(|news| !is_unwell(&news.backend));
    let better = better.map(|news| json!({"schema": 1, "backend": news.backend, "condition": "well"}));
    worse.chain(better).map(|data| ("health", data)).collect()
}

// === impl Listener ===

impl Listener {
    /// Finds out what is new.
    fn hear(&mut self) {
        let news = self.news.borrow_and_update();
        let now = Told::of(&news);
        if let Some(applied) = news.applied.as_ref().filter(|_| now.generation != self.told.generation) {
            let changes: Vec<String> = applied.changes.iter().map(ToString::to_string).collect();
            let data = json!({
                "schema": 1,
                "generation": applied.generation,
                "changes": changes,
                "took_ms": applied.took.as_secs_f64() * 1000.0,
                "by": applied.author,
            });
            self.next.push_back(("applied", data));
        }
        if let Some(refused) = news.refused.as_ref().filter(|_| now.refused != self.told.refused) {
            let data = json!({
                "schema": 1,
                "generation": now.generation,
                "count": refused.count,
                "report": refused.report,
                "by": refused.author,
            });
            self.next.push_back(("refused", data));
        }
        if let Some(center) = news.center.as_ref().filter(|_| now.center_up != self.told.center_up) {
            let data =
                json!({"schema": 1, "up": center.up, "revision": center.revision, "error": center.error});
            self.next.push_back(("center", data));
        }
        self.next.extend(health(&self.told.unwell, &now.unwell));
        drop(news);
        self.told = now;
    }
}

// === impl Told ===

impl Told {
    fn of(news: &News) -> Self {
        Self {
            generation: news.generation,
            refused: news.refused.as_ref().map(|refusal| refusal.at),
            center_up: news.center.as_ref().map(|center| center.up),
            unwell: Arc::clone(&news.unwell),
        }
    }
}
