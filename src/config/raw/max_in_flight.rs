//! The key `max_in_flight` of a backend.

use crate::table::MaxInFlight;

use super::node::Node;
use super::place::At;
use super::{Grammar, Reader, code};

/// The key `max_in_flight`; `None` is `none`, which undoes one of `defaults`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) struct RawMaxInFlight(pub(in crate::config) Option<MaxInFlight>);

const MAX_IN_FLIGHT: Grammar =
    Grammar { what: "`max_in_flight`", keys: &["limit", "queue", "wait"], later: &[] };

/// More than any machine answers at once.
const MOST: u32 = 1_000_000;

impl Reader<'_, '_> {
    /// Reads `max_in_flight` as a number or as an object.
    pub(super) fn max_in_flight(&mut self, node: &Node) -> Option<RawMaxInFlight> {
        if node.text() == Some("none") {
            return Some(RawMaxInFlight(None));
        }
        if node.text().is_some() {
            let limit = self.positive(node, "`max_in_flight`", MOST)?;
            return Some(RawMaxInFlight(Some(MaxInFlight::of(limit.value))));
        }
        let fields = self.fields(node, &MAX_IN_FLIGHT)?;
        let Some(limit) = fields.get("limit") else {
            self.findings
                .error(code::MISSING, &node.place.first_line(), "`max_in_flight` has no `limit`")
                .help("say how many requests go on at once: `limit: 8`");
            return None;
        };
        let limit = self.positive(limit, "`max_in_flight.limit`", MOST);
        let queue = fields
            .get("queue")
            .and_then(|queue| self.number(queue, "`max_in_flight.queue`", MaxInFlight::DEEPEST))
            .map_or(0, |queue| queue.value);
        let wait = fields.get("wait").and_then(|wait| self.queue_wait(wait, fields.get("queue").is_some()));
        Some(RawMaxInFlight(Some(MaxInFlight {
            limit: limit?.value,
            queue,
            wait: wait.unwrap_or(MaxInFlight::WAIT),
        })))
    }

    fn queue_wait(&mut self, node: &Node, has_queue: bool) -> Option<std::time::Duration> {
        let wait = self.duration(node, "`max_in_flight.wait`")?;
        if !has_queue {
            self.findings
                .error(code::MISSING, &wait.place, "`wait` without a `queue`: nobody waits")
                .help("say how many may wait: `queue: 100`");
        } else if wait.value > MaxInFlight::LONGEST {
            self.findings
                .error(code::BAD_VALUE, &wait.place, "a request waits for 10 minutes at most")
                .help("write `10m` or less");
        }
        Some(wait.value)
    }

    /// Reads a whole number from 1 to a limit.
    pub(super) fn positive(&mut self, node: &Node, what: &str, most: u32) -> Option<At<u32>> {
        let words = self.words(node, what)?;
        let number = words.value.text.parse().ok().filter(|number| (1..=most).contains(number));
        if number.is_none() {
            let help = match most {
                u32::MAX => "write a whole number, 1 or more".to_owned(),
                _ => format!("write a whole number from 1 to {most}"),
            };
            self.bad(&words, what, &help);
        }
        number.map(|number| At::new(number, &words.place))
    }
}
