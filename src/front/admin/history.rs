//! `GET /admin/v1/history`, `/history/N`, `/diff` and `/table`: what was applied, what is pending,
//! what is refused, and what serves.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::port::{Admin, refusal, tagged};
use crate::history::{MOST_GENERATIONS, Unknown, table_as_json, table_as_yaml};

/// How many generations are told, if the question doesn't say.
const USUAL: usize = 20;

type Asked = Query<HashMap<String, String>>;

pub(super) async fn list(State(admin): State<Arc<Admin>>, Query(query): Asked) -> Response {
    let limit = query.get("limit").map_or(Some(USUAL), |limit| limit.parse().ok());
    let Some(limit) = limit.filter(|limit| (1..=MOST_GENERATIONS).contains(limit)) else {
        return refusal(StatusCode::BAD_REQUEST, "`limit` is a number from 1 to 100");
    };
    Json(admin.records.report(&admin.live, limit).await).into_response()
}

pub(super) async fn show(State(admin): State<Arc<Admin>>, Path(generation): Path<String>) -> Response {
    let Ok(generation) = generation.parse() else {
        return refusal(StatusCode::BAD_REQUEST, "say which generation: /admin/v1/history/7");
    };
    match admin.records.report_of(&admin.live, generation).await {
        Ok(report) => Json(report).into_response(),
        Err(error) => unknown(&error),
    }
}

pub(super) async fn diff(State(admin): State<Arc<Admin>>, Query(query): Asked) -> Response {
    let serving = admin.live.load().generation;
    let number = |name: &str| query.get(name).map(|text| text.parse::<u64>());
    let (Some(Ok(from)), Ok(to)) = (number("from"), number("to").unwrap_or(Ok(serving))) else {
        let message = "say which generations: /admin/v1/diff?from=6&to=7; without `to`, what serves";
        return refusal(StatusCode::BAD_REQUEST, message);
    };
    match admin.records.difference(&admin.live, from, to).await {
        Ok(report) => Json(report).into_response(),
        Err(error) => unknown(&error),
    }
}

pub(super) async fn table(State(admin): State<Arc<Admin>>, headers: HeaderMap) -> Response {
    let snapshot = admin.live.load();
    if !snapshot.is_ready() {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "there is no table yet");
    }
    let wanted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let response = if wanted.contains("json") {
        Json(table_as_json(&snapshot.table)).into_response()
    } else {
        let yaml = HeaderValue::from_static("application/yaml");
        ([(header::CONTENT_TYPE, yaml)], table_as_yaml(&snapshot.table)).into_response()
    };
    tagged(response, snapshot.generation)
}

fn unknown(error: &Unknown) -> Response {
    let status = match error {
        Unknown::Generation { .. } => StatusCode::NOT_FOUND,
        Unknown::Table { .. } => StatusCode::GONE,
    };
    refusal(status, &error.to_string())
}
