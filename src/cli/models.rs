//! The models of a running router, as rows.

use std::fmt;

use serde::Deserialize;

use super::backends::Spread;
use super::table::Table;

/// What the status tells of one model.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    name: String,
    to: String,
    fallback: Vec<String>,
    #[serde(default)]
    when: Vec<Rule>,
    mirror: Option<Mirror>,
}

/// How copies of its requests fared.
#[derive(Debug, Deserialize)]
struct Mirror {
    to: String,
    share: f64,
    sent: u64,
    dropped: u64,
    failed: u64,
    compared: u64,
    same_status: u64,
    main: Side,
    copy: Side,
}

#[derive(Debug, Deserialize)]
struct Side {
    first_byte_ms: Spread,
}

#[derive(Debug, Deserialize)]
struct Rule {
    conditions: String,
    to: String,
    fallback: Vec<String>,
}

/// Models under each other.
pub(super) struct Models<'m>(pub(super) &'m [Model]);

// === impl Model ===

impl Model {
    /// Tells how its mirror does, if it has one.
    pub(super) fn mirrored(&self) -> Option<String> {
        let Mirror { to, share, sent, dropped, failed, compared, same_status, main, copy } =
            self.mirror.as_ref()?;
        let percent = (share * 1_000_000.0).round() / 10_000.0;
        let some = |count: u64, what| (count > 0).then(|| format!("{count} {what}"));
        let told = [
            Some(format!("{}: {percent}% mirrored to {to}: {sent} sent", self.name)),
            some(*failed, "failed"),
            some(*dropped, "dropped"),
            (*compared > 0).then(|| {
                format!(
                    "{same_status} of {compared} with the same status, first byte p50/p95 {} here and {} there",
                    main.first_byte_ms, copy.first_byte_ms
                )
            }),
        ];
        Some(told.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for Models<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["MODEL", "TO", "FALLBACK"].map(str::to_owned).to_vec();
        let rows = self.0.iter().flat_map(|model| {
            let own = vec![model.name.clone(), model.to.clone(), model.fallback.join(", ")];
            let rules = model.when.iter().map(|rule| {
                vec![format!("  {}", rule.conditions), rule.to.clone(), rule.fallback.join(", ")]
            });
            std::iter::once(own).chain(rules)
        });
        Table(std::iter::once(head).chain(rows).collect()).fmt(f)
    }
}
