//! `GET /admin/v1/status`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Admin, mirrors};
use crate::live::Snapshot;
use crate::load::{Allowance, CallerStanding, Health, RepairReading, Spread, Tally};
use crate::table::Backend;

/// Describes the router. Addresses are shown here, keys never.
pub(super) fn describe(admin: &Admin, snapshot: &Snapshot) -> Value {
    let Admin { live, facts, .. } = admin;
    let news = live.news().borrow().clone();
    let pending = live.pending();
    let warnings: Vec<&String> =
        [&news.warnings, &news.certificates, &news.expiring].into_iter().flatten().collect();
    let now = Instant::now();
    let backends: Vec<Value> = snapshot
        .table
        .backends()
        .iter()
        .zip(snapshot.upstreams())
        .map(|(backend, upstream)| {
            let reading = upstream.tally.read();
            let crowd = upstream.tally.slots.crowd();
            json!({
                "name": backend.name.as_str(),
                "url": backend.address.to_string(),
                "cloud": backend.cloud,
                "state": backend.state,
                "health": health(backend, &upstream.tally),
                "in_flight": crowd.taken,
                "max_in_flight": crowd.limit,
                "waiting": crowd.waiting,
                "answered": reading.answered,
                "failed": reading.failed,
                "left": reading.left,
                "first_byte_ms": spread(&reading.first_byte),
                "gap_ms": spread(&reading.gap),
                "warmth": backend.slow_start.map(|takes| rounded(upstream.warmth(now, takes))),
                "engine_in_flight": backend.load.and_then(|_| upstream.engine.now(now)),
                "repairs": repairs(upstream.repairs.read()),
            })
        })
        .collect();
    json!({
        "schema": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "generation": snapshot.generation,
        "digest": snapshot.table.digest(),
        "since": seconds(snapshot.since),
        "started": seconds(facts.started),
        "listen": facts.listen,
        "tls": facts.tls,
        "owner": facts.owner,
        "unused": facts.unused,
        "started_from_last_good_of": facts.stale_since.map(seconds),
        "warnings": warnings,
        "watching": facts.watching,
        "in_flight": snapshot.in_flight.now(),
        "finishing": live.finishing().into_iter().map(|(generation, left)| json!({
            "generation": generation,
            "in_flight": left,
        })).collect::<Vec<_>>(),
        "models": models(snapshot),
        "backends": backends,
        "callers": callers(snapshot),
        "last_applied": news.applied.as_ref().map(|applied| json!({
            "generation": applied.generation,
            "at": seconds(applied.at),
            "took_ms": applied.took.as_secs_f64() * 1000.0,
            "changes": applied.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "by": applied.author,
        })),
        "last_refused": news.refused.as_ref().map(|refused| json!({
            "at": seconds(refused.at),
            "count": refused.count,
            "report": refused.report,
            "by": refused.author,
        })),
        "pending": pending.iter().map(|pending| json!({
            "at": seconds(pending.at),
            "digest": pending.digest,
            "by": pending.author,
        })).collect::<Vec<_>>(),
        "overrides": admin.control.overrides(),
        "restart_needed": news.restart_needed,
        "center": news.center.as_ref().map(|center| json!({
            "up": center.up,
            "revision": center.revision,
            "age_s": center.read_at.and_then(|at| at.elapsed().ok()).map(|age| if center.up { 0 } else { age.as_secs() }),
            "last_error": center.error,
        })),
    })
}

/// Tells where each model goes.
fn models(snapshot: &Snapshot) -> Vec<Value> {
    snapshot
        .table
        .routes_by_index()
        .map(|(index, route)| {
            let fallback: Vec<&str> = route.tiers.iter().skip(1).map(|tier| tier.label.as_str()).collect();
            let when: Vec<Value> = route
                .rules
                .iter()
                .map(|rule| {
                    let fallback: Vec<&str> =
                        rule.tiers.iter().skip(1).map(|tier| tier.label.as_str()).collect();
                    let to = snapshot.table.tier_text(&rule.tiers[0]);
                    json!({"conditions": rule.conditions(), "to": to, "fallback": fallback})
                })
                .collect();
            let mut model = json!({
                "name": route.name.as_str(),
                "to": snapshot.table.target_text(route),
                "fallback": fallback,
                "when": when,
            });
            if let Some(mirror) = mirrors::describe(snapshot, index, route) {
                model["mirror"] = mirror;
            }
            model
        })
        .collect()
}

/// Callers with a limit, and how they stand.
fn callers(snapshot: &Snapshot) -> Vec<Value> {
    let now = Instant::now();
    let limited = snapshot.table.callers().iter();
    limited
        .filter_map(|caller| {
            let (limits, load) = snapshot.limits_of(&caller.name)?;
            let CallerStanding { requests, tokens, in_flight, max_in_flight } = load.standing(limits, now);
            Some(json!({
                "name": caller.name,
                "in_flight": in_flight,
                "max_in_flight": max_in_flight,
                "requests": requests.map(allowance),
                "tokens": tokens.map(allowance),
            }))
        })
        .collect()
}

fn allowance(Allowance { limit, remaining, reset }: Allowance) -> Value {
    json!({"a_minute": limit, "remaining": remaining, "reset_s": reset.as_secs_f64().ceil()})
}

/// Tells whether a backend is fit for requests, and if it isn't, since when and why.
fn health(backend: &Backend, tally: &Tally) -> Value {
    let now = Instant::now();
    let Health { outage, key_refused } = tally.breaker().health();
    let since = |at: Instant| seconds(SystemTime::now() - now.saturating_duration_since(at));
    let outage = outage.as_ref();
    json!({
        "condition": tally.breaker().condition(now),
        "since": outage.map(|outage| since(outage.since)),
        "reason": outage.map(|outage| outage.cause.to_string()),
        // A key that isn't the backend's own is the client's.
        "key_refused": key_refused.filter(|_| backend.key.is_some()).map(|(_, status)| status),
        "checked": backend.health.is_some(),
    })
}

/// Tells what was mended in a backend's answers; nothing where nothing had to be.
fn repairs(reading: RepairReading) -> Option<Value> {
    let RepairReading { bad_events, usage, unmended } = reading;
    (!reading.is_clean()).then(|| json!({"bad_events": bad_events, "usage": usage, "unmended": unmended}))
}

fn rounded(part: f64) -> f64 {
    (part * 100.0).round() / 100.0
}

pub(super) fn spread(spread: &Spread) -> Value {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 100_000.0).round() / 100.0;
    json!({
        "samples": spread.samples(),
        "p50": spread.percentile(0.5).map(milliseconds),
        "p95": spread.percentile(0.95).map(milliseconds),
    })
}

pub(super) fn seconds(moment: SystemTime) -> f64 {
    moment.duration_since(UNIX_EPOCH).map_or(0.0, |since| (since.as_secs_f64() * 1000.0).round() / 1000.0)
}
