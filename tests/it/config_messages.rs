//! A refused document says where, what, and how to mend it.

use patchbay::config::{Document, Format, Vars, build};

fn routes(yaml: &str) -> Document {
    Document { name: "routes.yaml".to_owned(), format: Format::Routes, content: yaml.to_owned().into() }
}

/// Builds one `routes.yaml`, which must be refused, and returns what the user sees.
fn refused(yaml: &str) -> String {
    build(&[routes(yaml)], &Vars::new()).unwrap_err().to_string()
}

#[test]
fn an_unknown_backend_is_shown_with_the_name_that_was_meant() {
    insta::assert_snapshot!(refused("backends:\n  qwen-local: http://127.0.0.1:8001\n\nmodels:\n  gpt-4o: qwen-loacl\n"), @r"
    error[E102]: model `gpt-4o` points to unknown backend `qwen-loacl`
      --> routes.yaml:5:11
       |
     5 |   gpt-4o: qwen-loacl
       |           ^^^^^^^^^^ no backend has this name
       = help: did you mean `qwen-local`?
    ");
}

#[test]
fn the_committed_sample_builds_without_a_word_and_has_one_line_to_edit() {
    let sample = include_str!("../../routes.yaml");
    assert_eq!(sample.lines().filter(|line| *line == "  demo: blue").count(), 1);
    for (yaml, target) in
        [(sample.to_owned(), "blue"), (sample.replacen("  demo: blue", "  demo: green", 1), "green")]
    {
        let built = build(&[routes(&yaml)], &Vars::new()).unwrap();
        let route = built.table.find(Some("demo")).unwrap().route;
        assert_eq!(built.table.target_text(route), target);
        assert_eq!(built.warnings, []);
    }
}
