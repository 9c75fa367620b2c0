//! `GET` and `POST /admin/v1/ramp`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::commands::{because, told};
use super::demand::Demand;
use super::port::{Admin, refusal};
use crate::control::{Guard, RampError, Wish};
use crate::table::parse_duration;

/// The shares of a ramp that names none.
const STEPS: [u32; 4] = [1, 10, 50, 100];
/// How long a step lasts that names no time.
const EVERY: Duration = Duration::from_secs(120);
/// How many requests a step waits for that names no number.
const LEAST: u64 = 20;

/// A ramp to begin, or one to do something with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    model: String,
    #[serde(default)]
    action: Action,
    to: Option<String>,
    steps: Option<Vec<u32>>,
    every: Option<String>,
    abort_if: Option<String>,
    least: Option<u64>,
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    #[default]
    Start,
    Promote,
    Pause,
    Resume,
    Abort,
}

pub(super) async fn list(State(admin): State<Arc<Admin>>) -> Response {
    let (ramps, elsewhere) = (admin.ramps.list().await, admin.ramps.elsewhere());
    Json(json!({"schema": 1, "ramps": ramps, "elsewhere": elsewhere})).into_response()
}

pub(super) async fn change(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let asked = async { Demand::of(request, "ramp")?.json::<Body>().await };
    let (order, body) = match asked.await {
        Ok((order, body)) => (because(order, body.why.as_ref()), body),
        Err(response) => return *response,
    };
    let outcome = match body.action {
        Action::Promote => admin.ramps.promote(&body.model, &order).await,
        Action::Abort => admin.ramps.abort(&body.model, &order).await,
        Action::Pause | Action::Resume => {
            return match admin.ramps.pause(&body.model, body.action == Action::Pause).await {
                Ok(ramp) => Json(json!({"schema": 1, "ramps": [ramp]})).into_response(),
                Err(error) => unramped(error),
            };
        }
        Action::Start => {
            let wish = match wish(body) {
                Ok(wish) => wish,
                Err(message) => return refusal(StatusCode::BAD_REQUEST, &message),
            };
            admin.ramps.start(wish, &order).await
        }
    };
    match outcome {
        Ok(answer) => told(Ok(answer)),
        Err(error) => unramped(error),
    }
}

fn wish(body: Body) -> Result<Wish, String> {
    let every = body.every.map_or(Some(EVERY), |text| parse_duration(&text));
    let guards = body.abort_if.map_or_else(|| Ok(Guard::usual()), |text| Guard::list(&text));
    Ok(Wish {
        model: body.model,
        new: body.to.ok_or("say what to ramp up: `to`")?,
        steps: body.steps.unwrap_or_else(|| STEPS.to_vec()),
        every: every.ok_or("`every` is a duration, such as 2m")?,
        guards: guards.map_err(|error| format!("`abort_if`: {error}"))?,
        least: body.least.unwrap_or(LEAST),
    })
}

fn unramped(error: RampError) -> Response {
    match error {
        RampError::Control(error) => told(Err(error)),
        RampError::None { .. } => refusal(StatusCode::NOT_FOUND, &error.to_string()),
        RampError::Already { .. } | RampError::Elsewhere { .. } => {
            refusal(StatusCode::CONFLICT, &error.to_string())
        }
        RampError::Steps => refusal(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}
