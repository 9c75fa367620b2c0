//! The data port's paths, as a table.

use std::borrow::Cow;

use http::Method;

use crate::relay::Operation;
use crate::table::percent_decoded;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// A backend.
    Forward(Operation),
    /// The list of models.
    Models,
    /// One model of that list.
    Model(String),
    /// Models with their targets.
    ModelInfo,
    /// "I am alive".
    Health,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoWay {
    /// There is no such path.
    UnknownPath,
    /// There is, with this method.
    Method(&'static str),
}

/// Paths that are forwarded, below any of [`PREFIXES`]. A star stands for one or more segments.
const FORWARDED: [&str; 10] = [
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/rerank",
    "/responses",
    "/messages",
    "/moderations",
    "/beta/relevance",
    "/audio/*",
    "/images/*",
];

/// What clients put in front; the empty one comes last, since it fits everything.
const PREFIXES: [&str; 3] = ["/api/v1", "/v1", ""];

const AZURE: &str = "/openai/deployments/";

/// Finds what a path leads to.
pub(super) fn resolve(method: &Method, path: &str) -> Result<Destination, NoWay> {
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    if path == "/healthz" {
        return allow(method, &[Method::GET, Method::HEAD], Destination::Health);
    }
    if let Some(rest) = path.strip_prefix(AZURE) {
        let (model, rest) = rest.split_once('/').ok_or(NoWay::UnknownPath)?;
        let operation = forwarded(&format!("/{rest}")).ok_or(NoWay::UnknownPath)?;
        let model = Some(percent_decoded(model)).filter(|model| !model.is_empty());
        return allow(method, &[Method::POST], Destination::Forward(Operation { model, ..operation }));
    }
    for prefix in PREFIXES {
        let Some(rest) = path.strip_prefix(prefix) else { continue };
        if let Some(mut operation) = forwarded(rest) {
            operation.rootless = prefix.is_empty() && rest == "/rerank";
            return allow(method, &[Method::POST], Destination::Forward(operation));
        }
        if let Some(list) = listed(rest) {
            return allow(method, &[Method::GET, Method::HEAD], list);
        }
    }
    Err(NoWay::UnknownPath)
}

fn allow(method: &Method, allowed: &[Method], found: Destination) -> Result<Destination, NoWay> {
    if allowed.contains(method) {
        Ok(found)
    } else {
        Err(NoWay::Method(if allowed.contains(&Method::POST) { "POST" } else { "GET, HEAD" }))
    }
}

fn listed(path: &str) -> Option<Destination> {
    match path {
        "/models" => Some(Destination::Models),
        "/model" | "/model/info" => Some(Destination::ModelInfo),
        _ => path.strip_prefix("/models/").map(|id| Destination::Model(percent_decoded(id))),
    }
}

/// Finds the row of a path; a suffix that was pasted twice counts once, as DB-GPT's
/// `PROXY_API_BASE` with a full URL in it sends.
fn forwarded(path: &str) -> Option<Operation> {
    let simple = |path| Operation { path, rootless: false, model: None };
    for row in FORWARDED {
        if let Some(parent) = row.strip_suffix('*') {
            let fits = path.strip_prefix(parent).is_some_and(is_plain);
            if fits {
                return Some(simple(Cow::Owned(path.to_owned())));
            }
        } else if path == row || path.strip_suffix(row) == Some(row) {
            return Some(simple(Cow::Borrowed(row)));
        }
    }
    None
}

/// Lets only such segments through a star as can't climb out of the backend's base path.
fn is_plain(rest: &str) -> bool {
    let plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    rest.split('/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(path: &str) -> Option<(String, bool, Option<String>)> {
        match resolve(&Method::POST, path) {
            Ok(Destination::Forward(operation)) => {
                Some((operation.path.into_owned(), operation.rootless, operation.model))
            }
            _ => None,
        }
    }

    #[test]
    fn every_way_to_write_a_path_leads_to_the_same_operation() {
        for path in [
            "/v1/chat/completions",
            "/chat/completions",
            "/api/v1/chat/completions",
            "/v1/chat/completions/",
            "/v1/chat/completions/chat/completions",
        ] {
            assert_eq!(operation(path), Some(("/chat/completions".to_owned(), false, None)), "{path}");
        }
    }

    #[test]
    fn only_the_bare_rerank_may_be_teis() {
        assert_eq!(operation("/rerank"), Some(("/rerank".to_owned(), true, None)));
        assert_eq!(operation("/v1/rerank"), Some(("/rerank".to_owned(), false, None)));
    }

    #[test]
    fn azure_names_the_model_in_its_path() {
        let found = operation("/openai/deployments/gpt%2D4o/chat/completions");
        assert_eq!(found, Some(("/chat/completions".to_owned(), false, Some("gpt-4o".to_owned()))));
    }

    #[test]
    fn no_path_climbs_out_of_a_star() {
        for path in ["/v1/audio/../admin", "/v1/audio/%2e%2e/admin", "/v1/audio//x", "/v1/audio/"] {
            assert_eq!(operation(path), None, "{path}");
        }
        assert!(operation("/v1/audio/transcriptions").is_some());
    }

    #[test]
    fn a_models_name_may_hold_slashes() {
        let found = resolve(&Method::GET, "/v1/models/Qwen/Qwen2.5-72B");
        assert_eq!(found, Ok(Destination::Model("Qwen/Qwen2.5-72B".to_owned())));
    }
}
