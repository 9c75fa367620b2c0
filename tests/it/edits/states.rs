//! The key `state` of a backend comes and goes.

use patchbay::config::{Vars, build};
use patchbay::table::BackendState;

use super::{edited, refused, routes, state};

const MODELS: &str = "models: {m: http://x:1}\n";

#[track_caller]
fn backends(before: &str, to: BackendState) -> String {
    let file = format!("{before}{MODELS}");
    let edited =
        edited(&[routes(&file)], &state("a", to)).unwrap_or_else(|error| panic!("{file}\n{error}")).unwrap();
    assert!(build(&[routes(&edited.text)], &Vars::new()).is_ok(), "{}", edited.text);
    edited.text.strip_suffix(MODELS).unwrap().to_owned()
}

#[test]
fn a_backend_is_taken_out_and_back_by_one_line() {
    let cases = [
        ("backends:\n  a: http://h:1/v1 # c\n", "backends:\n  a: {url: http://h:1/v1, state: drain} # c\n"),
        (
            "backends:\n  a: http://h:1, http://i:2*3\n",
            "backends:\n  a: {url: \"http://h:1, http://i:2*3\", state: drain}\n",
        ),
        ("backends:\n  a: 'http://h:1' # c\n", "backends:\n  a: {url: 'http://h:1', state: drain} # c\n"),
        (
            "backends: {a: {url: http://h, cloud: true}}\n",
            "backends: {a: {url: http://h, cloud: true, state: drain}}\n",
        ),
        (
            "backends:\n  a:\n    url: http://h # c\n    cloud: true\n",
            "backends:\n  a:\n    url: http://h # c\n    state: drain\n    cloud: true\n",
        ),
        (
            "backends:\r\n  a:\r\n    key: k\r\n    url: http://h # c\r\n",
            "backends:\r\n  a:\r\n    key: k\r\n    url: http://h # c\r\n    state: drain\r\n",
        ),
        (
            "backends:\n  a: &x http://h\n  b: *x\n",
            "backends:\n  a: {url: &x http://h, state: drain}\n  b: *x\n",
        ),
        (
            "backends:\n  b: &x http://h\n  a: *x\n",
            "backends:\n  b: &x http://h\n  a: {url: *x, state: drain}\n",
        ),
        (
            "backends:\n  b: &x {url: http://h}\n  a: *x\n",
            "backends:\n  b: &x {url: http://h}\n  a: {<<: *x, state: drain}\n",
        ),
        (
            "backends:\n  b: &x {url: http://h}\n  a:\n    <<: *x\n    key: k\n",
            "backends:\n  b: &x {url: http://h}\n  a:\n    <<: *x\n    state: drain\n    key: k\n",
        ),
    ];
    for (ready, drained) in cases {
        let got = backends(ready, BackendState::Drain);
        assert_eq!(got, drained);
        assert_eq!(backends(&got, BackendState::Maint), drained.replace("drain", "maint"));
        let again = ready.replace("http://h:1, http://i:2*3", "\"http://h:1, http://i:2*3\"");
        assert_eq!(backends(&got, BackendState::Ready), again);
    }
}

#[test]
fn a_state_may_stand_anywhere_in_its_block() {
    let cases = [
        (
            "backends:\n  a: {state: maint, url: http://h, cloud: true}\n",
            "backends:\n  a: {url: http://h, cloud: true}\n",
        ),
        (
            "backends:\n  a:\n    # note\n    state: 'maint' # c\n    url: http://h\n",
            "backends:\n  a:\n    # note\n    url: http://h\n",
        ),
        (
            "backends:\n  b: &x {url: http://h, state: maint}\n  a: {<<: *x, key: k}\n",
            "backends:\n  b: &x {url: http://h, state: maint}\n  a: {<<: *x, key: k, state: ready}\n",
        ),
    ];
    for (out, ready) in cases {
        assert_eq!(backends(out, BackendState::Ready), ready);
    }
}

#[test]
fn only_a_configured_backend_has_a_state() {
    let file = [routes("backends: {pool: 'http://a,http://b'}\nmodels: {m: http://x}\n")];
    assert_eq!(
        refused(&file, &state("pol", BackendState::Drain)),
        "no backend has the name `pol`; did you mean `pool`?"
    );
    assert!(
        refused(&file, &state("m", BackendState::Drain)).contains("give its address a name under `backends`")
    );
    assert!(refused(&file, &state("pool#1", BackendState::Drain)).contains("one address of the pool `pool`"));
    assert_eq!(edited(&file, &state("pool", BackendState::Ready)), Ok(None));
}
