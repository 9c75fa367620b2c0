//! A table as `routes.yaml`: what `build` makes the same table of.
//!
//! Everything is written out, nothing is inherited. Pools come back as pools, and their members
//! are named one by one in `to`, so that no weight is rounded twice.

use std::collections::HashSet;
use std::time::Duration;

use serde_yaml::{Mapping, Value};

use crate::table::{
    Address, Backend, Caller, CallerLimits, Hook, MaxInFlight, OnDisconnect, Retry, Route, RoutingTable,
    StickyBy, Strategy, Tier, Timeouts, UpstreamModel,
};

use super::ServerSettings;
use super::print_health::{breaker, health};
use super::print_params::{mirror, params, repair};
use super::print_timeouts::Spread;
use super::print_tls::tls;
use super::print_when::rules;
use super::secrets::is_secret_field;

/// Describes a table for people and programs: as `routes.yaml` would, without its secrets.
#[must_use]
pub fn shown(table: &RoutingTable) -> Value {
    Value::Mapping(described(table, Secrets::Hidden))
}

/// Writes what [`shown`] describes.
#[must_use]
pub fn shown_as_yaml(table: &RoutingTable) -> String {
    serde_yaml::to_string(&shown(table)).unwrap_or_default()
}

/// Writes a table. **The text holds its secrets as they are**: it is for private files and tests.
#[must_use]
pub fn to_yaml(table: &RoutingTable, server: &ServerSettings) -> String {
    let mut root = described(table, Secrets::Open);
    let ports = [("listen", server.listen), ("admin", server.admin)];
    let ports = ports.into_iter().map(|(key, port)| (word(key), text(&port.to_string())));
    root.insert(word("server"), Value::Mapping(ports.collect()));
    serde_yaml::to_string(&Value::Mapping(root)).unwrap_or_default()
}

/// Whether keys, headers and queries are written as they are.
#[derive(Debug, Clone, Copy)]
enum Secrets {
    Open,
    Hidden,
}

// === impl Secrets ===

impl Secrets {
    fn text(self, secret: &str) -> Value {
        match self {
            Self::Open => text(secret),
            Self::Hidden => word("••••"),
        }
    }

    /// Writes JSON, without what stands in fields that are secret by their names.
    fn fields(self, mut value: serde_json::Value) -> Value {
        if matches!(self, Self::Hidden) {
            hide(&mut value);
        }
        json(value)
    }
}

fn hide(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(hide),
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                if is_secret_field(key) { *value = "••••".into() } else { hide(value) }
            }
        }
        _ => {}
    }
}

fn described(table: &RoutingTable, secrets: Secrets) -> Mapping {
    let spread = Spread::of(table);
    let mut root = Mapping::new();
    let models = table.routes().iter().map(|route| (name(route.name.as_str()), model(table, route, &spread)));
    root.insert(word("models"), Value::Mapping(models.collect()));
    root.insert(word("backends"), Value::Mapping(backends(table, &spread, secrets)));
    if let Some(default) = table.default_route() {
        root.insert(word("default"), text(default.name.as_str()));
    }
    let keys: Mapping =
        table.callers().iter().map(|entry| (name(&entry.name), caller(entry, secrets))).collect();
    if !keys.is_empty() {
        root.insert(word("keys"), Value::Mapping(keys));
    }
    root
}

/// A run of backends that the configuration has one name for.
pub(super) struct Pool<'t> {
    pub(super) name: &'t str,
    pub(super) first: usize,
    pub(super) members: &'t [Backend],
}

/// Splits the backends into those with a name of their own and the pools `name#1`, `name#2`….
pub(super) fn pools(table: &RoutingTable) -> Vec<Pool<'_>> {
    let all = table.backends();
    let mut pools = Vec::new();
    let mut first = 0;
    while let Some(backend) = all.get(first) {
        let full = backend.name.as_str();
        let base = full.strip_suffix("#1");
        let is_member = |n: usize| {
            let name = all.get(first + n).map(|backend| backend.name.as_str());
            base.is_some_and(|base| name == Some(&*format!("{base}#{}", n + 1)))
        };
        let length = (0..all.len() - first).take_while(|&n| is_member(n)).count().max(1);
        let members = &all[first..first + length];
        pools.push(Pool { name: base.filter(|_| length > 1).unwrap_or(full), first, members });
        first += length;
    }
    pools
}

