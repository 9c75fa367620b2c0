//! Properties as a `.env`.

use std::collections::BTreeMap;

/// Writes `KEY=value` lines, sorted, so that the same properties are the same text. A name that is
/// no variable's is written in quotes, so that whoever reads it refuses it, and takes it for nothing
/// else: a comment, two lines, another name.
pub(super) fn dotenv_of(properties: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in properties {
        if name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) {
            text.push_str(name);
        } else {
            quote(name, &mut text);
        }
        text.push('=');
        if value.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:@%+,=?&".contains(c)) {
            text.push_str(value);
        } else {
            quote(value, &mut text);
        }
        text.push('\n');
    }
    text
}

fn quote(value: &str, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::dotenv_of;
    use crate::config::{Document, Format, variables};

    #[test]
    fn what_could_end_a_value_is_quoted() {
        let properties = [
            ("LLM_MODEL", "qwen"),
            ("A_URL", "https://api.example.com/v1?a=b"),
            ("B", "two words # no comment"),
            ("C", "a\"b\\n\nc"),
            ("D", ""),
        ];
        let properties = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
        insta::assert_snapshot!(dotenv_of(&BTreeMap::from(properties)), @r#"
        A_URL=https://api.example.com/v1?a=b
        B="two words # no comment"
        C="a\"b\\n\nc"
        D=
        LLM_MODEL=qwen
        "#);
    }

    #[test]
    fn a_name_that_is_no_variables_is_refused_and_never_another() {
        for name in ["#note", "A=1\nB", "export A", " A", "A=B", ""] {
            let properties = BTreeMap::from([(name.to_owned(), "x".to_owned())]);
            let content = dotenv_of(&properties).into();
            let document = Document { name: "application".to_owned(), format: Format::Dotenv, content };
            assert!(variables(&document).is_err(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn another_reader_reads_the_same_values(
            properties in prop::collection::btree_map("[A-Z][A-Z_]{0,10}", "[ -~\n\r\t{}äß#'\"\\\\]{0,40}", 0..6)
        ) {
            // That reader expands variables, which ours does not.
            let properties: BTreeMap<String, String> =
                properties.into_iter().map(|(name, value)| (name, value.replace('$', ""))).collect();
            let text = dotenv_of(&properties);
            let read: Result<BTreeMap<String, String>, _> = dotenvy::from_read_iter(text.as_bytes()).collect();
            // It knows no `\r`.
            if !text.contains("\\r") {
                prop_assert_eq!(read.unwrap(), properties);
            }
        }
    }
}
