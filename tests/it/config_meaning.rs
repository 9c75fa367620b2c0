//! What a `routes.yaml` means: who answers, under which name, with which limits.

use patchbay::config::{Document, Format, Vars, build};
use patchbay::table::{Address, RoutingTable};

fn table(yaml: &str) -> RoutingTable {
    let document =
        Document { name: "routes.yaml".to_owned(), format: Format::Routes, content: yaml.to_owned().into() };
    build(&[document], &Vars::new()).unwrap_or_else(|problems| panic!("{problems}")).table
}

/// One line a route: each tier as `label[backend xWEIGHT =sent …]`.
fn routes(yaml: &str) -> String {
    let table = table(yaml);
    let lines = table.routes().iter().map(|route| {
        let tiers = route.tiers.iter().map(|tier| {
            let targets = tier.targets.iter().map(|target| {
                let sent =
                    target.model.as_ref().map(|model| format!(" ={}", model.as_str())).unwrap_or_default();
                format!("{} x{}{sent}", table.backend(target.backend).name, target.weight)
            });
            format!("{}[{}]", tier.label, targets.collect::<Vec<_>>().join(", "))
        });
        format!("{}: {}", route.name, tiers.collect::<Vec<_>>().join(" > "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_short_form_names_its_targets() {
    insta::assert_snapshot!(routes("
backends: {a: echo://a, b: {url: echo://b, weight: 3}, pool: 'http://h1*3, http://h2'}
models:
  name: a
  url: http://h/v1
  urls: 'http://h1, http://h2*2'
  list: [a, b, http://h]
  map: {a: 90, b: 10}
  object: {to: {a: 1, b: 0}}
  whole: pool
  one: {to: 'pool#2'}
  share: {pool: 50, a: 50}
"), @r"
    name: name[a x1]
    url: url[url x1]
    urls: urls[urls#1 x1, urls#2 x2]
    list: list[a x1, b x3, list x1]
    map: map[a x90, b x10]
    object: object[a x1, b x0]
    whole: whole[pool#1 x3, pool#2 x1]
    one: one[pool#2 x1]
    share: share[pool#1 x75, pool#2 x25, a x100]
    ");
}

#[test]
fn a_url_gets_the_models_name_unless_a_backend_has_it() {
    insta::assert_snapshot!(routes("
backends: {gpt: echo://gpt, two: 'http://h1, http://h2'}
models:
  gpt: http://h
  two: [http://h1, http://h2]
  other: gpt
"), @r"
    gpt: gpt[gpt~url x1]
    two: two[two~url#1 x1, two~url#2 x1]
    other: other[gpt x1]
    ");
}

#[test]
fn fallbacks_bring_their_own_along_each_once() {
    insta::assert_snapshot!(routes("
backends: {cloud: {url: https://c/v1, model: gpt-4o}, spare: echo://spare}
models:
  a: {to: echho, fallback: [b, c, spare]}
  b: {to: echo://b, fallback: [c, cloud]}
  c: {to: echo://c, model: sent-c, alias: sea}
  d: {to: echo://d, fallback: sea, model: sent-d}
  e: {to: echo://e, fallback: [cloud, spare], model: sent-e}
".replace("echho", "echo://a").as_str()), @r"
    a: a[a x1] > b[b x1 =b] > c[c x1 =sent-c] > cloud[cloud x1 =gpt-4o] > spare[spare x1]
    b: b[b x1] > c[c x1 =sent-c] > cloud[cloud x1 =gpt-4o]
    c: c[c x1 =sent-c]
    d: d[d x1 =sent-d] > c[c x1 =sent-c]
    e: e[e x1 =sent-e] > cloud[cloud x1 =gpt-4o] > spare[spare x1 =sent-e]
    ");
}

#[test]
fn a_model_goes_before_a_backend_of_its_name_but_not_before_itself() {
    insta::assert_snapshot!(routes("
backends: {cloud: echo://cloud, local: echo://local}
models:
  cloud: {to: local, fallback: cloud}
  other: {to: local, fallback: cloud}
"), @r"
    cloud: cloud[local x1] > cloud[cloud x1]
    other: other[local x1] > cloud[local x1 =cloud] > cloud[cloud x1]
    ");
}

#[test]
fn the_fallback_of_defaults_ends_where_it_would_come_back() {
    insta::assert_snapshot!(routes("
defaults: {fallback: [b, c]}
models:
  a: echo://a
  b: echo://b
  c: echo://c
  d: {to: echo://d, fallback: none}
"), @r"
    a: a[a x1] > b[b x1 =b] > c[c x1 =c]
    b: b[b x1] > c[c x1 =c]
    c: c[c x1]
    d: d[d x1]
    ");
}

#[test]
fn each_limit_comes_from_the_nearest_that_gives_it() {
    let table = table(
        "
defaults: {timeout: {connect: 1s, idle: 2s, total: 1h}, retry: {max: 3, on: [connect]}}
backends: {a: {url: echo://a, timeout: {idle: 3s, first_byte: 4s}}}
models:
  m: {to: a, timeout: {first_byte: 5s}, retry: 0}
  n: {to: a, timeout: {total: none}}
  o: {to: a, timeout: 6s}
",
    );
    let limits = |n: usize| {
        let t = table.routes()[n].tiers[0].targets[0].timeouts;
        (t.connect.as_secs(), t.first_byte.as_secs(), t.idle.as_secs(), t.total.map(|total| total.as_secs()))
    };
    assert_eq!(limits(0), (1, 5, 3, Some(3600)));
    assert_eq!(limits(1), (1, 4, 3, None));
    assert_eq!(limits(2), (1, 6, 3, Some(3600)));
    let retries: Vec<_> = table.routes().iter().map(|route| route.retry.max).collect();
    assert_eq!(retries, [Some(0), Some(3), Some(3)]);
    assert!(table.routes().iter().all(|route| route.retry.on.connect && !route.retry.on.timeout));
}

#[test]
fn keys_go_into_the_header_that_the_server_wants() {
    let table = table(
        "
backends:
  a: {url: http://h, key: abc, headers: {x-team: search}}
  azure: {url: 'https://h/openai/deployments/d?api-version=1', key: abc}
  empty: {url: http://h, key: ''}
models: {m: [a, azure, empty]}
",
    );
    let headers: Vec<String> = table
        .backends()
        .iter()
        .map(|backend| {
            assert!(backend.headers.values().all(http::HeaderValue::is_sensitive));
            let lines =
                backend.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
            lines.collect::<Vec<_>>().join(", ")
        })
        .collect();
    assert_eq!(headers, ["x-team: search, authorization: Bearer abc", "api-key: abc", ""]);
}

#[test]
fn variables_are_filled_in_after_parsing() {
    let document = |yaml: &str| Document {
        name: "routes.yaml".to_owned(),
        format: Format::Routes,
        content: yaml.to_owned().into(),
    };
    let vars = [("T", "x}, n: {to: y}"), ("EMPTY", ""), ("HOST", "h:1")];
    let vars: Vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let first = |yaml: &str| {
        let built = build(&[document(yaml)], &vars).unwrap_or_else(|problems| panic!("{problems}"));
        built.table.backends()[0].address.to_string()
    };
    assert_eq!(first("models: {m: 'http://${HOST}/v1'}"), "http://h:1/v1");
    assert_eq!(first("models: {m: '${env:HOST2:-http://x}'}"), "http://x/v1");
    assert_eq!(first("models: {m: '${EMPTY:-http://${HOST}}'}"), "http://h:1/v1");
    assert_eq!(first("models: {m: 'echo://$$a$b$'}"), "echo://$a$b$");
    // A value can't add keys or lines: it stays one text.
    let problems = build(&[document("models: {m: '${T}'}")], &vars).unwrap_err();
    assert_eq!(problems.all().len(), 1);
    assert!(problems.all()[0].message.contains("unknown backend `x}, n: {to: y}`"), "{problems}");
}

#[test]
fn anchors_and_merge_keys_work() {
    insta::assert_snapshot!(routes("
backends:
  a: &local {url: http://h1, model: up}
  b: {<<: *local, url: http://h2}
models:
  m: &m {to: [a, b], fallback: none}
  n: {<<: [*m], to: b}
  o: {to: &names [a]}
  p: *names
"), @r"
    m: m[a x1 =up, b x1 =up]
    n: n[b x1 =up]
    o: o[a x1 =up]
    p: p[a x1 =up]
    ");
}

#[test]
fn names_may_be_any_that_clients_use() {
    let table = table(
        "
models:
  \"qwen2.5:72b\": echho
  Qwen/Qwen2.5-72B-Instruct: echho
  通义千问: echho
  \"gpt-*\": echho
  1: echho
  true: echho
  to: echho
"
        .replace("echho", "echo://x")
        .as_str(),
    );
    for name in ["qwen2.5:72b", "Qwen/Qwen2.5-72B-Instruct", "通义千问", "gpt-5", "1", "true", "to"] {
        assert!(table.find(Some(name)).is_some(), "{name}");
    }
    assert!(matches!(table.backends()[0].address, Address::Echo(_)));
}

#[test]
fn a_backend_named_by_url_has_a_name_that_a_backend_may_have() {
    insta::assert_snapshot!(routes("
backends: {a: 'http://h1, http://h2'}
models:
  a#b: http://h
  c,d: 'http://h, http://i'
  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx y: http://h
"), @r"
    a#b: a#b[a~b x1]
    c,d: c,d[c~d#1 x1, c~d#2 x1]
    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx y: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx y[xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx x1]
    ");
}

#[test]
fn hundreds_of_models_whose_long_names_begin_alike_have_a_backend_each() {
    let models =
        (0..300).map(|n| format!("  registry.example.com/team/a-model-with-a-long-name-{n}: http://h{n}\n"));
    let table = table(&format!("models:\n{}", models.collect::<String>()));
    assert_eq!(table.backends().len(), 300);
    assert!(table.routes().iter().all(|route| route.tiers[0].targets.len() == 1));
}
