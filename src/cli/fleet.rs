//! A fleet as people read it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::age::Age;
use super::check::count;
use super::table::Table;
use crate::app::{Card, FleetReport};

/// The replicas, a line each, and what is to be said about all of them.
pub(super) struct FleetTable<'r>(pub(super) &'r FleetReport);

impl fmt::Display for FleetTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let head = ["REPLICA", "GENERATION", "DIGEST", "SINCE", "VERSION", ""];
        let head = vec![head.map(str::to_owned).to_vec()];
        let rows = report.replicas.iter().map(|card| row(card, report));
        write!(f, "{}", Table(head.into_iter().chain(rows).collect()))?;
        let all = report.replicas.len();
        if report.agrees {
            write!(
                f,
                "{} on the same table",
                if all == 1 { "1 replica".to_owned() } else { format!("all {all} replicas") }
            )?;
        } else {
            write!(f, "{} of {} on the newest table", report.running, count(all, "replica"))?;
        }
        if let Some(skew) = report.skew_ms.filter(|_| report.running > 1) {
            write!(f, ", taken up within {skew} ms")?;
        }
        writeln!(f)?;
        if report.unreadable > 0 {
            writeln!(f, "{} can't be read", count(report.unreadable, "card"))?;
        }
        if let Some(problem) = &report.problem {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

fn row(card: &Card, report: &FleetReport) -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = u64::try_from(now.as_millis()).unwrap_or(u64::MAX).saturating_sub(card.since_ms) / 1000;
    let note = match &card.refused {
        Some(reason) => format!("refused: {reason}"),
        None if card.generation == 0 => "no table yet".to_owned(),
        None if card.digest != report.newest => "behind".to_owned(),
        None if card.id == report.own => "answers this".to_owned(),
        None => String::new(),
    };
    let generation = card.generation.to_string();
    vec![
        card.address.clone(),
        generation,
        card.digest.clone(),
        format!("{} ago", Age(since)),
        card.version.clone(),
        note,
    ]
}
