//! Waiting for a moment to the microsecond.
//!
//! tokio's own timer counts whole milliseconds: a request that should go out now would go out up to
//! one later, which is more than most of what is measured here.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

/// One who waits.
pub(crate) struct Clock(AsyncFd<OwnedFd>);

impl Clock {
    /// Makes one.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        #[expect(deprecated, reason = "what took its place is unsafe, and an `OwnedFd` stays what it is")]
        Ok(Self(AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)?))
    }

    /// Waits until a moment; one that is past is no wait.
    pub(crate) async fn until(&self, moment: Instant) -> io::Result<()> {
        let left = moment.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        let once = Itimerspec { it_interval: never, it_value: timespec(left) };
        timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        loop {
            let mut ready = self.0.readable().await?;
            let mut count = [0; 8];
            if let Ok(read) = ready.try_io(|fd| Ok(rustix::io::read(fd, &mut count)?)) {
                return read.map(drop);
            }
        }
    }
}

fn timespec(left: Duration) -> Timespec {
    let seconds = left.as_secs().try_into().expect("no wait here takes an aeon");
    Timespec { tv_sec: seconds, tv_nsec: left.subsec_nanos().into() }
}
