//! The admin port's paths.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{commands, events, explain, fleet, guard, history, ramps, status};
use crate::control::{Controller, Ramps};
use crate::fleet::Replica;
use crate::history::Records;
use crate::live::Live;
use crate::table::Callers;

/// The port as an `OpenAPI` document.
pub const OPENAPI: &str = include_str!("openapi.json");

/// What the status tells beside the live cell.
#[derive(Debug, Clone)]
pub struct AdminFacts {
    /// When the process began to serve.
    pub started: SystemTime,
    /// Who owns the table: `routes.yaml`, `.env`, `built-in demo`.
    pub owner: String,
    /// What was found beside the owner and is not used.
    pub unused: Vec<String>,
    /// How the owner is watched.
    pub watching: String,
    /// The data port's address.
    pub listen: String,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// When the last good documents were kept, if the router had to begin with those.
    pub stale_since: Option<SystemTime>,
}

/// What the port speaks for.
#[derive(Debug)]
pub struct Admin {
    /// The table that serves.
    pub live: Arc<Live>,
    /// What the status tells beside it.
    pub facts: AdminFacts,
    /// Its generations.
    pub records: Records,
    /// This router among its fellows.
    pub replica: Arc<Replica>,
    /// What carries commands out.
    pub control: Arc<Controller>,
    /// What drives ramps.
    pub ramps: Arc<Ramps>,
    /// Whoever may speak with the port; nobody is asked for a token if there is none.
    pub tokens: Callers,
    /// Room for those who listen to events.
    pub listeners: Arc<Semaphore>,
}

/// Makes room for as many listeners as there may be.
#[must_use]
pub fn listeners() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(events::MOST_LISTENERS))
}

/// Makes the port's service.
pub fn router(admin: Admin) -> Router {
    let admin = Arc::new(admin);
    Router::new()
        .route("/healthz", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/readyz", get(ready))
        .route("/admin/v1/apply", post(commands::apply))
        .route("/admin/v1/status", get(show_status))
        .route("/admin/v1/diff", get(history::diff))
        .route("/admin/v1/drain", post(commands::state))
        .route("/admin/v1/events", get(events::listen))
        .route("/admin/v1/explain", get(explain::show))
        .route("/admin/v1/fleet", get(fleet::show))
        .route("/admin/v1/history", get(history::list))
        .route("/admin/v1/history/{generation}", get(history::show))
        .route("/admin/v1/openapi.json", get(show_openapi))
        .route("/admin/v1/ramp", get(ramps::list).post(ramps::change))
        .route("/admin/v1/reload", post(commands::reload))
        .route("/admin/v1/rollback", post(commands::rollback))
        .route("/admin/v1/switch", post(commands::switch))
        .route("/admin/v1/table", get(history::table))
        .route("/admin/v1/wait", get(fleet::wait))
        .route("/admin/v1/weight", post(commands::weight))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "no such path on the admin port") })
        .layer(middleware::from_fn_with_state(Arc::clone(&admin), guard::guard))
        .with_state(admin)
}

async fn show_openapi() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], OPENAPI).into_response()
}

async fn ready(State(admin): State<Arc<Admin>>) -> Response {
    let snapshot = admin.live.load();
    if !snapshot.is_ready() {
        let body =
            Json(json!({"status": "not ready", "why": "no table has come from the config center yet"}));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    }
    let body =
        json!({"status": "ready", "generation": snapshot.generation, "digest": snapshot.table.digest()});
    Json(body).into_response()
}

async fn show_status(State(admin): State<Arc<Admin>>) -> Response {
    let snapshot = admin.live.load();
    let body = status::describe(&admin, &snapshot);
    tagged(Json(body).into_response(), snapshot.generation)
}

/// Has an answer say of which generation it is, in the form that `If-Match` wants.
pub(super) fn tagged(mut response: Response, generation: u64) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{generation}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    let body =
        json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    (status, Json(body)).into_response()
}
