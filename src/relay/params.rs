//! Changes a request's parameters where they stand; every byte that isn't named stays as it was.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::PeekError;
use super::scan::{Member, members};
use crate::table::{Params, Rename, Setting};
use crate::upstream::Pieces;

/// Applies parameters to a body that is a JSON object, one layer upon the other.
///
/// `model` is the range of the model's value and what is written there instead. A member that
/// stands there several times is renamed, dropped and set each time; whether a default is wanted
/// is said by the last, as readers of JSON have it.
pub(super) fn applied<'p>(
    body: &Bytes,
    layers: impl IntoIterator<Item = &'p Params>,
    model: Option<(Range<usize>, Bytes)>,
) -> Result<Pieces, PeekError> {
    let mut walk = members(body)?;
    let start = walk.position();
    let lines = walk.by_ref().map(|member| member.map(Line::from)).collect::<Result<_, _>>()?;
    let mut draft = Draft { start, lines, added: Vec::new() };
    for layer in layers {
        layer.rename.iter().for_each(|rename| draft.rename(rename));
        layer.drop.iter().for_each(|name| draft.drop(name));
        layer.default.iter().for_each(|setting| draft.fill(body, setting));
        layer.set.iter().for_each(|setting| draft.set(setting));
    }
    if let Some((range, name)) = model
        && let Some(line) = draft.lines.iter_mut().find(|line| line.value_at == range)
    {
        line.value = Some(name);
    }
    Ok(Pieces::edited(body, draft.edits()))
}

/// A body's members while they are changed.
struct Draft<'b, 'p> {
    /// Behind the opening bracket.
    start: usize,
    lines: Vec<Line<'b>>,
    added: Vec<(&'p str, Bytes)>,
}

/// One member of the body.
struct Line<'b> {
    name: Cow<'b, str>,
    name_at: Range<usize>,
    value_at: Range<usize>,
    new_name: Option<Bytes>,
    value: Option<Bytes>,
    dropped: bool,
}

impl<'b> From<Member<'b>> for Line<'b> {
    fn from(member: Member<'b>) -> Self {
        let Member { name, name_at, value_at } = member;
        Self { name, name_at, value_at, new_name: None, value: None, dropped: false }
    }
}

// === impl Draft ===

