//! A refused document says where, what, and how to mend it; and never shows a key.

mod columns;
mod dead_rules;
mod documents;
mod guards;
mod health;
mod hooks;
mod keys;
mod limits;
mod mirrors;
mod names;
mod params;
mod repairs;
mod resume;
mod retries;
mod rules;
mod sample;
mod secrets;
mod server_tls;
mod sources;
mod standings;
mod strategies;
mod tls;
mod traps;
mod values;
mod variables;

use patchbay::config::{Built, Document, Format, Problems, Vars, build};

/// A `routes.yaml`; the indentation that a test's own layout brings is taken off.
fn routes(yaml: &str) -> Document {
    let lines = || yaml.lines().filter(|line| !line.trim().is_empty());
    let indent = lines().map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or(0);
    let cut: Vec<&str> =
        yaml.trim_end_matches(' ').lines().map(|line| line.get(indent..).unwrap_or("")).collect();
    let content = cut.join("\n").trim_start_matches('\n').to_owned();
    document("routes.yaml", Format::Routes, content + "\n")
}

fn document(name: &str, format: Format, content: impl Into<bytes::Bytes>) -> Document {
    Document { name: name.to_owned(), format, content: content.into() }
}

fn built(yaml: &str) -> Result<Built, Problems> {
    build(&[routes(yaml)], &Vars::new())
}

/// Builds one `routes.yaml`, which must be refused, and returns what the user sees.
fn refused(yaml: &str) -> String {
    built(yaml).unwrap_err().to_string()
}
