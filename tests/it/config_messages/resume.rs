//! `resume` and `continues`.

use patchbay::table::Continuation;

use super::{built, refused};

#[test]
fn what_they_can_be_is_told() {
    insta::assert_snapshot!(refused(r"
        models:
          a: {to: b, resume: replay}
        backends:
          b: {url: echo://b, continues: true}
        defaults: {continues: vllm}
    "), @r"
    error[E106]: `replay` is no value for `resume`
      --> routes.yaml:2:22
       |
     2 |   a: {to: b, resume: replay}
       |                      ^^^^^^
       = help: write `true` or `false`

    error[E106]: `true` is no value for `continues`
      --> routes.yaml:4:33
       |
     4 |   b: {url: echo://b, continues: true}
       |                                 ^^^^
       = help: there are `last_message` (llama.cpp), `continue_final_message` (vLLM, SGLang), `prefix` (DeepSeek, Mistral) and `partial` (Moonshot, DashScope)

    error[E106]: `vllm` is no value for `continues`
      --> routes.yaml:5:23
       |
     5 | defaults: {continues: vllm}
       |                       ^^^^
       = help: there are `last_message` (llama.cpp), `continue_final_message` (vLLM, SGLang), `prefix` (DeepSeek, Mistral) and `partial` (Moonshot, DashScope)
    ");
}

#[test]
fn defaults_hold_for_who_says_nothing() {
    let table = built(
        "models: {a: {to: b}, c: {to: d, resume: false}}\n\
         backends: {b: echo://b, d: {url: echo://d, continues: partial}}\n\
         defaults: {resume: true, continues: last_message}\n",
    )
    .unwrap()
    .table;
    let resumes: Vec<bool> = table.routes().iter().map(|route| route.resume).collect();
    assert_eq!(resumes, [true, false]);
    let continues: Vec<_> =
        table.backends().iter().map(|backend| backend.continues.map(Continuation::as_str)).collect();
    assert_eq!(continues, [Some("last_message"), Some("partial")]);
}
