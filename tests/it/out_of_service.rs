//! A backend that is taken out of service gets no new requests, and finishes those it has.

use std::sync::Arc;

use patchbay::config::{Document, Format, Vars, build};
use patchbay::table::{AllWell, RoutingTable, Supposed, diff};

use crate::bench::{Bench, RunningBench};
use crate::fake::Fake;

fn table(yaml: &str) -> RoutingTable {
    let content = yaml.to_owned().into();
    let document = Document { name: "routes.yaml".to_owned(), format: Format::Routes, content };
    build(&[document], &Vars::new()).unwrap_or_else(|problems| panic!("{problems}")).table
}

async fn two(yaml: &str) -> RunningBench {
    let first = Fake::streams(["1", "2", "3"]).pausing_after(1);
    Bench::new().backend("a", first).backend("b", Fake::answers("from b")).yaml(yaml).start().await
}

#[tokio::test]
async fn a_drained_backend_finishes_what_it_has_and_gets_nothing_new() {
    let yaml = "backends:\n  first: {url: {a}, state: ready}\n  second: {b}\n\
        models:\n  m: {to: [first, second], strategy: first}\n";
    let bench = two(yaml).await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "1");
    let before = bench.snapshot();

    bench.save_and_wait(&yaml.replace("ready", "drain")).await;
    for _ in 0..4 {
        assert_eq!(bench.chat("m").text().await, "from b");
    }
    bench.backend("a").resume();
    assert_eq!(stream.rest().await, "23");

    assert_eq!(bench.backend("a").count(), 1);
    let after = bench.snapshot();
    for (old, new) in before.upstreams().iter().zip(after.upstreams()) {
        assert!(Arc::ptr_eq(old, new), "connections and counts are not kept");
    }
}

#[tokio::test]
async fn what_is_out_of_service_is_no_fallback_and_has_no_share() {
    let yaml = "backends:\n  first: {url: {a}, state: maint}\n  second: {b}\n\
        models:\n  w: {to: [first, second]}\n  f: {to: first, fallback: [first, second]}\n";
    let bench = two(yaml).await;
    for model in ["w", "f", "w", "w"] {
        let answer = bench.chat(model).send().await;
        assert_eq!((answer.status, answer.header("x-patchbay-attempts")), (200, "1"));
    }
    assert_eq!(bench.backend("a").count(), 0);
}

#[tokio::test]
async fn a_model_without_a_backend_in_service_says_so() {
    let yaml = "backends:\n  first: {url: {a}, state: maint}\n  second: {url: {b}, state: drain}\n\
        models:\n  m: {to: first, fallback: second}\n";
    let answer = two(yaml).await.chat("m").send().await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "backend_out_of_service"));
    assert_eq!(
        answer.error(),
        "no backend of model `m` is in service: `first` is in maintenance, `second` is drained"
    );
}

#[test]
fn a_change_of_state_is_told_and_makes_another_table() {
    let yaml = "backends: {a: {url: echo://a, state: ready}, b: echo://b}\nmodels: {m: [a, b], n: a}\n";
    let (ready, drained) = (table(yaml), table(&yaml.replace("ready", "drain")));
    let told: Vec<String> = diff(&ready, &drained).iter().map(ToString::to_string).collect();
    assert_eq!(told, ["backend a: ready -> drain"]);
    assert_ne!(ready.digest(), drained.digest());
    assert_eq!(
        ready.digest(),
        table("backends: {a: echo://a, b: echo://b}\nmodels: {m: [a, b], n: a}\n").digest()
    );
    insta::assert_snapshot!(drained.explain(Some("m"), &Supposed::default().facts(), &AllWell, None).unwrap(), @"
    m: found by its name
      target
        a  echo://a  drained: gets no new requests, name as asked, connect 5s, first byte 600s, idle 300s
        b  echo://b  name as asked, connect 5s, first byte 600s, idle 300s
      retry     each peer once, or a lone backend once more, on connect, timeout, 408, 429, 500, 502, 503, 504, 529
    ");
}