/// The tiers that take the model's own settings: those behind its target, and those of its rules.
/// Tiers that are another model's are left out, and those that a rule shares with its model.
pub(super) fn own_tiers<'r>(models: &HashSet<&str>, route: &'r Route) -> Vec<&'r Tier> {
    let fallbacks = route.tiers[1..].iter().filter(|tier| is_backend_tier(models, route, tier));
    let rules = route.rules.iter().flat_map(|rule| {
        let named =
            rule.tiers[1..].iter().filter(|tier| !rule.inherits && !models.contains(tier.label.as_str()));
        std::iter::once(&rule.tiers[0]).chain(named)
    });
    let mirror = route.mirror.as_ref().map(|mirror| &mirror.tier);
    fallbacks.chain(rules).chain(mirror).collect()
}

/// Tells which fallback tiers are backends', the others being models'.
fn is_backend_tier(names: &HashSet<&str>, route: &Route, tier: &Tier) -> bool {
    tier.label == route.name.as_str() || !names.contains(tier.label.as_str())
}

fn model(table: &RoutingTable, route: &Route, spread: &Spread<'_>) -> Value {
    let mut fields = Mapping::new();
    let own = &route.tiers[0];
    fields.insert(word("to"), to(table, own));
    if route.tiers.len() > 1 {
        fields.insert(word("fallback"), labels(&route.tiers[1..]));
    }
    if !route.rules.is_empty() {
        fields.insert(word("when"), rules(table, &route.rules));
    }
    if !route.aliases.is_empty() {
        let aliases = route.aliases.iter().map(|alias| text(alias.as_str()));
        fields.insert(word("alias"), Value::Sequence(aliases.collect()));
    }
    if let Some(sent) = own_model(table, route, spread) {
        fields.insert(word("model"), text(sent.as_str()));
    }
    if own.strategy != Strategy::default() {
        fields.insert(word("strategy"), strategy(&own.strategy));
    }
    let timeouts = spread.of_model(route);
    if !timeouts.is_empty() {
        fields.insert(word("timeout"), Value::Mapping(timeouts));
    }
    fields.insert(word("retry"), retry(&route.retry));
    fields.extend(own.targets[0].params.as_deref().map(|given| (word("params"), params(given))));
    fields.extend(repair(route.repair).map(|given| (word("repair"), given)));
    fields.extend(route.mirror.as_ref().map(|given| (word("mirror"), mirror(given))));
    fields.insert(word("local_only"), Value::Bool(route.local_only));
    if route.resume {
        fields.insert(word("resume"), Value::Bool(true));
    }
    Value::Mapping(fields)
}

/// A target with the weight of each member.
pub(super) fn to(table: &RoutingTable, tier: &Tier) -> Value {
    let name = |target: &crate::table::Target| text(table.backend(target.backend).name.as_str());
    let members = tier.targets.iter().map(|target| (name(target), Value::from(target.weight)));
    Value::Mapping(members.collect())
}

/// Fallbacks by their names.
pub(super) fn labels(tiers: &[Tier]) -> Value {
    Value::Sequence(tiers.iter().map(|tier| text(&tier.label)).collect())
}

fn strategy(strategy: &Strategy) -> Value {
    let Strategy::Sticky(by) = strategy else { return word(strategy.word()) };
    let mut fields = Mapping::new();
    fields.insert(word("by"), word(by.word()));
    if let StickyBy::Header(name) = by {
        fields.insert(word("name"), text(name.as_str()));
    }
    Value::Mapping(std::iter::once((word(strategy.word()), Value::Mapping(fields))).collect())
}

