//! How many requests an engine works on, as it says itself.
//!
//! A router counts its own requests only. Behind several routers, or beside clients of its own, an
//! engine has more to do than any of them knows.

use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use super::ProbeError;
use super::asker::{Asker, Place, Question};
use crate::table::{Backend, Engine};

/// How long all of it may take: well below the time between two readings.
const LIMIT: Duration = Duration::from_millis(1500);

/// Why an engine's load is not known.
#[derive(Debug, Error)]
pub enum LoadError {
    /// No whole answer.
    #[error(transparent)]
    Silent(#[from] ProbeError),
    /// An answer in which the numbers are missing.
    #[error("status {status} and no count of requests; does it run with its metrics on?")]
    NoCount {
        /// Its status.
        status: u16,
    },
}

/// Asks a backend how many requests it works on or has waiting, ours among them. Nothing is
/// generated, and a sleeping model is not woken.
pub async fn engine_load(backend: &Backend, engine: Engine) -> Result<u64, LoadError> {
    let asker = Asker::new(backend);
    match engine {
        Engine::Vllm => read(&asker, Place::BesideV1("/metrics"), vllm).await,
        Engine::Sglang => read(&asker, Place::BesideV1("/v1/loads"), |text| sglang(&json(text)?)).await,
        // Its metrics tell who waits as well, but are off by default.
        Engine::LlamaCpp => match read(&asker, Place::BesideV1("/metrics"), llama_cpp).await {
            Err(LoadError::NoCount { .. }) => {
                read(&asker, Place::BesideV1("/slots"), |text| slots(&json(text)?)).await
            }
            found => found,
        },
    }
}

async fn read(asker: &Asker<'_>, place: Place, count: fn(&str) -> Option<f64>) -> Result<u64, LoadError> {
    let question = Question { place, ..Question::get("") };
    let answer = asker.ask(&question, LIMIT).await?;
    let text = std::str::from_utf8(&answer.body).ok().filter(|_| answer.status.is_success());
    let status = answer.status.as_u16();
    text.and_then(count).map(whole).ok_or(LoadError::NoCount { status })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float saturates at the ends")]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn vllm(text: &str) -> Option<f64> {
    sum(text, &["vllm:num_requests_running", "vllm:num_requests_waiting"])
}

fn llama_cpp(text: &str) -> Option<f64> {
    sum(text, &["llamacpp:requests_processing", "llamacpp:requests_deferred"])
}

/// Sums up gauges of a Prometheus text over all of their labels; `None` if none is there.
fn sum(text: &str, names: &[&str]) -> Option<f64> {
    let values = text.lines().filter_map(|line| {
        let name = line.split(['{', ' ']).next()?;
        // Behind the labels: a value, and perhaps a time.
        let rest = line.rsplit_once('}').map_or(&line[name.len()..], |(_, rest)| rest);
        let value: f64 = rest.split_whitespace().next()?.parse().ok()?;
        (names.contains(&name) && value.is_finite()).then_some(value)
    });
    values.reduce(|all, value| all + value)
}

fn slots(list: &Value) -> Option<f64> {
    let busy = list.as_array()?.iter().filter(|slot| slot["is_processing"] == true);
    u32::try_from(busy.count()).ok().map(f64::from)
}

/// Sums up over all ranks; a list of ranks, or an object with one as `loads`. `num_reqs` is all of
/// a rank's requests, those that wait among them.
fn sglang(loads: &Value) -> Option<f64> {
    let ranks = loads.as_array().or_else(|| loads["loads"].as_array())?;
    let counts = ranks.iter().filter_map(|rank| {
        let number = |key: &str| rank[key].as_f64();
        let both = || Some(number("num_running_reqs")? + number("num_waiting_reqs").unwrap_or_default());
        both().or_else(|| number("num_total_reqs")).or_else(|| number("num_reqs"))
    });
    counts.reduce(|all, count| all + count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gauges_are_summed_up_over_their_labels() {
        let text = "# HELP vllm:num_requests_running Number of requests.\n\
            # TYPE vllm:num_requests_running gauge\n\
            vllm:num_requests_running{engine=\"0\",model_name=\"a} 9\"} 3.0\n\
            vllm:num_requests_running{engine=\"1\",model_name=\"a\"} 1e+01 1700000000000\n\
            vllm:num_requests_waiting{engine=\"0\"} 2.0\n\
            vllm:num_requests_waiting_by_reason{reason=\"x\"} 50.0\n";
        assert_eq!(vllm(text), Some(15.0));
        assert_eq!(llama_cpp(text), None);
        assert_eq!(llama_cpp("llamacpp:requests_processing 2\nllamacpp:requests_deferred 5\n"), Some(7.0));
        assert_eq!(vllm("vllm:num_requests_running NaN\nnonsense\n\n{\n"), None);
    }

    #[test]
    fn slots_and_ranks_are_counted() {
        assert_eq!(slots(&json!([{"is_processing": true}, {"is_processing": false}, {}])), Some(1.0));
        assert_eq!(slots(&json!({"error": {}})), None);
        let ranks = json!([{"num_running_reqs": 3, "num_waiting_reqs": 2}, {"num_running_reqs": 1}]);
        assert_eq!(sglang(&json!({"version": "x", "loads": ranks})), Some(6.0));
        assert_eq!(sglang(&json!([{"dp_rank": 0, "num_reqs": 4, "num_waiting_reqs": 1}])), Some(4.0));
        assert_eq!(sglang(&json!({"loads": []})), None);
        assert_eq!(sglang(&json!("busy")), None);
    }
}
