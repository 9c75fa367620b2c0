//! Configurations that make sense, at random.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// A `routes.yaml` that builds. JSON is YAML, so it is written as such.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) yaml: String,
}

const BACKENDS: usize = 4;
const MODELS: usize = 5;

/// Makes one.
pub(super) fn written() -> impl Strategy<Value = Written> {
    let backends = proptest::collection::vec(backend(), BACKENDS);
    let models = proptest::collection::vec(model(), 1..=MODELS);
    (backends, models, defaults(), any::<bool>(), any::<bool>()).prop_map(
        |(backends, models, defaults, has_default, has_keys)| {
            let names = |n: usize| format!("m{n}");
            let count = models.len();
            let models: Map<String, Value> = models
                .into_iter()
                .enumerate()
                .map(|(n, model)| (names(n), model.written(n, count)))
                .collect();
            let backends: Map<String, Value> =
                backends.into_iter().enumerate().map(|(n, backend)| (format!("b{n}"), backend)).collect();
            let mut root = json!({"models": models, "backends": backends, "defaults": defaults});
            if has_default {
                root["default"] = json!("m0");
            }
            if has_keys {
                root["keys"] = json!({"me": "key$$one", "you": {"key": "key-two", "tokens_per_minute": 1000, "max_in_flight": 2}});
            }
            Written { yaml: root.to_string() }
        },
    )
}

fn url() -> impl Strategy<Value = String> {
    select(vec![
        "http://h1",
        "https://h2/v1",
        "http://h3:8000/chat/completions",
        "http://h4/api/v1?version=2",
        "https://h5/openai/deployments/x?api-version=1",
        "echo://blue?tokens=5&ttft=20ms",
    ])
    .prop_map(str::to_owned)
}

fn pool() -> impl Strategy<Value = String> {
    proptest::collection::vec((url(), 1_u32..9), 1..4).prop_map(|members| {
        members.into_iter().map(|(url, weight)| format!("{url}*{weight}")).collect::<Vec<_>>().join(", ")
    })
}

fn timeout() -> impl Strategy<Value = Value> {
    let limit = || select(vec![json!(null), json!("1s"), json!("250ms"), json!("1m30s")]);
    let total = select(vec![json!(null), json!("none"), json!("1h")]);
    (limit(), limit(), limit(), total).prop_map(|(connect, first_byte, idle, total)| {
        without_nulls(json!({"connect": connect, "first_byte": first_byte, "idle": idle, "total": total}))
    })
}

fn health() -> impl Strategy<Value = Value> {
    let path = json!({"path": "/models?a=$$b", "timeout": "250ms"});
    select(vec![
        json!(null),
        json!("on"),
        json!("off"),
        json!("/health"),
        path,
        json!({"every": "1m", "up_after": 3}),
    ])
}

fn breaker() -> impl Strategy<Value = Value> {
    select(vec![json!(null), json!("off"), json!({"failures": 3}), json!({"failures": 8})])
}

fn max_in_flight() -> impl Strategy<Value = Value> {
    let object = json!({"limit": 8, "queue": 100, "wait": "1500ms"});
    select(vec![
        json!(null),
        json!(3),
        json!("none"),
        json!({"limit": 1}),
        json!({"limit": 2, "queue": 0}),
        object,
    ])
}

