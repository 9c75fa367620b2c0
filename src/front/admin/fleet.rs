//! `GET /admin/v1/fleet` and `GET /admin/v1/wait`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::port::{Admin, refusal};
use crate::fleet::{Replicas, Target, Wish};
use crate::table::parse_duration;

/// How long a wait is, if the question doesn't say.
const USUAL: Duration = Duration::from_secs(30);

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(600);

pub(super) async fn show(State(admin): State<Arc<Admin>>) -> Response {
    Json(admin.replica.report().await).into_response()
}

pub(super) async fn wait(
    State(admin): State<Arc<Admin>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let (wish, limit) = match read(&query) {
        Ok(asked) => asked,
        Err(message) => return refusal(StatusCode::BAD_REQUEST, &message),
    };
    let report = admin.replica.wait(&wish, limit).await;
    let status = if report.reached { StatusCode::OK } else { StatusCode::REQUEST_TIMEOUT };
    (status, Json(report)).into_response()
}

fn read(query: &HashMap<String, String>) -> Result<(Wish, Duration), String> {
    let known = ["generation", "digest", "replicas", "timeout"];
    if let Some(name) = query.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there is no `{name}`; there are {}", known.join(", ")));
    }
    let target = match (query.get("generation"), query.get("digest")) {
        (Some(generation), None) => {
            generation.parse().map(Target::Generation).map_err(|_| "`generation` is a number")
        }
        (None, Some(digest)) => Ok(Target::Digest(digest.clone())),
        _ => Err("say what to wait for: /admin/v1/wait?generation=N, or digest=D"),
    };
    let replicas = query.get("replicas").map_or(Ok(Replicas::All), |text| text.parse());
    let limit = query.get("timeout").map_or(Some(USUAL), |text| parse_duration(text));
    let limit =
        limit.filter(|limit| *limit <= LONGEST).ok_or("`timeout` is a duration up to 10m, such as 30s")?;
    Ok((Wish { target: target?, replicas: replicas.map_err(|why| format!("`replicas`: {why}"))? }, limit))
}
