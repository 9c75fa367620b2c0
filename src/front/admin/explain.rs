//! `GET /admin/v1/explain`: where a request would go. It is described, not sent: no prompt travels.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Admin;
use super::port::refusal;
use crate::live::{Snapshot, Standings};
use crate::relay::{Fault, time_of_day};
use crate::table::Supposed;

pub(super) async fn show(
    State(admin): State<Arc<Admin>>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let Some((_, model)) = query.iter().find(|(name, _)| name == "model") else {
        return refusal(StatusCode::BAD_REQUEST, "say which model: /admin/v1/explain?model=NAME");
    };
    let mut supposed = Supposed { time: Some(time_of_day()), ..Supposed::default() };
    for (name, value) in &query {
        if let Err(message) = supposed.read(name, value) {
            return refusal(StatusCode::BAD_REQUEST, &message);
        }
    }
    let snapshot = admin.live.load();
    let loads = Standings::new(&snapshot, Instant::now());
    let explained = snapshot.table.explain(Some(model), &supposed.facts(), &loads, Some(snapshot.generation));
    if let Some(mut explanation) = explained {
        for candidate in &mut explanation.candidates {
            candidate.out = out(&snapshot, &candidate.backend);
        }
        return Json(explanation).into_response();
    }
    let nearest = snapshot.table.nearest(model, 3);
    let fault = Fault::unknown_model(Some(model), &nearest, snapshot.table.names().count());
    refusal(StatusCode::NOT_FOUND, &fault.message)
}

/// Tells why a backend is out, if it is.
fn out(snapshot: &Snapshot, name: &str) -> Option<String> {
    let place = snapshot.table.backends().iter().position(|backend| backend.name.as_str() == name)?;
    let outage = snapshot.upstreams().get(place)?.tally.breaker().health().outage;
    outage.map(|outage| outage.cause.to_string())
}
