//! `load` and `slow_start`: what a pick is told of backends.

use super::{built, refused};

#[test]
fn what_they_can_be_is_told() {
    insta::assert_snapshot!(refused(r"
        backends:
          a: {url: echo://a, load: vLLM}
          b: {url: echo://b, load: [vllm]}
          c: {url: echo://c, slow_start: slowly}
          d: {url: echo://d, slow_start: 30}
        models: {m: [a, b, c, d]}
        defaults: {slow_start: {takes: 3s}}
    "), @r"
    error[E106]: `vLLM` is no value for `load`
      --> routes.yaml:2:28
       |
     2 |   a: {url: echo://a, load: vLLM}
       |                            ^^^^
       = help: there are `vllm`, `llama.cpp` and `sglang`

    error[E105]: `load` must be a text, this is a list
      --> routes.yaml:3:28
       |
     3 |   b: {url: echo://b, load: [vllm]}
       |                            ^

    error[E106]: `slowly` is no value for `slow_start`
      --> routes.yaml:4:34
       |
     4 |   c: {url: echo://c, slow_start: slowly}
       |                                  ^^^^^^
       = help: durations look like this: 500ms, 30s, 5m, 1h

    error[E106]: `30` is no value for `slow_start`
      --> routes.yaml:5:34
       |
     5 |   d: {url: echo://d, slow_start: 30}
       |                                  ^^
       = help: a duration needs a unit: 500ms, 30s, 5m, 1h

    error[E105]: `slow_start` must be a text, this is a map
      --> routes.yaml:7:24
       |
     7 | defaults: {slow_start: {takes: 3s}}
       |                        ^
    ");
}

#[test]
fn none_undoes_a_slow_start_of_the_defaults() {
    let table = built(
        "backends: {a: 'echo://a', b: {url: 'echo://b', slow_start: none}}\nmodels: {m: [a, b]}\ndefaults: {slow_start: 5s}\n",
    )
    .unwrap()
    .table;
    let seconds: Vec<_> =
        table.backends().iter().map(|backend| backend.slow_start.map(|takes| takes.as_secs())).collect();
    assert_eq!(seconds, [Some(5), None]);
}
