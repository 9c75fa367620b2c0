//! What `status` tells of a model's mirror.

use serde_json::{Value, json};

use super::status::spread;
use crate::live::Snapshot;
use crate::load::SideReading;
use crate::table::{Route, RouteIndex};

/// Tells how copies fared beside the requests; `None` without a mirror.
pub(super) fn describe(snapshot: &Snapshot, index: RouteIndex, route: &Route) -> Option<Value> {
    let mirror = route.mirror.as_ref()?;
    let reading = snapshot.route_load(index, None).mirror().read();
    Some(json!({
        "to": mirror.tier.label,
        "share": mirror.share.percent() / 100.0,
        "sent": reading.sent,
        "dropped": reading.dropped,
        "failed": reading.failed,
        "compared": reading.compared,
        "same_status": reading.same_status,
        "main": side(&reading.main),
        "copy": side(&reading.copy),
    }))
}

fn side(side: &SideReading) -> Value {
    json!({
        "first_byte_ms": spread(&side.first_byte),
        "total_ms": spread(&side.total),
        "input_tokens": side.input,
        "output_tokens": side.output,
    })
}
