//! `POST /admin/v1/apply` and the other commands.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::demand::{Demand, Refused};
use super::port::Admin;
use crate::control::{Answer, Command, ControlError, Order};

pub(super) async fn apply(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let asked = async { Demand::of(request, "apply")?.text().await }.await;
    carry_out(&admin, asked.map(|(order, text)| (order, Command::Apply { text }))).await
}

async fn carry_out(admin: &Admin, asked: Result<(Order, Command), Refused>) -> Response {
    match asked {
        Ok((order, command)) => told(admin.control.run(&command, &order).await),
        Err(response) => *response,
    }
}

fn told(outcome: Result<Answer, ControlError>) -> Response {
    match outcome {
        Ok(answer) => {
            let status = if answer.pending { StatusCode::ACCEPTED } else { StatusCode::OK };
            let tag = HeaderValue::from_str(&format!("\"{}\"", answer.generation));
            let mut response = (status, Json(answer)).into_response();
            response.headers_mut().extend(tag.ok().map(|tag| (header::ETAG, tag)));
            response
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
        ControlError::NotLive { .. } | ControlError::NotWritable(_) => StatusCode::CONFLICT,
        ControlError::Unwritten(_) => StatusCode::INTERNAL_SERVER_ERROR,
        ControlError::Unreadable(_) | ControlError::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}
