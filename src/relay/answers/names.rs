//! New names for what stands in the deltas and messages of an answer.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::relay::PeekError;
use crate::relay::scan::{Member, items_of, members_of};
use crate::table::Params;

/// Lists where `text` gets another name: keys of `choices[].delta` and `choices[].message` within
/// the object that stands at `at`. A name that is there already is not given twice. Where the text
/// is no such object, nothing changes.
pub(super) fn renamed(text: &[u8], at: Range<usize>, layers: &[Arc<Params>]) -> Vec<(Range<usize>, Bytes)> {
    let mut edits = Vec::new();
    if layers.is_empty() || in_chunk(text, at, layers, &mut edits).is_err() {
        edits.clear();
    }
    edits
}

fn in_chunk(
    text: &[u8],
    at: Range<usize>,
    layers: &[Arc<Params>],
    edits: &mut Vec<(Range<usize>, Bytes)>,
) -> Result<(), PeekError> {
    for member in members_of(text, at)? {
        let member = member?;
        if member.name != "choices" {
            continue;
        }
        let Ok(choices) = items_of(text, member.value_at) else { continue };
        for choice in choices {
            let Ok(fields) = members_of(text, choice?) else { continue };
            for field in fields {
                let field = field?;
                if matches!(&*field.name, "delta" | "message")
                    && let Ok(inner) = members_of(text, field.value_at)
                {
                    edits.extend(in_object(&inner.collect::<Result<Vec<_>, _>>()?, layers));
                }
            }
        }
    }
    Ok(())
}

fn in_object(members: &[Member<'_>], layers: &[Arc<Params>]) -> Vec<(Range<usize>, Bytes)> {
    let is_taken = |name: &str| members.iter().any(|member| member.name == name);
    let renamed = members.iter().filter_map(|member| {
        let mut name: &str = &member.name;
        let mut written = None;
        for layer in layers {
            let rename = layer.answers.iter().find(|rename| *rename.from == *name);
            if let Some(rename) = rename.filter(|rename| !is_taken(&rename.to)) {
                name = &rename.to;
                written = Some(rename.json().clone());
            }
        }
        Some((member.name_at.clone(), written?))
    });
    renamed.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::Rename;
    use crate::upstream::Pieces;

    fn layer(renames: &[(&str, &str)]) -> Arc<Params> {
        let answers = renames.iter().map(|(from, to)| Rename::new(from, to)).collect();
        Arc::new(Params { answers, ..Params::default() })
    }

    fn outcome(text: &str, layers: &[Arc<Params>]) -> String {
        let edits = renamed(text.as_bytes(), 0..text.len(), layers);
        let pieces = Pieces::edited(&Bytes::copy_from_slice(text.as_bytes()), edits);
        String::from_utf8(pieces.joined().to_vec()).unwrap()
    }

    #[test]
    fn only_keys_of_deltas_and_messages_get_new_names() {
        let layers = [layer(&[("reasoning", "reasoning_content")])];
        let cases = [
            (
                r#"{"choices":[{"delta":{"reasoning" : "a"}}]}"#,
                r#"{"choices":[{"delta":{"reasoning_content" : "a"}}]}"#,
            ),
            (
                r#"{"reasoning":1,"choices":[ {"reasoning":2,"message":{"content":"\"reasoning\":","reasoning":{"reasoning":3}}}, {"delta":null}]}"#,
                r#"{"reasoning":1,"choices":[ {"reasoning":2,"message":{"content":"\"reasoning\":","reasoning_content":{"reasoning":3}}}, {"delta":null}]}"#,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(outcome(text, &layers), expected);
        }
        for same in [
            r#"{"choices":[{"delta":{"reasoning":"a","reasoning_content":"b"}}]}"#,
            r#"{"choices":{"delta":{"reasoning":"a"}}}"#,
            r#"{"choices":[{"delta":{"reasoning":"a"}}]"#,
            r#"{"choices":[{"delta":{"reasoning":"a"}}]} x"#,
            "[DONE]",
            "",
        ] {
            assert_eq!(outcome(same, &layers), same);
        }
    }

    #[test]
    fn a_backends_dialect_is_undone_before_the_model_names_it() {
        let layers = [layer(&[("thinking", "reasoning")]), layer(&[("reasoning", "reasoning_content")])];
        let text = r#"{"choices":[{"delta":{"thinking":"a"}}]}"#;
        assert_eq!(outcome(text, &layers), r#"{"choices":[{"delta":{"reasoning_content":"a"}}]}"#);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_stumble(text in "[{}\\[\\]\":,a0 ]{0,80}", inner in "[{}\\[\\]\":,a0 ]{0,40}") {
            let layers = [layer(&[("a", "b")])];
            for text in [text, format!("{{\"choices\":[{{\"delta\":{inner}}}]}}")] {
                let _outcome = outcome(&text, &layers);
            }
        }
    }
}
