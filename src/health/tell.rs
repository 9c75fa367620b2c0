//! The words for a change of health.

use std::time::Duration;

use crate::live::UnwellNews;
use crate::table::RoutingTable;

/// Says that a backend doesn't take its key, in words that follow its name.
pub(super) fn key_refused(status: u16) -> String {
    format!("it doesn't take its key (status {status})")
}

/// Returns what makes news: whose state it is and which. Another reason for the same is none, and
/// the moment is not told to the millisecond.
pub(super) fn essence(news: &UnwellNews) -> (&str, bool) {
    (&news.backend, news.is_out)
}

/// Logs what has changed between two looks.
pub(super) fn log(before: &[UnwellNews], now: &[UnwellNews], table: &RoutingTable) {
    for news in now.iter().filter(|news| !has(before, news)) {
        let UnwellNews { backend, is_out, for_people, reason, .. } = news;
        let what = if *is_out { "is out" } else { "gets requests and fails them" };
        if *for_people {
            tracing::error!(backend, "backend {backend} {what}: {reason}");
        } else {
            tracing::warn!(backend, "backend {backend} {what}: {reason}");
        }
    }
    for UnwellNews { backend, since, is_out, .. } in before {
        let is_there = table.backends().iter().any(|known| known.name.as_str() == backend.as_str());
        let is_unwell = now.iter().any(|news| news.backend == *backend);
        if is_there && !is_unwell {
            let after = since.elapsed().unwrap_or_default();
            let what = if *is_out { "is back" } else { "takes its key again" };
            tracing::info!(backend, "backend {backend} {what}, after {}", short(after));
        }
    }
}

fn has(list: &[UnwellNews], wanted: &UnwellNews) -> bool {
    list.iter().any(|news| essence(news) == essence(wanted))
}

fn short(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} s", time.as_secs())
    }
}
