//! What is measured of a load.

use std::collections::BTreeMap;

/// One kind of figure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    /// Answers, or events where the answer is streamed.
    PerSecond,
    /// CPU time of the proxy for each of these.
    Cpu,
    /// Time to the whole answer.
    P50,
    P99,
    /// Time to the first event.
    First50,
    First99,
    /// An event's way from the mock to the client.
    Delay50,
    Delay99,
    /// By how much that differs between one event and the next.
    Jitter99,
    /// Memory before the first load.
    Idle,
    /// What the load has added to it at most.
    Growth,
    /// The most that there was.
    Peak,
    /// How often another backend answered than the time before.
    Turns,
    /// Requests without a whole answer.
    Failed,
}

/// The figures of one round.
pub(crate) type Row = BTreeMap<Figure, f64>;

impl Figure {
    /// Returns what stands above its column.
    pub(crate) fn title(self, streamed: bool) -> &'static str {
        match self {
            Self::PerSecond if streamed => "events/s",
            Self::PerSecond => "answers/s",
            Self::Cpu if streamed => "CPU µs/event",
            Self::Cpu => "CPU µs/answer",
            Self::P50 => "added p50 µs",
            Self::P99 => "added p99 µs",
            Self::First50 => "added first event p50 µs",
            Self::First99 => "added first event p99 µs",
            Self::Delay50 => "added delay p50 µs",
            Self::Delay99 => "added delay p99 µs",
            Self::Jitter99 => "added jitter p99 µs",
            Self::Idle => "idle MB",
            Self::Growth => "growth MB",
            Self::Peak => "peak MB",
            Self::Turns => "turns",
            Self::Failed => "failed",
        }
    }

    /// Tells whether it is a time of which the part without a proxy is taken off.
    pub(crate) fn is_over_direct(self) -> bool {
        matches!(
            self,
            Self::P50
                | Self::P99
                | Self::First50
                | Self::First99
                | Self::Delay50
                | Self::Delay99
                | Self::Jitter99
        )
    }

    /// Tells whether it is a cost, of which a ratio to another proxy's says something.
    pub(crate) fn is_compared(self) -> bool {
        self.is_over_direct() || matches!(self, Self::Cpu | Self::Growth | Self::Peak)
    }

    /// Returns how many digits behind the point are worth reading.
    pub(crate) fn decimals(self, value: f64) -> usize {
        match self {
            Self::Cpu | Self::Idle | Self::Growth | Self::Peak if value.abs() < 100.0 => 1,
            _ => 0,
        }
    }

    /// Makes one of many rounds' values; `None` of none.
    pub(crate) fn settle(self, mut values: Vec<f64>) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        if self == Self::Failed {
            return Some(values.iter().sum());
        }
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        Some(if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        })
    }
}
