//! How long the rest of an answer is waited for.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::time::{Instant, Sleep, sleep_until};

use super::first_token::FirstToken;
use crate::table::Timeouts;

/// How long the rest may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) timeouts: Timeouts,
    /// When the backend was asked.
    pub(super) asked: Instant,
    /// When the time for the whole exchange is over.
    pub(super) deadline: Option<Instant>,
}

/// Waits for an answer to go on.
pub(super) struct Patience {
    pub(super) limits: Limits,
    /// When something came last.
    pub(super) heard: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
}

/// Nobody takes over where the time for all is over.
pub(super) const TOTAL: &str = "took longer than its total limit";

// === impl Limits ===

impl Limits {
    /// Returns the limits of a try that begins now, of a request that began earlier.
    pub(super) fn new(timeouts: Timeouts, started: Instant, asked: Instant) -> Self {
        Self { timeouts, asked, deadline: timeouts.total.map(|total| started + total) }
    }

    /// Tells whether the time for the whole exchange is over.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }
}

// === impl Patience ===

impl Patience {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, heard: limits.asked, alarm: None }
    }

    /// Begins anew with an answer that has just begun.
    pub(super) fn begin(&mut self) {
        (self.heard, self.alarm) = (Instant::now(), None);
    }

    /// Tells whether a limit has passed; arms the alarm for when the next one will.
    pub(super) fn poll_over(
        &mut self,
        cx: &mut Context<'_>,
        first_token: Option<&FirstToken>,
    ) -> Poll<Cow<'static, str>> {
        loop {
            let idle_end = self.heard + self.limits.timeouts.idle;
            let token_end = first_token.map(|token| token.until);
            let until = [self.limits.deadline, token_end].into_iter().flatten().fold(idle_end, Instant::min);
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
            if alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            if self.limits.is_over(now) {
                return Poll::Ready(TOTAL.into());
            }
            if idle_end <= now {
                return Poll::Ready("fell silent in the middle of its answer".into());
            }
            if let Some(token) = first_token.filter(|token| token.until <= now) {
                return Poll::Ready(format!("sent no first token within {:?}", token.limit).into());
            }
            alarm.as_mut().reset(until);
        }
    }
}