/// The model's own upstream name: the one that its targets don't have from their backends.
fn own_model<'t>(
    table: &'t RoutingTable,
    route: &'t Route,
    spread: &Spread<'_>,
) -> Option<&'t UpstreamModel> {
    let of_backend = |target: &crate::table::Target| table.backend(target.backend).model.clone();
    let differs = route.tiers[0].targets.iter().find(|target| target.model != of_backend(target));
    let others = own_tiers(&spread.models, route).into_iter();
    let filled_in = others.flat_map(|tier| &tier.targets).find(|target| target.model != of_backend(target));
    differs.or(filled_in).and_then(|target| target.model.as_ref())
}

fn backends(table: &RoutingTable, spread: &Spread<'_>, secrets: Secrets) -> Mapping {
    let mut all = Mapping::new();
    for pool in pools(table) {
        let Some(backend) = pool.members.first() else { continue };
        let weights = weights(table, &pool);
        let urls =
            pool.members.iter().zip(weights).map(|(member, weight)| match (pool.members.len(), weight) {
                (1, _) => url(&member.address, secrets),
                _ => format!("{}*{weight}", url(&member.address, secrets)),
            });
        let mut fields = Mapping::new();
        fields.insert(word("url"), text(&urls.collect::<Vec<_>>().join(",")));
        if let Some(key) = &backend.key {
            fields.insert(word("key"), secrets.text(key.expose()));
        }
        let headers = headers(backend, secrets);
        if !headers.is_empty() {
            fields.insert(word("headers"), Value::Mapping(headers));
        }
        fields.extend(backend.tls.as_deref().map(|given| (word("tls"), tls(given))));
        if let Some(sent) = &backend.model {
            fields.insert(word("model"), text(sent.as_str()));
        }
        fields.insert(word("cloud"), Value::Bool(backend.cloud));
        fields.extend(backend.continues.map(|how| (word("continues"), word(how.as_str()))));
        if !backend.state.is_ready() {
            fields.insert(word("state"), word(backend.state.as_str()));
        }
        fields.extend(
            backend.max_in_flight.as_ref().map(|limit| (word("max_in_flight"), max_in_flight(limit))),
        );
        fields.extend(backend.slow_start.map(|takes| (word("slow_start"), seconds(takes))));
        fields.extend(backend.load.map(|engine| (word("load"), word(engine.as_str()))));
        for (key, given) in [("prepare", &backend.prepare), ("release", &backend.release)] {
            fields.extend(given.as_ref().map(|given| (word(key), hook(given, secrets))));
        }
        fields.extend(backend.health.as_ref().map(|check| (word("health"), health(check))));
        fields.extend(breaker(backend.breaker).map(|limit| (word("breaker"), limit)));
        fields.extend(backend.params.as_deref().map(|given| (word("params"), params(given))));
        if backend.on_disconnect != OnDisconnect::default() {
            fields.insert(word("on_disconnect"), word(backend.on_disconnect.as_str()));
        }
        let timeouts = spread.of_pool(pool.first);
        if !timeouts.is_empty() {
            fields.insert(word("timeout"), Value::Mapping(timeouts));
        }
        all.insert(name(pool.name), Value::Mapping(fields));
    }
    all
}

/// The weights that a fallback on the whole pool has; of no account where there is none.
fn weights(table: &RoutingTable, pool: &Pool<'_>) -> Vec<u32> {
    let tiers = table.routes().iter().flat_map(Route::every_tier);
    let whole = tiers.filter(|tier| tier.label == pool.name).find(|tier| {
        let places = tier.targets.iter().map(|target| target.backend.position());
        places.eq(pool.first..pool.first + pool.members.len())
    });
    whole.map_or_else(
        || vec![1; pool.members.len()],
        |tier| tier.targets.iter().map(|target| target.weight).collect(),
    )
}

/// The configured headers, without the one that the key makes.
fn headers(backend: &Backend, secrets: Secrets) -> Mapping {
    let azure = matches!(&backend.address, Address::Http(endpoint) if endpoint.is_azure());
    let made = if azure { "api-key" } else { "authorization" };
    let own = backend.headers.iter().filter(|(header, _)| backend.key.is_none() || header.as_str() != made);
    own.map(|(header, value)| (name(header.as_str()), secrets.text(value.to_str().unwrap_or_default())))
        .collect()
}

