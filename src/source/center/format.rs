//! What a document is, told by its name.

use crate::config::Format;

/// Returns what a key, a data id or a path holds: properties if it ends as they do, else YAML.
#[must_use]
pub fn format_of(key: &str) -> Format {
    let name = key.split(['?', '#']).next().unwrap_or_default();
    let ending = name.rsplit(['/', ':', '.']).next().unwrap_or_default();
    let is_dotted = name.len() > ending.len() && name[..name.len() - ending.len()].ends_with('.');
    if is_dotted && ["env", "properties"].iter().any(|known| ending.eq_ignore_ascii_case(known)) {
        Format::Dotenv
    } else {
        Format::Routes
    }
}

#[cfg(test)]
mod tests {
    use super::format_of;
    use crate::config::Format;

    #[test]
    fn properties_are_known_by_their_ending() {
        for name in [".env", "a/.env", "prod.env", "dbgpt.properties", "P.PROPERTIES", "a.env?versionId=3"] {
            assert_eq!(format_of(name), Format::Dotenv, "{name}");
        }
        for name in ["routes.yaml", "routes", "env", "a/env", "routes.env.yaml", "x?name=.env", ""] {
            assert_eq!(format_of(name), Format::Routes, "{name}");
        }
    }
}
