//! Whether token counts come along.

use serde_json::{Value, json};

use super::finding::{Finding, Point};
use super::report::{FURTHER, Subject};
use super::stream;
use crate::probe::Service;
use crate::probe::answer::Answer;

pub(super) fn whole(subject: &Subject<'_>, answer: &Answer) -> Finding {
    let counts = answer.value().as_ref().and_then(|value| counts(&value["usage"]));
    match (counts, subject.service) {
        (Some(counts), _) => Finding::ok(Point::Usage, counts),
        (None, Service::Chat | Service::Text) => Finding::warning(
            Point::Usage,
            "none in whole answers",
            "DB-GPT fails on whole answers without it ('NoneType' object has no attribute 'dict'); others count 0 tokens",
        ),
        (None, _) => Finding::unknown(Point::Usage, "none"),
    }
}

pub(super) async fn streamed(subject: &Subject<'_>) -> Finding {
    let more = json!({"stream_options": {"include_usage": true}});
    let question = stream::request(subject, "Say hello", 16, more);
    let point = Point::StreamUsage;
    let answer = match subject.asker.ask(&question, FURTHER).await {
        Ok(answer) if answer.status.is_success() => answer,
        Ok(answer) => {
            let found =
                format!("`stream_options` is answered {}: {}", answer.status.as_u16(), answer.words());
            return Finding::warning(
                point,
                found,
                "clients that ask for counts in streams (LangChain, Open WebUI) fail here",
            );
        }
        Err(error) => {
            return Finding::warning(
                point,
                error.to_string(),
                "clients that ask for counts in streams fail here",
            );
        }
    };
    let events = answer.values();
    let counted: Vec<(&Value, String)> =
        events.iter().filter_map(|event| Some((event, counts(&event["usage"])?))).collect();
    match &counted[..] {
        [] => Finding::warning(
            point,
            "none, though asked for",
            "DB-GPT and others show 0 tokens for every stream, and nobody can count what was used",
        ),
        [.., (event, counts)] if event["choices"][0].is_null() => {
            Finding::ok(point, format!("{counts}, in an event of its own"))
        }
        [.., (_, counts)] => Finding::ok(point, format!("{counts}, along with the text")),
    }
}

/// Reads the counts, if they are there and say anything.
fn counts(usage: &Value) -> Option<String> {
    let input = usage["prompt_tokens"].as_u64()?;
    let output = usage["completion_tokens"].as_u64().unwrap_or_default();
    (input + output > 0).then(|| format!("{input} tokens in, {output} out"))
}
