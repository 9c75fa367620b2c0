//! How long a changed file must hold still before it is taken. Pure.

use std::time::{Duration, Instant};

use super::signs::Writing;

/// Where no event tells anything.
const STILL: Duration = Duration::from_millis(80);
/// For a writer that keeps the file open: its end will be told, and few never come to it.
const OPEN: Duration = Duration::from_secs(1);
/// For a set of several files: the second save of a pair comes within it.
const PAIR: Duration = Duration::from_millis(4);
/// For a closed file that looks cut: a script may be about to append the rest.
const CLOSED_CUT: Duration = Duration::from_millis(25);
/// For an open file that looks cut. A busy machine may stop a writer in the middle for seconds.
const OPEN_CUT: Duration = Duration::from_secs(10);
/// For a file that looks cut where no event tells anything.
const UNKNOWN_CUT: Duration = Duration::from_millis(400);
/// For a file that is gone or can't be read: many editors delete before they write.
const FAULT: Duration = Duration::from_millis(300);

/// One file's change, and what is known about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changed<'a> {
    /// The content that was handed over last, if there was one.
    pub(super) old: Option<&'a [u8]>,
    /// The content now; `None` if there is none.
    pub(super) new: Option<&'a [u8]>,
    /// What is known of its writer.
    pub(super) writing: Writing,
}

/// The moments that a wait can begin from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    /// When the present content was first read.
    pub(super) seen: Instant,
    /// The last event about the set, or `seen` if there was none.
    pub(super) last_sign: Instant,
}

/// Returns when a set may be taken, if it still reads the same then.
pub(super) fn ready_at<'a>(
    changed: impl Iterator<Item = Changed<'a>>,
    faulty: bool,
    several: bool,
    moments: Moments,
) -> Instant {
    let latest = moments.seen.max(moments.last_sign);
    let least =
        if faulty { latest + FAULT } else { moments.last_sign + if several { PAIR } else { Duration::ZERO } };
    changed.map(|file| file.ready_at(moments)).fold(least, Instant::max)
}

// === impl Changed ===

impl Changed<'_> {
    fn ready_at(self, moments: Moments) -> Instant {
        let latest = moments.seen.max(moments.last_sign);
        match self.writing {
            _ if self.new.is_none() => latest + FAULT,
            Writing::Whole if self.looks_cut() => moments.last_sign + CLOSED_CUT,
            Writing::Whole => moments.last_sign,
            Writing::Open { last, longest_gap } => {
                let still = if self.looks_cut() || self.shrank() { OPEN_CUT } else { OPEN };
                let still = still.max(longest_gap.saturating_mul(3)).min(OPEN_CUT);
                (last + still).max(moments.seen + STILL / 2)
            }
            Writing::Unknown if self.looks_cut() || self.shrank() => latest + UNKNOWN_CUT,
            Writing::Unknown => latest + STILL,
        }
    }

    /// Empty, or the beginning of the old text, or without the old text's final line break.
    fn looks_cut(&self) -> bool {
        let (Some(old), Some(new)) = (self.old, self.new) else {
            return self.new.is_none_or(<[u8]>::is_empty);
        };
        let cut = new.len() < old.len() && old.starts_with(new);
        new.is_empty() || cut || (old.ends_with(b"\n") && !new.ends_with(b"\n"))
    }

    fn shrank(&self) -> bool {
        let (Some(old), Some(new)) = (self.old, self.new) else { return false };
        new.len() / 3 < old.len() / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &[u8] = b"models:\n  a: echo://blue\n  b: echo://blue\n";

    fn wait(new: Option<&[u8]>, writing: impl Fn(Instant) -> Writing) -> Duration {
        let now = Instant::now();
        let moments = Moments { seen: now, last_sign: now };
        let changed = Changed { old: Some(OLD), new, writing: writing(now) };
        ready_at(std::iter::once(changed), false, false, moments) - now
    }

    fn open(gap: u64) -> impl Fn(Instant) -> Writing {
        move |last| Writing::Open { last, longest_gap: Duration::from_millis(gap) }
    }

    #[test]
    fn a_closed_file_is_taken_at_once() {
        assert_eq!(wait(Some(b"models:\n  a: echo://green\n"), |_| Writing::Whole), Duration::ZERO);
    }

    #[test]
    fn an_open_file_is_taken_after_a_second_without_a_word() {
        let new = b"models:\n  a: echo://green\n  b: echo://blue\n";
        assert_eq!(wait(Some(new), open(0)), OPEN);
    }

    #[test]
    fn a_slow_writer_is_waited_for_longer() {
        let new = b"models:\n  a: echo://green\n  b: echo://blue\n";
        assert_eq!(wait(Some(new), open(1000)), Duration::from_secs(3));
    }

    #[test]
    fn what_looks_cut_is_waited_for_longest() {
        for cut in [&b""[..], b"models:\n", b"models:\n  a: echo://green\n  b: ec", b"models:\n  a: x\n"] {
            assert_eq!(wait(Some(cut), open(0)), OPEN_CUT, "{cut:?}");
        }
    }

    #[test]
    fn only_an_open_file_is_waited_for_longer_than_a_second() {
        for new in [None, Some(&b""[..]), Some(b"x")] {
            for writing in
                [open(0)(Instant::now()), open(60_000)(Instant::now()), Writing::Unknown, Writing::Whole]
            {
                let most = if matches!(writing, Writing::Open { .. }) { OPEN_CUT } else { OPEN };
                assert!(wait(new, |_| writing) <= most);
            }
        }
    }

    #[test]
    fn a_pair_is_waited_for() {
        let now = Instant::now();
        let moments = Moments { seen: now, last_sign: now };
        assert_eq!(ready_at(std::iter::empty(), false, true, moments), now + PAIR);
    }
}
