//! Where it was measured, and how quiet it was there.

use std::fs;
use std::time::{Duration, Instant};

/// Says what the figures were made on.
pub(crate) fn description() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| cpus.lines().find(|line| line.starts_with(name))?.split_once(": ");
    let model = field("model name").map_or("unknown", |(_, model)| model);
    let count = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{count} CPUs ({}), Linux {}", model.trim(), kernel.trim())
}

/// What other programs have used of the machine while something was measured.
#[derive(Default)]
pub(crate) struct Quiet {
    others: Duration,
    stolen: Duration,
    of: Duration,
}

/// A moment at which something begins to be measured.
pub(crate) struct Begun {
    at: Instant,
    used: Used,
    own: Duration,
}

/// CPU time of all CPUs.
struct Used {
    busy: Duration,
    stolen: Duration,
    cpus: u32,
}

impl Begun {
    /// Begins.
    pub(crate) fn now() -> Self {
        Self { at: Instant::now(), used: used(), own: own() }
    }
}

impl Quiet {
    /// Ends: what was used and was neither ours nor the measured proxy's was others'.
    pub(crate) fn end(&mut self, begun: &Begun, proxy: Duration) {
        let used = used();
        let known = proxy + own().saturating_sub(begun.own);
        self.others += used.busy.saturating_sub(begun.used.busy).saturating_sub(known);
        self.stolen += used.stolen.saturating_sub(begun.used.stolen);
        self.of += begun.at.elapsed() * used.cpus;
    }

    /// Says how quiet it was.
    pub(crate) fn report(&self) -> String {
        let share =
            |part: Duration| part.as_secs_f64() * 100.0 / self.of.as_secs_f64().max(f64::MIN_POSITIVE);
        let (others, stolen) = (share(self.others), share(self.stolen));
        let word = if others + stolen < 3.0 { "quiet" } else { "BUSY: don't publish these" };
        format!("{word} (other programs took {others:.1} % of it, the host {stolen:.1} %)")
    }
}

fn own() -> Duration {
    crate::process::cpu(std::process::id())
}

fn used() -> Used {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = |line: &str| -> Vec<u64> { line.split_whitespace().skip(1).flat_map(str::parse).collect() };
    let all = text.lines().next().map(ticks).unwrap_or_default();
    let at = |n: usize| Duration::from_millis(all.get(n).copied().unwrap_or(0) * 10);
    let cpus = text.lines().skip(1).take_while(|line| line.starts_with("cpu")).count();
    Used { busy: at(0) + at(1) + at(2), stolen: at(7), cpus: cpus.try_into().unwrap_or(1) }
}
