//! What a table of thousands of models costs nobody, and what it still does.

use patchbay::config::{Document, Format, Needs, Vars, build};

fn document(text: &str) -> Document {
    let content = text.to_owned().into();
    Document { name: "routes.yaml".to_owned(), format: Format::Routes, content }
}

#[test]
fn a_misspelt_name_is_found_among_thousands() {
    let others: Vec<String> =
        (0..5000).map(|n| format!("  team-{:02}/model-{n}: echo://any\n", n % 50)).collect();
    let others = others.concat();
    let document = document(&format!("models:\n{others}  Qwen3-Coder: echo://any\n"));
    let built = build(&[document], &Vars::new()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(built.table.nearest("qwen3-codr", 3), ["Qwen3-Coder"]);
    let near = built.table.nearest("team-07/modle-57", 3);
    assert_eq!(near.len(), 3);
    assert!(near.iter().all(|name| name.starts_with("team-07/")), "{near:?}");
}

#[test]
fn what_a_document_needs_is_seen_however_it_is_written() {
    let includes = |text: &str| Needs::of(&document(text)).includes;
    for include in ["include: [more.yaml]", r#""include": [more.yaml]"#, r#""incl\x75de": [more.yaml]"#] {
        assert_eq!(includes(&format!("{include}\nmodels: {{m: echo}}\n")), ["more.yaml"], "{include}");
    }
    let files = |text: &str| Needs::of(&document(text)).files;
    let key = |value: &str| format!("models: {{m: {{to: 'http://h/v1', key: {value}}}}}\n");
    for value in ["'${file:a.key}'", r#""$\x7bfile:a.key}""#, r#""${f\x69le:a.key}""#] {
        assert_eq!(files(&key(value)), ["a.key"], "{value}");
    }
    let tls = "backends: {b: {url: 'https://h/v1', tls: {ca: ca.pem}}}\nmodels: {m: b}\n";
    assert_eq!(files(tls), ["ca.pem"]);
    assert_eq!(Needs::of(&document("models: {m: echo}\n")), Needs::default());
}
