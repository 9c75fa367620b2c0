//! The moment at which an event was sent, written into the event.
//!
//! Mock and load are one process, so both read the same clock, and the way of each event is known.
//! It stands in the text of the answer, since some routers write the rest of an event anew. It also
//! makes each event another: one of them ends an answer that repeats itself.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// How many bytes a stamp takes.
pub(crate) const LENGTH: usize = 17;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Writes the present moment into a place for it.
pub(crate) fn write(place: &mut [u8]) {
    let mut nanoseconds = BEGAN.elapsed().as_nanos();
    place[0] = b'@';
    for digit in place[1..LENGTH].iter_mut().rev() {
        *digit = b"0123456789"[(nanoseconds % 10) as usize];
        nanoseconds /= 10;
    }
}

/// Returns where the next stamp ends and its moment.
pub(crate) fn next(bytes: &[u8]) -> Option<(usize, Instant)> {
    let at = memchr::memchr(b'@', bytes)?;
    let digits = std::str::from_utf8(bytes.get(at + 1..at + LENGTH)?).ok()?;
    let nanoseconds = digits.parse().ok()?;
    Some((at + LENGTH, *BEGAN + Duration::from_nanos(nanoseconds)))
}
