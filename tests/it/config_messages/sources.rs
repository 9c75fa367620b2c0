//! Bytes that are no text, includes, and secret files.

use patchbay::config::{Document, Format, Needs, Vars, build};

use super::{document, routes};

fn refused(documents: &[Document]) -> String {
    build(documents, &Vars::new()).unwrap_err().to_string()
}

#[test]
fn bytes_that_are_no_text_are_named_for_what_they_are() {
    let yaml = |bytes: &[u8]| refused(&[document("routes.yaml", Format::Routes, bytes.to_vec())]);
    insta::assert_snapshot!(yaml(b""), @r"
    error[E119]: `routes.yaml` is empty
     --> routes.yaml:1:1
      = help: an empty file is never taken for an empty table; the smallest one is `models: {NAME: URL}`
    ");
    insta::assert_snapshot!(yaml(b"models:\n  a: ech\0\0\0\0"), @r"
    error[E119]: `routes.yaml` holds a NUL byte at offset 16
     --> routes.yaml:1:1
      = help: it was not written to its end, or isn't a text; save it again
    ");
    insta::assert_snapshot!(yaml(b"models:\n  a: echo://\xff\n"), @r"
    error[E119]: this isn't UTF-8
      --> routes.yaml:2:13
       |
     2 |   a: echo://�
       |             ^
       = help: save the file as UTF-8
    ");
    insta::assert_snapshot!(yaml(b"\xff\xfem\0o\0"), @r"
    error[E119]: `routes.yaml` is UTF-16
     --> routes.yaml:1:1
      = help: save it as UTF-8
    ");
    insta::assert_snapshot!(yaml(&vec![b' '; 5 << 20]), @r"
    error[E119]: `routes.yaml` has 5242880 bytes; the most is 4 MiB
     --> routes.yaml:1:1
      = help: is this the right file?
    ");
    insta::assert_snapshot!(refused(&[]), @r"
    error[E112]: no models: there is neither a routes.yaml nor a .env
      = help: write a routes.yaml: `models: {NAME: URL}`
    ");
}

#[test]
fn byte_order_mark_and_windows_lines_are_taken() {
    let plain = "models:\n  a: echo://a\n  b: {to: echo://b}\n";
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    let digest = |text: &str| {
        let document = document("routes.yaml", Format::Routes, text.to_owned());
        build(&[document], &Vars::new()).unwrap().table.digest().to_owned()
    };
    assert_eq!(digest(plain), digest(&windows));

    let wrong = windows.replace("echo://b", "nowhere");
    insta::assert_snapshot!(refused(&[document("routes.yaml", Format::Routes, wrong)]), @r"
    error[E102]: model `b` points to unknown backend `nowhere`
      --> routes.yaml:3:11
       |
     3 |   b: {to: nowhere}
       |           ^^^^^^^ no backend has this name
       = help: there are no backends
    ");
}

#[test]
fn what_else_must_be_read_is_found_even_in_a_table_that_is_wrong() {
    let needs = Needs::of(&routes(
        r#"
        include: [routes.d/*.yaml, more.yaml]
        keys: ["${file:/run/secrets/caller}", "$${file:/not/this}"]
        models: {a: "${X:-${file:/run/secrets/url}}", b: "${file:/run/secrets/caller}", nonsense}
        "#,
    ));
    assert_eq!(needs.includes, ["routes.d/*.yaml", "more.yaml"]);
    assert_eq!(needs.files, ["/run/secrets/caller", "/run/secrets/url"]);
    assert_eq!(Needs::of(&routes("models: [")), Needs::default());
}

#[test]
fn included_files_add_models_and_backends_and_nothing_else() {
    let main = routes("include: \"*.yaml\"\nmodels: {a: blue}");
    let included = |content: &str| document("routes.d/b.yaml", Format::Routes, content.to_owned());
    let built =
        build(&[main.clone(), included("backends: {blue: echo://blue}\nmodels: {b: blue}")], &Vars::new());
    assert_eq!(built.unwrap().table.routes().len(), 2);

    insta::assert_snapshot!(
        refused(&[main.clone(), included("models: {a: echo://a}\nserver: {}\nbackend: {}")]), @r"
    error[E102]: model `a` points to unknown backend `blue`
      --> routes.yaml:2:13
       |
     2 | models: {a: blue}
       |             ^^^^ no backend has this name
       = help: there are no backends

    error[E104]: model `a` is defined twice
      --> routes.d/b.yaml:1:10
       |
     1 | models: {a: echo://a}
       |          ^ again here
       |
      ::: routes.yaml:2:10
       |
     2 | models: {a: blue}
       |          - first here

    error[E120]: `server` belongs in the main file
      --> routes.d/b.yaml:2:1
       |
     2 | server: {}
       | ^^^^^^
       = help: an included file holds only `models` and `backends`

    error[E103]: an included file has no key `backend`
      --> routes.d/b.yaml:3:1
       |
     3 | backend: {}
       | ^^^^^^^
       = help: did you mean `backends`?
    ");

    // A file that can't be read would make all its names look unknown: only the cause is told.
    let text = refused(&[main, included("backends: {blue: echo://blue")]);
    assert_eq!(text.matches("error[").count(), 1, "{text}");
}

#[test]
fn secret_files_give_their_text_without_the_last_line_break() {
    let main = routes("backends: {b: {url: http://h, key: \"${file:/k}\"}}\nmodels: {a: b}");
    let key = |content: &'static [u8]| document("/k", Format::Secret, content);
    let built = build(&[main.clone(), key(b"abc\r\n")], &Vars::new()).unwrap();
    assert_eq!(built.table.backends()[0].key.as_ref().unwrap().expose(), "abc");

    insta::assert_snapshot!(refused(&[main.clone(), key(b"abc\ndef\n")]), @r#"
    error[E115]: this key holds the character '\n'
      --> routes.yaml:1:36
       |
     1 | backends: {b: {url: http://h, key: "${file:/k}"}}
       |                                    ^^^^^^^^^^^^
       = help: a line break in it would begin another header; is there one at the end?
    "#);
    insta::assert_snapshot!(refused(&[main, key(b"\xff\xfe")]), @r#"
    error[E114]: `/k` is not a text
      --> routes.yaml:1:37
       |
     1 | backends: {b: {url: http://h, key: "${file:/k}"}}
       |                                     ^^^^^^^^^^
    "#);
}

#[test]
fn a_watched_env_wins_over_the_process_and_says_so() {
    let main = routes("models: {a: \"${TARGET}\", b: \"${SAME}\", c: \"${OWN}\"}");
    let env = document(".env", Format::Dotenv, "TARGET=echo://new\nSAME=echo://s\nUNUSED=2\n");
    let vars = [("TARGET", "echo://old"), ("SAME", "echo://s"), ("OWN", "echo://own"), ("UNUSED", "1")];
    let vars: Vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let built = build(&[main, env], &vars).unwrap();
    let addresses: Vec<String> = built.table.backends().iter().map(|b| b.address.to_string()).collect();
    assert_eq!(addresses, ["echo://new", "echo://s", "echo://own"]);
    assert_eq!(built.shadowed, ["TARGET"]);
}
