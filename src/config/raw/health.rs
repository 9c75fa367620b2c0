//! The keys `health` and `breaker`.

use std::time::Duration;

use http::uri::PathAndQuery;

use crate::table::{BreakerLimit, HealthCheck, Hook};

use super::node::Node;
use super::{Grammar, Reader};

/// The key `health`, each part as far as it is given.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawHealth {
    /// `off` is false; every other form is true.
    pub(in crate::config) on: Option<bool>,
    pub(in crate::config) path: Option<PathAndQuery>,
    pub(in crate::config) every: Option<Duration>,
    pub(in crate::config) timeout: Option<Duration>,
    pub(in crate::config) down_after: Option<u32>,
    pub(in crate::config) up_after: Option<u32>,
}

const HEALTH: Grammar =
    Grammar { what: "`health`", keys: &["path", "every", "timeout", "down_after", "up_after"], later: &[] };
const BREAKER: Grammar = Grammar { what: "`breaker`", keys: &["failures"], later: &[] };

/// More would be as good as `off`.
const MOST_IN_A_ROW: u32 = 1000;

/// Checks are for finding out that a server is gone, not for keeping it busy.
const SHORTEST: Duration = Duration::from_millis(100);

/// What a check takes longer than says nothing about now.
const LONGEST: Duration = Duration::from_secs(3600);

// === impl RawHealth ===

impl RawHealth {
    /// Settles what is checked, with `defaults` for what isn't given here.
    pub(in crate::config) fn settled(&self, defaults: &Self) -> Option<HealthCheck> {
        if !self.on.or(defaults.on)? {
            return None;
        }
        let built_in = HealthCheck::default();
        Some(HealthCheck {
            path: self.path.clone().or_else(|| defaults.path.clone()),
            every: self.every.or(defaults.every).unwrap_or(built_in.every),
            timeout: self.timeout.or(defaults.timeout).unwrap_or(built_in.timeout),
            down_after: self.down_after.or(defaults.down_after).unwrap_or(built_in.down_after),
            up_after: self.up_after.or(defaults.up_after).unwrap_or(built_in.up_after),
        })
    }
}

impl Reader<'_, '_> {
    /// Reads `health` as `on`, `off`, a path or an object.
    pub(super) fn health(&mut self, node: &Node) -> RawHealth {
        let mut health = RawHealth::default();
        if node.text().is_some() && !node.is_null() {
            let Some(words) = self.words(node, "`health`") else { return health };
            match words.value.text.as_str() {
                "on" => health.on = Some(true),
                "off" => health.on = Some(false),
                path => match Hook::path(path) {
                    Ok(path) => (health.on, health.path) = (Some(true), Some(path)),
                    Err(_) => self.bad(&words, "`health`", "write `on`, `off`, or a path such as `/health`"),
                },
            }
            return health;
        }
        let Some(fields) = self.fields(node, &HEALTH) else { return health };
        health.on = Some(true);
        if let Some(words) = fields.get("path").and_then(|node| self.words(node, "`health.path`")) {
            match Hook::path(&words.value.text) {
                Ok(path) => health.path = Some(path),
                Err(_) => self.bad(&words, "`health.path`", "write the path only, such as `/health`"),
            }
        }
        let time = |reader: &mut Self, key, what| fields.get(key).and_then(|node| reader.time(node, what));
        health.every = time(self, "every", "`health.every`");
        health.timeout = time(self, "timeout", "`health.timeout`");
        let count = |reader: &mut Self, key, what| {
            fields.get(key).and_then(|node| reader.positive(node, what, MOST_IN_A_ROW))
        };
        health.down_after = count(self, "down_after", "`health.down_after`").map(|at| at.value);
        health.up_after = count(self, "up_after", "`health.up_after`").map(|at| at.value);
        health
    }

    /// Reads `breaker` as `off` or an object.
    pub(super) fn breaker(&mut self, node: &Node) -> Option<BreakerLimit> {
        if node.text().is_some() && !node.is_null() {
            let words = self.words(node, "`breaker`")?;
            if words.value.text == "off" {
                return Some(BreakerLimit(None));
            }
            self.bad(&words, "`breaker`", "write `off`, or `{failures: 3}`");
            return None;
        }
        let fields = self.fields(node, &BREAKER)?;
        let failures = fields
            .get("failures")
            .and_then(|node| self.positive(node, "`breaker.failures`", MOST_IN_A_ROW))?;
        Some(BreakerLimit(Some(failures.value)))
    }

    fn time(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let time = self.duration(node, what)?;
        if (SHORTEST..=LONGEST).contains(&time.value) {
            return Some(time.value);
        }
        let words = self.words(node, what)?;
        self.bad(&words, what, "it goes from 100ms to 1h");
        None
    }
}
