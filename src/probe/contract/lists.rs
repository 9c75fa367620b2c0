//! What a backend tells of its models.

use serde_json::Value;

use super::finding::{Finding, Point};
use super::report::{FURTHER, Subject};
use crate::probe::Reached;
use crate::probe::answer::Answer;
use crate::probe::asker::{Place, Question};
use crate::table::Address;

/// Where servers say in their list of models how long a prompt may be.
const CONTEXT_KEYS: [&str; 5] =
    ["max_model_len", "context_length", "context_window", "max_context_length", "max_input_tokens"];

/// Looks whether the names that a backend is asked for are those that it has. `heeds` tells whether
/// it minds them.
pub(super) fn models(reached: &Reached, asked_for: &[&str], heeds: bool) -> Finding {
    match reached {
        Reached::Lists(models) => {
            let is_missing = |model: &&&str| !models.iter().any(|listed| listed == **model);
            let missing: Vec<String> =
                asked_for.iter().filter(is_missing).map(|model| format!("`{model}`")).collect();
            let found = format!("{reached}; not {}, which it is asked for", missing.join(", "));
            match (missing.is_empty(), heeds) {
                (true, _) => Finding::ok(Point::Models, reached.to_string()),
                (false, false) => Finding::ok(Point::Models, found).meaning("it answers to any name"),
                (false, true) => Finding::warning(
                    Point::Models,
                    found,
                    "such requests fail: set `model`, of the backend or of the model, to a name that it lists",
                ),
            }
        }
        Reached::NoList(_) => Finding::unknown(Point::Models, reached.to_string()),
        Reached::KeyRefused(_) => Finding::warning(
            Point::Models,
            reached.to_string(),
            "if requests fail as well, set `key` of the backend; some servers only hide their list",
        ),
        Reached::Unwell(..) | Reached::Silent(_) => Finding::warning(
            Point::Models,
            reached.to_string(),
            "what watches it by this path thinks it is down",
        ),
    }
}

/// Looks in the list of models, as of vLLM and many others, then at llama.cpp's `/props`.
pub(super) async fn context(subject: &Subject<'_>, listed: &Answer) -> Finding {
    let told = |tokens: u64, place: &str| Finding::ok(Point::Context, format!("{tokens} tokens ({place})"));
    let list = listed.value().unwrap_or_default();
    let entries = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours = entries.iter().find(|entry| entry["id"] == subject.model.as_str()).or(entries.first());
    let in_list =
        ours.and_then(|entry| CONTEXT_KEYS.iter().find_map(|key| Some((entry.get(key)?.as_u64()?, *key))));
    if let Some((tokens, key)) = in_list {
        return told(tokens, key);
    }
    let is_llama = listed.server.as_deref().is_some_and(|server| server.contains("llama.cpp"));
    if is_llama && matches!(subject.backend.address, Address::Http(_)) {
        let props = Question { place: Place::BesideV1("/props"), ..Question::get("/props") };
        let props = subject.asker.ask(&props, FURTHER).await.ok().and_then(|answer| answer.value());
        let tokens = props
            .and_then(|props| props.pointer("/default_generation_settings/n_ctx").and_then(Value::as_u64));
        if let Some(tokens) = tokens {
            return told(tokens, "/props");
        }
    }
    Finding::unknown(Point::Context, "it doesn't say how long a prompt may be")
}
