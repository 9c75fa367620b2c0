//! `prepare` and `release`, and what is said where they make no sense.

use patchbay::config::{ServerSettings, to_yaml};
use patchbay::table::Hook;

use super::{built, refused};

#[test]
fn a_hook_goes_to_the_backends_own_host_only() {
    insta::assert_snapshot!(refused(r#"
        backends:
          a: {url: http://a, prepare: http://evil/wake_up}
          b: {url: http://b, prepare: {post: //evil/wake_up}}
          c: {url: http://c, release: sleep}
          d: {url: http://d, release: {body: {level: 1}}}
          e: {url: http://e, prepare: {post: /wake_up, wait: 1h}}
          f: {url: "echo://f", prepare: /wake_up}
          g: {url: http://g, prepare: {get: /wake_up, post: /x}}
        models: {m: a}
    "#), @r##"
    error[E106]: `http://evil/wake_up` is no value for `prepare`
      --> routes.yaml:2:31
       |
     2 |   a: {url: http://a, prepare: http://evil/wake_up}
       |                               ^^^^^^^^^^^^^^^^^^^
       = help: a hook goes to the backend's own host: write the path only, `/wake_up`

    error[E106]: `//evil/wake_up` is no value for `prepare`
      --> routes.yaml:3:38
       |
     3 |   b: {url: http://b, prepare: {post: //evil/wake_up}}
       |                                      ^^^^^^^^^^^^^^
       = help: a hook goes to the backend's own host: write the path only, `/wake_up`

    error[E106]: `sleep` is no value for `release`
      --> routes.yaml:4:31
       |
     4 |   c: {url: http://c, release: sleep}
       |                               ^^^^^
       = help: this isn't a path: write it from the host's root, `/wake_up`

    error[E123]: `release` has no `post`
      --> routes.yaml:5:31
       |
     5 |   d: {url: http://d, release: {body: {level: 1}}}
       |                               ^
       = help: add the path that is posted to: `post: /wake_up`

    error[E106]: a command waits for 10 minutes at most
      --> routes.yaml:6:54
       |
     6 |   e: {url: http://e, prepare: {post: /wake_up, wait: 1h}}
       |                                                      ^^
       = help: write `10m` or less

    error[E106]: an echo can't be posted to
      --> routes.yaml:7:33
       |
     7 |   f: {url: "echo://f", prepare: /wake_up}
       |                                 ^^^^^^^^
       = help: remove the line; `prepare` and `release` are for model servers

    error[E103]: a hook has no key `get`
      --> routes.yaml:8:32
       |
     8 |   g: {url: http://g, prepare: {get: /wake_up, post: /x}}
       |                                ^^^
       = help: its keys: post, body, wait
    "##);
}

#[test]
fn a_hook_is_kept_as_it_is_written() {
    let yaml = r#"
        backends:
          a:
            url: http://a/v1
            prepare: {post: "/models/load?x=1", body: {model: "a: $$1", deep: [1, 2.5, true, null, "1"]}, wait: 90s}
            release: /sleep
        models: {m: a}
    "#;
    let built = built(yaml).unwrap();
    let backend = &built.table.backends()[0];
    let prepare = backend.prepare.as_ref().unwrap();
    assert_eq!((prepare.path.as_str(), prepare.wait.as_secs()), ("/models/load?x=1", 90));
    assert_eq!(prepare.body.as_ref().unwrap().expose(), r#"{"model":"a: $1","deep":[1,2.5,true,null,"1"]}"#);
    let release = backend.release.as_ref().unwrap();
    assert_eq!((release.path.as_str(), &release.body, release.wait), ("/sleep", &None, Hook::WAIT));
    assert!(!format!("{prepare:?}").contains("a: "), "a body may hold a key: {prepare:?}");

    let printed = to_yaml(&built.table, &ServerSettings::default());
    assert_eq!(super::built(&printed).unwrap().table.backends()[0].prepare, backend.prepare, "{printed}");
}

#[test]
fn an_edited_hook_makes_another_table_of_the_same_backend() {
    let with = |body: &str| {
        let yaml = format!(
            "backends:\n  a: {{url: 'http://a', release: {{post: /sleep, body: {body}}}}}\nmodels: {{m: a}}\n"
        );
        built(&yaml).unwrap().table
    };
    let (one, two) = (with("{level: 1}"), with("{level: 2}"));
    assert_ne!(one.digest(), two.digest());
    assert_eq!(one.backends()[0].identity(), two.backends()[0].identity());
    assert_eq!(patchbay::table::diff(&one, &two).len(), 1);
}
