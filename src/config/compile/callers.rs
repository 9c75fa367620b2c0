//! Who may call: names and keys, each key once.

use std::collections::HashMap;

use crate::table::{Caller, Callers, ModelName, Secret};

use super::headers::{not_visible, visible};
use super::problem::Findings;
use super::raw::RawCaller;
use super::{Place, code};

/// Checks the callers.
pub(super) fn checked(raw: &[RawCaller], findings: &mut Findings) -> Callers {
    let mut first: HashMap<&str, &Place> = HashMap::new();
    let mut callers = Vec::with_capacity(raw.len());
    for RawCaller { name, key, limits } in raw {
        if let Err(error) = ModelName::parse(&name.value) {
            findings.error(code::BAD_NAME, &name.place, error.to_string());
        }
        if key.value.trim().is_empty() {
            findings
                .error(code::BAD_HEADER, &key.place, format!("the key of caller `{}` is empty", name.value))
                .help("an empty key would let everyone in");
        } else if visible(&key.value).is_none() {
            let what = format!("the key of caller `{}`", name.value);
            not_visible(&what, &key.value, &key.place, findings);
        } else if let Some(earlier) = first.insert(&key.value, &key.place) {
            findings
                .error(code::DUPLICATE, &key.place.first_line(), "two callers have the same key")
                .label("again here")
                .related(earlier, "first here")
                .help("nobody could tell them apart");
        } else {
            callers.push(Caller { name: name.value.clone(), key: Secret::new(&key.value), limits: *limits });
        }
    }
    Callers::new(callers)
}