impl<'b, 'p> Draft<'b, 'p> {
    fn named(&mut self, name: &str) -> impl DoubleEndedIterator<Item = &mut Line<'b>> {
        self.lines.iter_mut().filter(move |line| !line.dropped && line.name == name)
    }

    fn has(&mut self, name: &str) -> bool {
        self.added.iter().any(|(added, _)| *added == name) || self.named(name).next().is_some()
    }

    /// Where the new name is there already, the request has said what it wants by that.
    fn rename(&mut self, rename: &'p Rename) {
        let is_taken = self.has(&rename.to);
        for line in self.named(&rename.from) {
            if is_taken {
                line.dropped = true;
            } else {
                line.name = Cow::Owned(rename.to.to_string());
                line.new_name = Some(rename.json().clone());
            }
        }
        if let Some(at) = self.added.iter().position(|(name, _)| **name == *rename.from) {
            let (_, value) = self.added.remove(at);
            if !is_taken {
                self.added.push((&rename.to, value));
            }
        }
    }

    fn drop(&mut self, name: &str) {
        self.named(name).for_each(|line| line.dropped = true);
        self.added.retain(|(added, _)| *added != name);
    }

    fn fill(&mut self, body: &[u8], setting: &'p Setting) {
        if let Some(last) = self.named(&setting.name).next_back() {
            if *last.value.as_deref().unwrap_or(&body[last.value_at.clone()]) == *b"null" {
                last.value = Some(setting.value.clone());
            }
        } else if let Some((_, value)) = self.added.iter_mut().find(|(added, _)| **added == *setting.name) {
            if *value == b"null"[..] {
                *value = setting.value.clone();
            }
        } else {
            self.add(setting);
        }
    }

    fn set(&mut self, setting: &'p Setting) {
        self.added.retain(|(added, _)| **added != *setting.name);
        let mut is_there = false;
        for line in self.named(&setting.name) {
            line.value = Some(setting.value.clone());
            is_there = true;
        }
        if !is_there {
            self.add(setting);
        }
    }

    fn add(&mut self, setting: &'p Setting) {
        self.added.push((&setting.name, setting.value.clone()));
    }

    /// Lists what is replaced, from the front to the back.
    fn edits(self) -> Vec<(Range<usize>, Bytes)> {
        let mut edits = Vec::new();
        let mut has_kept = false;
        let mut end = self.start;
        let mut lines = self.lines.iter().peekable();
        while let Some(line) = lines.next() {
            if line.dropped {
                // With the comma before it, or behind it if nothing is left before.
                let behind = lines.peek().map_or(line.value_at.end, |next| next.name_at.start);
                let range = if has_kept { end..line.value_at.end } else { line.name_at.start..behind };
                edits.push((range, Bytes::new()));
            } else {
                has_kept = true;
                edits.extend(line.new_name.clone().map(|name| (line.name_at.clone(), name)));
                edits.extend(line.value.clone().map(|value| (line.value_at.clone(), value)));
            }
            end = line.value_at.end;
        }
        let mut new = Vec::new();
        for (name, value) in &self.added {
            if has_kept {
                new.push(b',');
            }
            has_kept = true;
            new.extend_from_slice(serde_json::Value::from(*name).to_string().as_bytes());
            new.push(b':');
            new.extend_from_slice(value);
        }
        if !new.is_empty() {
            edits.push((end..end, new.into()));
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::relay::any_bytes::edited;

    fn params(value: &Value) -> Params {
        let pairs = |key: &str| {
            let entries = value[key].as_object().into_iter().flatten();
            entries.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
        };
        let setting = |(name, value): (String, Value)| Setting::new(&name, &value);
        Params {
            rename: pairs("rename")
                .iter()
                .map(|(from, to)| Rename::new(from, to.as_str().unwrap()))
                .collect(),
            drop: value["drop"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|name| name.as_str().unwrap().into())
                .collect(),
            default: pairs("default").into_iter().map(setting).collect(),
            set: pairs("set").into_iter().map(setting).collect(),
            answers: Vec::new(),
        }
    }

    fn changed(body: &str, layers: &[Value]) -> String {
        let layers: Vec<Params> = layers.iter().map(params).collect();
        let pieces = applied(&Bytes::copy_from_slice(body.as_bytes()), &layers, None).unwrap();
        String::from_utf8(pieces.joined().to_vec()).unwrap()
    }

    #[test]
    fn only_what_is_named_changes() {
        let body = " {\t\"b\" : 1.0 ,\r\n \"a\":[ 1e5 ] , \"c\": null, \"d\":{\"a\":1} }\n";
        let cases = [
            (json!({"set": {"b": 2}}), body.replace("1.0", "2")),
            (json!({"default": {"a": 0, "c": 7}}), body.replace("null", "7")),
            (json!({"default": {"e": "x"}}), body.replace("{\"a\":1}", "{\"a\":1},\"e\":\"x\"")),
            (json!({"drop": ["b"]}), body.replace("\"b\" : 1.0 ,\r\n ", "")),
            (json!({"drop": ["a"]}), body.replace(" ,\r\n \"a\":[ 1e5 ]", "")),
            (json!({"drop": ["d"]}), body.replace(", \"d\":{\"a\":1}", "")),
            (json!({"drop": ["a", "b", "c", "d"]}), " {\t }\n".to_owned()),
            (json!({"drop": ["a", "b", "c", "d"], "set": {"e": []}}), " {\t\"e\":[] }\n".to_owned()),
            (json!({"rename": {"b": "\"x\""}}), body.replace("\"b\"", "\"\\\"x\\\"\"")),
            (json!({"rename": {"b": "c"}}), body.replace("\"b\" : 1.0 ,\r\n ", "")),
            (json!({"rename": {"nothing": "x"}, "drop": ["nothing"]}), body.to_owned()),
        ];
        for (layer, expected) in cases {
            assert_eq!(changed(body, std::slice::from_ref(&layer)), expected, "{layer}");
        }
        assert_eq!(changed("{}", &[json!({"set": {"a": 1, "b": 2}})]), r#"{"a":1,"b":2}"#);
    }

    #[test]
    fn what_a_model_adds_its_backend_may_rename_and_drop() {
        let model = json!({"default": {"max_tokens": 512}, "set": {"seed": 1}});
        let backend = json!({"rename": {"max_tokens": "max_completion_tokens"}, "drop": ["seed"]});
        let layers = [model, backend];
        assert_eq!(changed(r#"{"n":1}"#, &layers), r#"{"n":1,"max_completion_tokens":512}"#);
        assert_eq!(changed(r#"{"max_tokens":9,"seed":3}"#, &layers), r#"{"max_completion_tokens":9}"#);
    }

    #[test]
    fn a_member_that_stands_there_twice_is_changed_twice() {
        let body = r#"{"a":null,"x":0,"\u0061":1}"#;
        assert_eq!(changed(body, &[json!({"set": {"a": 5}})]), r#"{"a":5,"x":0,"\u0061":5}"#);
        assert_eq!(changed(body, &[json!({"drop": ["a"]})]), r#"{"x":0}"#);
        assert_eq!(changed(body, &[json!({"rename": {"a": "b"}})]), r#"{"b":null,"x":0,"b":1}"#);
        assert_eq!(changed(body, &[json!({"default": {"a": 5}})]), body, "the last says 1");
        let body = r#"{"a":1,"a":null}"#;
        assert_eq!(changed(body, &[json!({"default": {"a": 5}})]), r#"{"a":1,"a":5}"#);
    }

    #[test]
    fn the_models_name_is_written_on_the_way() {
        let body = Bytes::from_static(br#"{"z":"old","model":"old","a":1}"#);
        let layers = [params(&json!({"drop": ["z"], "set": {"a": 2}}))];
        let model = Some((19..24, Bytes::from_static(b"\"new\"")));
        assert_eq!(applied(&body, &layers, model).unwrap().joined(), &br#"{"model":"new","a":2}"#[..]);
    }

    fn name() -> impl Strategy<Value = String> {
        select(vec!["a", "b", "c", "d", "\"", "é"]).prop_map(str::to_owned)
    }

    fn value() -> impl Strategy<Value = Value> {
        select(vec![
            json!(null),
            json!(0),
            json!(1.5),
            json!("}\"{,"),
            json!([1, {"a": 2}]),
            json!({"b": []}),
        ])
    }

    fn object() -> impl Strategy<Value = Map<String, Value>> {
        prop::collection::vec((name(), value()), 0..5).prop_map(|entries| entries.into_iter().collect())
    }

    fn layer() -> impl Strategy<Value = Value> {
        let rename = prop::collection::vec((select(vec!["a", "b"]), select(vec!["c", "d", "é"])), 0..3)
            .prop_map(|pairs| {
                pairs.into_iter().map(|(from, to)| (from.to_owned(), json!(to))).collect::<Map<_, _>>()
            });
        (rename, prop::collection::vec(name(), 0..3), object(), object()).prop_map(|(rename, drop, default, set)| {
            json!({"rename": rename, "drop": drop, "default": default, "set": set})
        })
    }

    proptest! {
        #[test]
        fn the_outcome_is_what_an_edit_of_the_parsed_body_is(
            body in object(),
            layers in prop::collection::vec(layer(), 1..3),
            pretty: bool,
        ) {
            let text = if pretty { serde_json::to_string_pretty(&body) } else { serde_json::to_string(&body) }.unwrap();
            let outcome: BTreeMap<String, Value> = serde_json::from_str(&changed(&text, &layers)).unwrap();
            let members = body.into_iter().map(|(name, value)| (name, value.to_string())).collect();
            let expected = layers.iter().map(params).fold(members, |members, layer| edited(members, &layer));
            let parsed = |value: String| serde_json::from_str(&value).unwrap();
            let expected = expected.into_iter().map(|(name, value)| (name, parsed(value))).collect();
            prop_assert_eq!(outcome, expected);
        }

        #[test]
        fn who_is_not_named_keeps_every_byte(body in object(), layer in layer(), text in "[ -~]{0,20}") {
            let mut body = body;
            body.insert("messages".to_owned(), json!({"a": text}));
            body.insert("n".to_owned(), json!(12_345_678_901_u64));
            let written = serde_json::to_string_pretty(&body).unwrap();
            let outcome = changed(&written, &[layer]);
            let start = written.find("\"messages\"").unwrap();
            let tail = &written[start..written.rfind('\n').unwrap()];
            prop_assert!(outcome.contains(tail), "{outcome} lost {tail}");
        }

        #[test]
        fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..80), text in "[{}\\[\\]\":,\\\\ a-d0]{0,60}", layer in layer()) {
            for body in [bytes, text.clone().into_bytes(), format!("{{{text}}}").into_bytes()] {
                let body = Bytes::from(body);
                if let Ok(pieces) = applied(&body, [&params(&layer)], None) {
                    prop_assert_eq!(pieces.joined().len(), pieces.len());
                }
            }
        }
    }
}
