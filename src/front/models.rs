//! What the models are, from the same snapshot that routes.

use http::{HeaderValue, Response, header};
use serde_json::{Value, json};

use crate::live::Snapshot;
use crate::relay::{Fault, ReplyBody};
use crate::table::{Route, Tier};

/// Answers `GET /v1/models`.
pub(super) fn list(snapshot: &Snapshot) -> Response<ReplyBody> {
    let data: Vec<Value> = snapshot.table.names().map(|(name, _)| entry(snapshot, name)).collect();
    reply(&json!({"object": "list", "data": data}))
}

/// Answers `GET /v1/models/ID`.
pub(super) fn one(snapshot: &Snapshot, id: &str) -> Result<Response<ReplyBody>, Fault> {
    let known = snapshot.table.names().any(|(name, _)| name == id);
    let globbed = || snapshot.table.find(Some(id)).is_some_and(|f| f.matched == crate::table::Matched::Glob);
    if known || globbed() {
        return Ok(reply(&entry(snapshot, id)));
    }
    Err(Fault::unknown_model(Some(id), &snapshot.table.nearest(id, 3), snapshot.table.names().count()))
}

/// Answers `GET /model` and `GET /v1/model/info`: which backends stand behind each name, by name.
pub(super) fn info(snapshot: &Snapshot) -> Response<ReplyBody> {
    let data: Vec<Value> = snapshot.table.routes().iter().map(|route| describe(snapshot, route)).collect();
    reply(&json!({
        "object": "list",
        "owner": snapshot.origin,
        "generation": snapshot.generation,
        "digest": snapshot.table.digest(),
        "default": snapshot.table.default_route().map(|route| route.name.as_str()),
        "data": data,
    }))
}

fn entry(snapshot: &Snapshot, id: &str) -> Value {
    let created = snapshot.since.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    json!({"id": id, "object": "model", "created": created, "owned_by": "patchbay"})
}

fn describe(snapshot: &Snapshot, route: &Route) -> Value {
    let aliases: Vec<&str> = route.aliases.iter().map(crate::table::ModelName::as_str).collect();
    let fallbacks =
        |tiers: &[Tier]| -> Vec<String> { tiers.iter().skip(1).map(|tier| tier.label.clone()).collect() };
    let rules = route.rules.iter().map(|rule| {
        json!({
            "conditions": rule.conditions(),
            "targets": targets(snapshot, &rule.tiers[0]),
            "fallback": fallbacks(&rule.tiers),
        })
    });
    let rules: Vec<Value> = rules.collect();
    json!({
        "id": route.name.as_str(),
        "model_name": route.name.as_str(),
        "aliases": aliases,
        "targets": targets(snapshot, &route.tiers[0]),
        "fallback": fallbacks(&route.tiers),
        "when": rules,
        "local_only": route.local_only,
        "context_length": null,
    })
}

fn targets(snapshot: &Snapshot, tier: &Tier) -> Vec<Value> {
    let target = |target: &crate::table::Target| {
        let backend = snapshot.table.backend(target.backend);
        json!({
            "backend": backend.name.as_str(),
            "weight": target.weight,
            "model": target.model.as_ref().map(crate::table::UpstreamModel::as_str),
            "cloud": backend.cloud,
            "in_flight": snapshot.upstream(target.backend).tally.in_flight(),
        })
    };
    tier.targets.iter().map(target).collect()
}

/// Makes an answer of a JSON value.
pub(super) fn reply(value: &Value) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::whole(value.to_string().into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
