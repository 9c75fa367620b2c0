//! What a backend says no to, and how.

use serde_json::{Value, json};

use super::finding::{Finding, Point};
use super::report::{FURTHER, Subject};
use crate::probe::answer::Answer;
use crate::probe::asker::Question;
use crate::probe::{ProbeError, Service};

/// No server has a model of this name.
const NO_SUCH_MODEL: &str = "patchbay-probe-no-such-model";

/// What is found of a server that never looks at the name.
const IGNORED: &str = "answered all the same";

/// Tells whether a backend looks at the name, by what [`unknown_model`] found.
pub(super) fn heeds_names(found: &Finding) -> bool {
    found.found != IGNORED
}

/// Asks with messages that aren't a list.
pub(super) async fn bad_request(subject: &Subject<'_>) -> Finding {
    let body = json!({"model": subject.model, "messages": "not a list", "max_tokens": 1, "stream": false});
    let question = Question::post(Service::Chat.path(), &body);
    judged_error(subject.asker.ask(&question, FURTHER).await)
}

fn judged_error(answer: Result<Answer, ProbeError>) -> Finding {
    let point = Point::Errors;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            return Finding::warning(
                point,
                error.to_string(),
                "a client's mistake looks like an outage, and is tried elsewhere",
            );
        }
    };
    let status = answer.status.as_u16();
    let words = answer.words();
    if answer.status.is_server_error() {
        let means = "a client's mistake looks like an outage: the router asks the next backend with it";
        return Finding::warning(point, format!("a bad request is answered {status}: {words}"), means);
    }
    if answer.status.is_success() {
        return match answer.error_in_band() {
            Some(words) => Finding::warning(
                point,
                format!(
                    "a bad request is answered {status} with an error inside, as DB-GPT's own server does: {words}"
                ),
                "the status tells nobody of it: no client raises, no fallback is asked",
            ),
            None => Finding::warning(
                point,
                "a bad request is answered as if it were good",
                "clients don't learn of their mistakes",
            ),
        };
    }
    match shape(&answer) {
        Shape::OpenAi => Finding::ok(point, format!("{status}, in OpenAI's shape")),
        Shape::DbGpt => Finding::warning(
            point,
            format!("{status}, in the shape of DB-GPT's own server: {words}"),
            "the OpenAI SDKs show the whole body instead of the message",
        ),
        Shape::OtherJson => Finding::warning(
            point,
            format!("{status}, in a shape of its own: {words}"),
            "the OpenAI SDKs show the whole body instead of the message",
        ),
        Shape::NoJson => Finding::warning(
            point,
            format!("{status}, and no JSON: {words}"),
            "people see this text, or only the status",
        ),
    }
}

pub(super) async fn unknown_model(subject: &Subject<'_>) -> Finding {
    let point = Point::UnknownModel;
    let answer = match subject.asker.ask(&subject.service.smallest(NO_SUCH_MODEL), FURTHER).await {
        Ok(answer) => answer,
        Err(error) => return Finding::warning(point, error.to_string(), "a wrong name looks like an outage"),
    };
    let status = answer.status.as_u16();
    if answer.status.is_success() {
        return match answer.error_in_band() {
            Some(words) => Finding::warning(
                point,
                format!("{status} with an error inside: {words}"),
                "a wrong name isn't seen by the status: no fallback is asked",
            ),
            None => Finding::ok(point, IGNORED)
                .meaning("any name gets whatever model is loaded; nobody notices if that is another one"),
        };
    }
    if answer.status.is_server_error() {
        let means = "a wrong name looks like an outage: the router asks the next backend";
        return Finding::warning(point, format!("{status}: {}", answer.words()), means);
    }
    match shape(&answer) {
        Shape::DbGpt => Finding::ok(point, format!("{status}, as DB-GPT's own server does")),
        _ => Finding::ok(point, status.to_string()),
    }
}

/// How an error is written down.
enum Shape {
    /// `{"error": {"message": …}}`.
    OpenAi,
    /// `{"object": "error", "message": …, "code": 40301}`, which it has from `FastChat`.
    DbGpt,
    OtherJson,
    NoJson,
}

fn shape(answer: &Answer) -> Shape {
    match answer.value() {
        None => Shape::NoJson,
        Some(value) if value["error"]["message"].is_string() => Shape::OpenAi,
        Some(value) if value["object"] == "error" && value["code"].as_u64() > Some(40_000) => Shape::DbGpt,
        Some(Value::Object(value)) if value.contains_key("error_code") => Shape::DbGpt,
        Some(_) => Shape::OtherJson,
    }
}
