//! `POST /admin/v1/apply`, `/switch`, `/weight`, `/drain`, `/rollback` and `/reload`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::demand::{Demand, Refused, refused, why};
use super::port::{Admin, tagged};
use crate::control::{Answer, Command, ControlError, Order, Target, WholeText};
use crate::table::{BackendState, parse_duration};

pub(super) async fn apply(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let asked = async {
        let (order, text) = Demand::of(request, "apply")?.text().await?;
        Ok((order, Command::Apply { text: WholeText(text) }))
    };
    carry_out(&admin, asked.await).await
}

/// The longest time that an override can have.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// A model's new target.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    model: String,
    to: To,
    if_current: Option<String>,
    #[serde(default)]
    drain_old: bool,
    r#for: Option<String>,
    why: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum To {
    One(String),
    Several(Vec<String>),
}

/// A model's shares, in the order in which they are written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weight {
    model: String,
    weights: serde_json::Map<String, Value>,
    why: Option<String>,
}

/// A backend's state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drain {
    backend: String,
    #[serde(default = "drain")]
    state: BackendState,
    #[serde(default)]
    force: bool,
    why: Option<String>,
}

fn drain() -> BackendState {
    BackendState::Drain
}

/// An earlier generation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rollback {
    generation: Option<u64>,
    why: Option<String>,
}

pub(super) async fn switch(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let asked = async {
        let (order, Switch { model, to, if_current, drain_old, r#for, why }) =
            Demand::of(request, "switch")?.json().await?;
        let lasting = r#for.as_deref().map(parse_duration);
        if lasting.is_some_and(|lasting| lasting.is_none_or(|it| it.is_zero() || it > LONGEST)) {
            return refused(StatusCode::BAD_REQUEST, "`for` is a duration up to 30 days, such as 1h");
        }
        let order = Order { drain_old, lasting: lasting.flatten(), ..order };
        let to = match to {
            To::One(target) => Target::One(target),
            To::Several(targets) => Target::Several(targets),
        };
        Ok((because(order, why.as_ref()), Command::Switch { model, to, if_current }))
    };
    carry_out(&admin, asked.await).await
}

pub(super) async fn weight(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let asked = async {
        let (order, Weight { model, weights, why }) = Demand::of(request, "weight")?.json().await?;
        let share = |(name, share): (String, Value)| {
            let share = share.as_u64().and_then(|share| u32::try_from(share).ok());
            share.map(|share| (name, share))
        };
        let Some(shares) = weights.into_iter().map(share).collect() else {
            return refused(StatusCode::BAD_REQUEST, "a weight is a whole number");
        };
        Ok((because(order, why.as_ref()), Command::Weights { model, shares }))
    };
    carry_out(&admin, asked.await).await
}

pub(super) async fn state(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let asked = async {
        let (mut order, Drain { backend, state, force, why }) = Demand::of(request, "drain")?.json().await?;
        state.as_str().clone_into(&mut order.author.how);
        Ok((because(order, why.as_ref()), Command::State { backend, state, force }))
    };
    carry_out(&admin, asked.await).await
}

pub(super) async fn rollback(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let asked = async {
        let (order, Rollback { generation, why }) = Demand::of(request, "rollback")?.json().await?;
        Ok((because(order, why.as_ref()), Command::Rollback { generation }))
    };
    carry_out(&admin, asked.await).await
}

pub(super) async fn reload(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    match Demand::of(request, "reload") {
        Ok(_) => told(admin.control.reload().await),
        Err(response) => *response,
    }
}

/// The reason may stand in the body or in the query.
pub(super) fn because(mut order: Order, reason: Option<&String>) -> Order {
    order.author.why = reason.and_then(|reason| why(reason)).or(order.author.why);
    order
}

async fn carry_out(admin: &Admin, asked: Result<(Order, Command), Refused>) -> Response {
    match asked {
        Ok((order, command)) => told(admin.control.run(&command, &order).await),
        Err(response) => *response,
    }
}

pub(super) fn told(outcome: Result<Answer, ControlError>) -> Response {
    match outcome {
        Ok(answer) => {
            let status = if answer.pending { StatusCode::ACCEPTED } else { StatusCode::OK };
            let generation = answer.generation;
            tagged((status, Json(answer)).into_response(), generation)
        }
        Err(error) => {
            let status = status_of(&error);
            let message = error.to_string();
            let mut body = json!({"error": {
                "message": message.trim_end(),
                "type": "invalid_request_error",
                "param": null,
                "code": error.code(),
            }});
            if let ControlError::Conflict(conflict) = &error {
                body["conflict"] = json!(conflict);
            }
            (status, Json(body)).into_response()
        }
    }
}

fn status_of(error: &ControlError) -> StatusCode {
    match error {
        ControlError::Conflict(_) => StatusCode::PRECONDITION_FAILED,
        ControlError::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        ControlError::Unknown { .. } => StatusCode::NOT_FOUND,
        ControlError::NotLive { .. } | ControlError::NotWritable(_) => StatusCode::CONFLICT,
        ControlError::Unwritten(_) => StatusCode::INTERNAL_SERVER_ERROR,
        ControlError::Unreadable(_) | ControlError::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}
