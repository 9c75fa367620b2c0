//! hyper's clock for the time between two requests, at the price of one timer a connection.
//!
//! hyper sets a timer when it begins to wait for a head and drops it when the head is there, with each
//! request. So a timer here is a moment only. The one that rings is set for the first of them, and for
//! the present one when it has rung: as often as the limit is long, however many requests there were.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::Timer;
use tokio::time::{Instant, Sleep, sleep_until};

/// What rings, once there was something to wait for.
type Bell = Arc<Mutex<Option<Pin<Box<Sleep>>>>>;

/// The clock of one connection.
#[derive(Debug, Default)]
pub(super) struct IdleTimer(Bell);

/// One wait.
struct Until {
    moment: Instant,
    bell: Bell,
}

// === impl IdleTimer ===

impl Timer for IdleTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, moment: std::time::Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Until { moment: moment.into(), bell: Arc::clone(&self.0) })
    }

    fn now(&self) -> std::time::Instant {
        Instant::now().into()
    }
}

// === impl Until ===

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = bell.get_or_insert_with(|| Box::pin(sleep_until(self.moment)));
        loop {
            if bell.deadline() > self.moment {
                bell.as_mut().reset(self.moment);
            }
            ready!(bell.as_mut().poll(cx));
            if bell.deadline() == self.moment {
                return Poll::Ready(());
            }
            bell.as_mut().reset(self.moment);
        }
    }
}

impl hyper::rt::Sleep for Until {}
