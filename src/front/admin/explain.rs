//! Why a model goes where it goes.

use serde_json::{Value, json};

use crate::table::{Matched, Retry, RoutingTable, Target, Tier, UpstreamModel};

/// Explains what a table does with a model's name; the same offline and in a running router.
#[must_use]
pub fn explanation(table: &RoutingTable, model: &str) -> Value {
    let Some(found) = table.find(Some(model)) else {
        return json!({"schema": 1, "model": model, "matched": null, "nearest": table.nearest(model, 3)});
    };
    let matched = match found.matched {
        Matched::Exact => "exact",
        Matched::Alias => "alias",
        Matched::Glob => "glob",
        Matched::Default => "default",
    };
    let stands_for = table.stands_for(found).map(UpstreamModel::as_str);
    let tiers: Vec<Value> = found.route.tiers.iter().map(|t| tier(table, t, stands_for, model)).collect();
    json!({
        "schema": 1,
        "model": model,
        "matched": matched,
        "route": found.route.name.as_str(),
        "local_only": found.route.local_only,
        "retry": retry(&found.route.retry),
        "tiers": tiers,
    })
}

fn tier(table: &RoutingTable, tier: &Tier, stands_for: Option<&str>, asked: &str) -> Value {
    let total: u64 = tier.targets.iter().map(|target| u64::from(target.weight)).sum();
    let describe = |target: &Target| {
        let backend = table.backend(target.backend);
        let name = target.model.as_ref().map(UpstreamModel::as_str).or(stands_for).unwrap_or(asked);
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = f64::from(target.weight) / total.max(1) as f64;
        json!({
            "backend": backend.name.as_str(),
            "url": backend.address.to_string(),
            "model": name,
            "share": (share * 1000.0).round() / 1000.0,
            "cloud": backend.cloud,
            "timeout": {
                "connect_ms": target.timeouts.connect.as_millis(),
                "first_byte_ms": target.timeouts.first_byte.as_millis(),
                "idle_ms": target.timeouts.idle.as_millis(),
                "total_ms": target.timeouts.total.map(|total| total.as_millis()),
            },
        })
    };
    let strategy = match tier.strategy {
        crate::table::Strategy::Weighted => "weighted",
        crate::table::Strategy::First => "first",
    };
    let targets: Vec<Value> = tier.targets.iter().map(describe).collect();
    json!({"label": tier.label, "strategy": strategy, "targets": targets})
}

fn retry(retry: &Retry) -> Value {
    json!({
        "max": retry.max,
        "connect": retry.on.connect,
        "timeout": retry.on.timeout,
        "statuses": retry.on.statuses,
    })
}
