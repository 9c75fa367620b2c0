//! Texts as YAML scalars.

use crate::table::UpstreamModel;

/// Writes a text so that YAML reads it as that text.
pub(super) fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/:-?=&".contains(c);
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let safe = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(':')
        && !word.contains(&text.to_ascii_lowercase().as_str());
    // A JSON string is a YAML string, too.
    if safe { text.to_owned() } else { String::from_utf8_lossy(UpstreamModel::new(text).json()).into_owned() }
}