fn backend() -> impl Strategy<Value = Value> {
    let key = select(vec![json!(null), json!("sk-abc"), json!(""), json!("a$$b")]);
    let headers = select(vec![json!(null), json!({"x-a": "1"}), json!({"x-a": "1", "X-B": "$$"})]);
    let model = select(vec![json!(null), json!("up"), json!("other")]);
    let weight = select(vec![json!(null), json!(0), json!(2), json!(7)]);
    let state = select(vec![json!(null), json!("ready"), json!("drain"), json!("maint")]);
    let continues = select(vec![json!(null), json!("prefix"), json!("last_message")]);
    let hook =
        select(vec![json!(null), json!("/sleep"), json!({"post": "/x?y=1", "body": {"a": ["$$", 1, null]}})]);
    let pace = (
        select(vec![json!(null), json!("30s"), json!("none")]),
        select(vec![json!(null), json!("llama.cpp")]),
    );
    let of_backend = (any::<bool>(), max_in_flight(), continues, health(), breaker(), pace);
    let rest = (state, timeout(), hook, params());
    (prop_oneof![url(), pool()], key, headers, model, weight, of_backend, rest).prop_map(
        |(
            url,
            key,
            headers,
            model,
            weight,
            (cloud, most, continues, health, breaker, pace),
            (state, timeout, hook, params),
        )| {
            let hook = if url.contains("echo://") { Value::Null } else { hook };
            without_nulls(json!({
                "url": url, "key": key, "headers": headers, "model": model, "weight": weight, "cloud": cloud,
                "state": state, "timeout": timeout, "release": hook, "params": params, "continues": continues,
                "max_in_flight": most, "health": health, "breaker": breaker, "slow_start": pace.0,
                "load": pace.1, "on_disconnect": if cloud { json!("finish") } else { json!(null) },
            }))
        },
    )
}

fn params() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!({}),
        json!({"set": {"temperature": 0, "a$$b": ["$$", {"x": null}, 1.5]}}),
        json!({"rename": {"max_tokens": "max_completion_tokens"}, "drop": ["logit_bias", "$$"]}),
        json!({"default": {"n": 1}, "answers": {"reasoning": "reasoning_content", "a": "$$"}}),
    ])
}

fn repair() -> impl Strategy<Value = Value> {
    select(vec![json!(null), json!("none"), json!("usage"), json!(["usage", "bad_events"])])
}

fn strategy() -> impl Strategy<Value = Value> {
    let words = ["weighted", "least_busy", "fastest", "first", "sticky"].map(|word| json!(word));
    let sticky = [json!({}), json!({"by": "caller"}), json!({"by": "header", "name": "x-a"})];
    let sticky = sticky.map(|by| json!({"sticky": by}));
    select(words.into_iter().chain(sticky).chain([json!(null)]).collect::<Vec<_>>())
}

fn defaults() -> impl Strategy<Value = Value> {
    let retry = select(vec![json!(null), json!(0), json!({"on": ["5xx"]})]);
    let fallback = select(vec![json!(null), json!("b3"), json!(["b3", "b2"])]);
    let key = select(vec![json!(null), json!("sk-all")]);
    let model = select(vec![json!(null), json!("everywhere")]);
    (timeout(), strategy(), retry, fallback, key, model, (params(), repair(), max_in_flight(), health(), breaker())).prop_map(
        |(timeout, strategy, retry, fallback, key, model, (params, repair, most, health, breaker))| {
            without_nulls(json!({
                "max_in_flight": most,
                "timeout": timeout, "strategy": strategy, "retry": retry, "fallback": fallback, "key": key,
                "model": model, "headers": {"x-all": "1"}, "params": params, "health": health, "breaker": breaker,
                "repair": repair,
            }))
        },
    )
}

/// Conditions of a rule, of which one at least is given.
fn conditions() -> impl Strategy<Value = Value> {
    let one = || {
        select(vec![
            json!({"prompt_over": 100}),
            json!({"prompt_under": 1000}),
            json!({"max_tokens_over": 0, "stream": false}),
            json!({"has": ["image", "tools"]}),
            json!({"has": "json_schema", "busy_over": 3}),
            json!({"header": {"x-team": "a*", "x-b": "$$"}}),
            json!({"down": ["b0", "b1"]}),
            json!({"hours": "22-06"}),
            json!({"hours": "09:30-18:05", "tag": "night"}),
            json!({"tag": ["a", "$$b"], "stream": "true"}),
        ])
    };
    (one(), one()).prop_map(|(one, other)| {
        let (Value::Object(mut one), Value::Object(other)) = (one, other) else { return Value::Null };
        one.extend(other);
        Value::Object(one)
    })
}

