//! The keys `timeout` and `retry`.

use std::time::Duration;

use crate::table::{RetryOn, parse_duration};

use super::node::{Kind, Node};
use super::place::At;
use super::{Grammar, Reader, code};

/// The key `timeout`, each part as far as it is given.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawTimeouts {
    pub(in crate::config) connect: Option<Duration>,
    pub(in crate::config) first_byte: Option<Duration>,
    pub(in crate::config) idle: Option<Duration>,
    pub(in crate::config) total: Option<RawTotal>,
    pub(in crate::config) min_tokens_per_second: Option<u32>,
}

/// The limit of a whole exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum RawTotal {
    /// `none`, which undoes one of `defaults`.
    Unlimited,
    /// After this long.
    After(Duration),
}

/// The key `retry`, each part as far as it is given.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawRetry {
    pub(in crate::config) max: Option<u32>,
    pub(in crate::config) on: Option<RetryOn>,
    pub(in crate::config) budget: Option<u32>,
}

const TIMEOUT: Grammar = Grammar {
    what: "`timeout`",
    keys: &["connect", "first_byte", "idle", "total", "min_tokens_per_second"],
    later: &[],
};
const RETRY: Grammar = Grammar { what: "`retry`", keys: &["max", "on", "budget"], later: &[] };

/// More tries would only multiply with the client's own.
const MOST_RETRIES: u32 = 10;

/// No model is as fast for one reader.
const HIGHEST_FLOOR: u32 = 10_000;

/// Statuses that say that the request is at fault: another try would get the same answer.
const NEVER: [u16; 5] = [400, 401, 403, 404, 422];

impl Reader<'_, '_> {
    /// Reads `timeout`; a lone duration is `first_byte`, the one that makes way for a fallback.
    pub(in crate::config) fn timeouts(&mut self, node: &Node) -> RawTimeouts {
        let mut timeouts = RawTimeouts::default();
        if node.text().is_some() && !node.is_null() {
            timeouts.first_byte = self.duration(node, "`timeout`").map(|at| at.value);
            return timeouts;
        }
        let Some(fields) = self.fields(node, &TIMEOUT) else { return timeouts };
        let part = |reader: &mut Self, key, what| {
            fields.get(key).and_then(|node| reader.duration(node, what)).map(|at| at.value)
        };
        timeouts.connect = part(self, "connect", "`timeout.connect`");
        timeouts.first_byte = part(self, "first_byte", "`timeout.first_byte`");
        timeouts.idle = part(self, "idle", "`timeout.idle`");
        timeouts.total = fields.get("total").and_then(|node| self.total(node));
        let floor = fields.get("min_tokens_per_second");
        let floor =
            floor.and_then(|node| self.number(node, "`timeout.min_tokens_per_second`", HIGHEST_FLOOR));
        timeouts.min_tokens_per_second = floor.map(|at| at.value);
        timeouts
    }

    fn total(&mut self, node: &Node) -> Option<RawTotal> {
        match node.text() {
            Some("none") => Some(RawTotal::Unlimited),
            Some(text) if parse_duration(text).is_some_and(|total| total.is_zero()) => {
                Some(RawTotal::Unlimited)
            }
            _ => self.duration(node, "`timeout.total`").map(|at| RawTotal::After(at.value)),
        }
    }

    /// Reads `retry`.
    pub(in crate::config) fn retry(&mut self, node: &Node) -> RawRetry {
        if node.text().is_some() && !node.is_null() {
            let max = self.number(node, "`retry`", MOST_RETRIES).map(|at| at.value);
            return RawRetry { max, ..RawRetry::default() };
        }
        let Some(fields) = self.fields(node, &RETRY) else { return RawRetry::default() };
        let max = fields.get("max").and_then(|node| self.number(node, "`retry.max`", MOST_RETRIES));
        let on = fields.get("on").and_then(|node| self.retry_on(node));
        let budget = fields.get("budget").and_then(|node| self.budget(node));
        RawRetry { max: max.map(|at| at.value), on, budget }
    }

    fn budget(&mut self, node: &Node) -> Option<u32> {
        let text = self.string(node, "`retry.budget`")?;
        let number = text.value.trim().strip_suffix('%').and_then(|number| number.trim_end().parse().ok());
        let percent = number.filter(|percent| *percent <= 100);
        if percent.is_none() {
            self.findings
                .error(code::BAD_VALUE, &text.place, format!("`{}` is no value for `retry.budget`", text.value))
                .label("not a share from 0% to 100%")
                .help("write further tries in percent of all requests, `20%`; a floor of 10 a second comes on top");
        }
        percent
    }

    fn retry_on(&mut self, node: &Node) -> Option<RetryOn> {
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            Kind::Scalar { .. } => std::slice::from_ref(node),
            Kind::Map(_) => {
                self.wrong_type(node, "`retry.on`", "a list");
                return None;
            }
        };
        let mut on = RetryOn { connect: false, timeout: false, statuses: Vec::new() };
        for item in items {
            let Some(words) = self.string(item, "`retry.on`") else { continue };
            match words.value.as_str() {
                "connect" => on.connect = true,
                "timeout" => on.timeout = true,
                "5xx" => on.statuses.extend(500..600),
                text => on.statuses.extend(self.retry_status(text, &words)),
            }
        }
        on.statuses.sort_unstable();
        on.statuses.dedup();
        Some(on)
    }

    fn retry_status(&mut self, text: &str, at: &At<String>) -> Option<u16> {
        let status = text.parse().ok().filter(|status| (400..600).contains(status));
        let never = status.filter(|status| NEVER.contains(status)).map(|status| status.to_string());
        if let Some(named) = never.or_else(|| (text == "4xx").then(|| "4xx".to_owned())) {
            self.findings
                .error(code::BAD_VALUE, &at.place, format!("`{named}` is never tried again"))
                .label("the request itself is at fault")
                .help("400, 401, 403, 404 and 422 would get the same answer from the same model");
            return None;
        }
        if status.is_none() {
            self.findings
                .error(code::BAD_VALUE, &at.place, format!("`{text}` is nothing to retry on"))
                .help("write `connect`, `timeout`, `5xx`, or a status such as 429");
        }
        status
    }
}