fn url(address: &Address, secrets: Secrets) -> String {
    match address {
        Address::Echo(spec) => spec.to_string(),
        Address::Http(endpoint) => {
            let shown = endpoint.to_string();
            if matches!(secrets, Secrets::Hidden) {
                return shown;
            }
            let base = shown.strip_suffix("?…").unwrap_or(&shown);
            endpoint.query().map_or_else(|| base.to_owned(), |query| format!("{base}?{query}"))
        }
    }
}

fn caller(caller: &Caller, secrets: Secrets) -> Value {
    let key = secrets.text(caller.key.expose());
    if !caller.limits.is_any() {
        return key;
    }
    let CallerLimits { requests_per_minute, tokens_per_minute, max_in_flight } = caller.limits;
    let limits = [
        ("requests_per_minute", requests_per_minute),
        ("tokens_per_minute", tokens_per_minute),
        ("max_in_flight", max_in_flight),
    ];
    let limits = limits.into_iter().filter_map(|(name, limit)| Some((word(name), Value::from(limit?))));
    Value::Mapping(std::iter::once((word("key"), key)).chain(limits).collect())
}

fn max_in_flight(most: &MaxInFlight) -> Value {
    let mut fields = Mapping::new();
    fields.insert(word("limit"), Value::from(most.limit));
    fields.insert(word("queue"), Value::from(most.queue));
    fields.insert(word("wait"), seconds(most.wait));
    Value::Mapping(fields)
}

fn hook(hook: &Hook, secrets: Secrets) -> Value {
    let mut fields = Mapping::new();
    fields.insert(word("post"), text(hook.path.as_str()));
    let body = hook.body.as_ref().and_then(|body| serde_json::from_str(body.expose()).ok());
    fields.extend(body.map(|body| (word("body"), secrets.fields(body))));
    fields.insert(word("wait"), seconds(hook.wait));
    Value::Mapping(fields)
}

/// Writes JSON as what is read as the same.
pub(super) fn json(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(string) => text(&string),
        serde_json::Value::Array(items) => items.into_iter().map(json).collect::<Vec<_>>().into(),
        serde_json::Value::Object(entries) => {
            Value::Mapping(entries.into_iter().map(|(key, value)| (name(&key), json(value))).collect())
        }
        other => serde_yaml::to_value(other).unwrap_or_default(),
    }
}

fn retry(retry: &Retry) -> Value {
    let mut fields = Mapping::new();
    if let Some(max) = retry.max {
        fields.insert(word("max"), Value::from(max));
    }
    let words = [("connect", retry.on.connect), ("timeout", retry.on.timeout)];
    let mut on: Vec<Value> =
        words.into_iter().filter(|(_, given)| *given).map(|(key, _)| word(key)).collect();
    on.extend(retry.on.statuses.iter().map(|&status| Value::from(status)));
    fields.insert(word("on"), Value::Sequence(on));
    fields.insert(word("budget"), text(&format!("{}%", retry.budget)));
    Value::Mapping(fields)
}

/// The limits with their keys, written so that they read back the same.
pub(super) fn limits(timeouts: &Timeouts) -> [(&'static str, Value); 5] {
    [
        ("connect", seconds(timeouts.connect)),
        ("first_byte", seconds(timeouts.first_byte)),
        ("idle", seconds(timeouts.idle)),
        ("total", timeouts.total.map_or_else(|| word("none"), seconds)),
        ("min_tokens_per_second", Value::from(timeouts.min_tokens_per_second)),
    ]
}

fn seconds(duration: Duration) -> Value {
    text(&format!("{}s", duration.as_secs_f64()))
}

/// A word of the grammar.
pub(super) fn word(word: &str) -> Value {
    Value::String(word.to_owned())
}

/// A name that is the key of a block, where `${…}` is not filled in.
pub(super) fn name(name: &str) -> Value {
    Value::String(name.to_owned())
}

/// A value, in which a `$` must be written twice.
pub(super) fn text(text: &str) -> Value {
    Value::String(text.replace('$', "$$"))
}