/// A rule; its fallbacks may be any models, its own among them.
fn rule() -> impl Strategy<Value = Value> {
    let to = prop_oneof![
        url().prop_map(Value::from),
        pool().prop_map(Value::from),
        (0..BACKENDS).prop_map(|b| json!(format!("b{b}"))),
        (0..BACKENDS, 1_u32..9, url())
            .prop_map(|(b, weight, url)| { json!({format!("b{b}"): weight, url: 1, "echo://rule": 2}) }),
    ];
    let names = ["m0", "alias-0", "b0", "b2"].map(|name| json!(name));
    let fallback = prop_oneof![
        Just(Value::Null),
        Just(json!("none")),
        select(names.to_vec()),
        proptest::sample::subsequence(names.to_vec(), 1..4).prop_map(Value::from),
    ];
    (conditions(), to, fallback).prop_map(|(mut rule, to, fallback)| {
        rule["to"] = to;
        rule["fallback"] = fallback;
        without_nulls(rule)
    })
}

/// A model whose references are still numbers.
#[derive(Debug, Clone)]
struct Model {
    backends: Vec<usize>,
    urls: Vec<String>,
    weights: Vec<u32>,
    weighted: bool,
    fallback_models: Vec<usize>,
    fallback_backends: Option<Vec<usize>>,
    rules: Vec<Value>,
    fields: Value,
}

fn model() -> impl Strategy<Value = Model> {
    let retry =
        select(vec![json!(null), json!(3), json!({"max": 1, "on": ["connect", 429]}), json!({"on": []})]);
    let fields = (
        select(vec![json!(null), json!("sent"), json!("up")]),
        strategy(),
        timeout(),
        retry,
        (params(), repair()),
        select(vec![json!(null), json!(false), json!(true)]),
        select(vec![json!(null), json!({"to": "b1"}), json!({"to": "b2", "share": "2.5%"})]),
    );
    let fields = fields.prop_map(|(model, strategy, timeout, retry, (params, repair), resume, mirror)| {
        without_nulls(json!({
            "model": model, "strategy": strategy, "timeout": timeout, "retry": retry, "params": params,
            "resume": resume, "mirror": mirror, "repair": repair,
        }))
    });
    (
        proptest::sample::subsequence((0..BACKENDS).collect::<Vec<_>>(), 0..=BACKENDS),
        proptest::collection::hash_set(prop_oneof![url(), pool()], 0..3),
        proptest::collection::vec(0_u32..50, BACKENDS + 3),
        any::<bool>(),
        proptest::sample::subsequence((0..MODELS).collect::<Vec<_>>(), 0..=2),
        proptest::option::of(proptest::sample::subsequence((0..BACKENDS).collect::<Vec<_>>(), 0..=2)),
        proptest::collection::vec(rule(), 0..3),
        fields,
    )
        .prop_map(
            |(backends, urls, weights, weighted, fallback_models, fallback_backends, rules, fields)| Model {
                backends,
                urls: urls.into_iter().collect(),
                weights,
                weighted,
                fallback_models,
                fallback_backends,
                rules,
                fields,
            },
        )
}

impl Model {
    /// Fallbacks go to later models only, so that there is no circle.
    fn written(self, n: usize, count: usize) -> Value {
        let mut targets: Vec<String> = self.backends.iter().map(|b| format!("b{b}")).collect();
        targets.extend(self.urls);
        // Without a weight of its own one target at least gets a share.
        targets.push(format!("echo://own{n}"));
        let mut fields = self.fields;
        fields["to"] = if self.weighted {
            let weights = targets.into_iter().zip(self.weights.iter().map(|w| w + 1));
            weights.map(|(target, weight)| (target, json!(weight))).collect::<Map<_, _>>().into()
        } else {
            json!(targets)
        };
        let later =
            self.fallback_models.into_iter().filter(|m| *m > n && *m < count).map(|m| format!("m{m}"));
        let backends = self.fallback_backends.map(|all| all.into_iter().map(|b| format!("b{b}")));
        if let Some(backends) = backends {
            fields["fallback"] = json!(later.chain(backends).collect::<Vec<_>>());
        }
        if !self.rules.is_empty() {
            fields["when"] = json!(self.rules);
        }
        fields["alias"] = json!([format!("alias-{n}"), format!("glob-{n}-*")]);
        fields
    }
}

fn without_nulls(value: Value) -> Value {
    let Value::Object(fields) = value else {
        return value;
    };
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
}
