//! What a backend is asked before it gets requests, and what its answers are taken for.

mod contract;
mod prepare;
mod target;

use std::collections::BTreeMap;

use patchbay::config::{Document, Format, build};
use patchbay::table::Backend;

/// The backend that a `url` or an object of routes.yaml makes.
pub(crate) fn backend(written: &str) -> Backend {
    let yaml = format!("backends:\n  it: {written}\nmodels:\n  m: it\n");
    let document =
        Document { name: "routes.yaml".into(), format: Format::Routes, content: yaml.into_bytes().into() };
    let built = build(&[document], &BTreeMap::new());
    built.unwrap_or_else(|problems| panic!("{}", problems.render(false))).table.backends()[0].clone()
}
