//! The keys `health` and `breaker`, written so that they read back the same.

use serde_yaml::{Mapping, Value};

use crate::table::{BreakerLimit, HealthCheck};

use super::print::{text, word};

pub(super) fn health(check: &HealthCheck) -> Value {
    let seconds = |time: std::time::Duration| word(&format!("{}s", time.as_secs_f64()));
    let path = check.path.as_ref().map(|path| ("path", text(path.as_str())));
    let rest = [
        ("every", seconds(check.every)),
        ("timeout", seconds(check.timeout)),
        ("down_after", Value::from(check.down_after)),
        ("up_after", Value::from(check.up_after)),
    ];
    Value::Mapping(path.into_iter().chain(rest).map(|(key, value)| (word(key), value)).collect())
}

/// Returns nothing where the limit is the one that is meant by saying nothing.
pub(super) fn breaker(limit: BreakerLimit) -> Option<Value> {
    (limit != BreakerLimit::default()).then(|| match limit.0 {
        None => word("off"),
        Some(failures) => Value::Mapping(Mapping::from_iter([(word("failures"), Value::from(failures))])),
    })
}
