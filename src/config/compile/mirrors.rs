//! Mirrors: a backend's name resolved.

use super::backends::{Backends, Named};
use super::problem::Findings;
use super::raw::{RawMirror, is_url};
use super::{code, suggest};

/// Finds the backend that gets copies of a model's requests.
pub(super) fn found(
    model: &str,
    mirror: &RawMirror,
    is_model: impl Fn(&str) -> bool,
    backends: &Backends<'_>,
    findings: &mut Findings,
) -> Option<Named> {
    let name = mirror.to.value.text.trim();
    let named = backends.find(name);
    if named.is_none() {
        let shown = mirror.to.value.shown.trim();
        let hints = findings.wants_hints();
        let problem = findings
            .error(
                code::UNKNOWN_NAME,
                &mirror.to.place.first_line(),
                format!("model `{model}` is mirrored to unknown backend `{shown}`"),
            )
            .label("no backend has this name");
        if is_url(shown) {
            problem.help("give the URL a name under `backends`, and write that name here");
        } else if is_model(name) {
            problem.help(format!("`{shown}` is a model; copies go to a backend"));
        } else if hints {
            problem.help(suggest::hint(shown, "backends", backends.names()));
        }
    }
    named
}
