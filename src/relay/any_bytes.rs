//! What holds for any bytes that are taken for a request's body, or for a backend's stream.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use serde_json::json;
use serde_json::value::RawValue;

use super::complaint::Complaint;
use super::params::applied;
use super::scan::members;
use super::{Peek, PeekError, events, facts, multipart, peek, resume};
use crate::record::{Usage, UsageScan};
use crate::table::{Params, Rename, Setting};
use crate::upstream::Pieces;

/// A name with everything in it that must be escaped.
const NEW: &str = "org/\"new\\\n\u{1F600}";

/// The members of an object in the order of the text, those that stand there twice as well.
type Members = Vec<(String, String)>;

/// A stream passes byte for byte, and costs what it costs, however it is cut.
pub(crate) fn stream<'b>(bytes: &'b [u8], cuts: impl Iterator<Item = Vec<&'b [u8]>>) {
    let complaint = Complaint::read(bytes);
    let _asked_next = complaint.kind(complaint.status().unwrap_or(500));
    let whole = usage(&[bytes]);
    for pieces in cuts {
        assert_eq!(usage(&pieces), whole, "cuts change no count of tokens");
        events::any_bytes::cuts_change_nothing(bytes, &pieces);
        resume::any_bytes::passes_untouched(bytes, &pieces);
    }
}

fn usage(pieces: &[&[u8]]) -> Usage {
    let mut scan = UsageScan::default();
    for piece in pieces {
        scan.pass(piece);
    }
    scan.usage()
}

/// A body names the model that every reader of JSON finds in it, and a splice changes nothing else.
pub(crate) fn body(bytes: &[u8]) {
    let _facts = facts(bytes);
    form(bytes);
    let found = peek(bytes);
    let strict = strictly(bytes);
    if let Some(members) = &strict {
        agrees(&found, members);
    }
    let Ok(Peek { model, range }) = found else { return };
    is_an_object(bytes);
    let body = Bytes::copy_from_slice(bytes);
    if model.is_some() {
        let quoted = Bytes::from(serde_json::Value::from(NEW).to_string());
        let spliced = Pieces::spliced(&body, range.clone(), quoted.clone()).joined();
        let again = peek(&spliced).expect("a body with another model's name is a body");
        assert_eq!(again.model.as_deref(), Some(NEW));
        assert_eq!(again.range, range.start..range.start + quoted.len());
        if let Some(members) = &strict {
            let renamed = members.iter().map(|(name, value)| match name.as_str() {
                "model" => (name.clone(), String::from_utf8_lossy(&quoted).into_owned()),
                _ => (name.clone(), value.clone()),
            });
            assert_eq!(strictly(&spliced), Some(renamed.collect()), "only the model differs");
        }
    }
    for layers in LAYERS.iter() {
        let pieces = applied(&body, layers, None).expect("what can be read can be changed");
        let outcome = pieces.joined();
        assert_eq!(outcome.len(), pieces.len());
        let again = peek(&outcome).expect("a body with other parameters is a body");
        assert_eq!(again.model, model, "no parameter is `model`");
        if let Some(members) = strict.as_ref().and_then(distinct) {
            let expected = layers.iter().fold(members, edited);
            assert_eq!(strictly(&outcome).as_ref().and_then(distinct), Some(expected));
        }
    }
}

/// What is left of a body without the insides of its values is JSON, and has the same names: these
/// are what routing goes by.
fn is_an_object(bytes: &[u8]) {
    let mut skeleton = Vec::new();
    let mut names = Vec::new();
    let mut at = 0;
    for member in members(bytes).expect("it was peeked into") {
        let member = member.expect("it was peeked into");
        skeleton.extend_from_slice(&bytes[at..member.value_at.start]);
        skeleton.push(b'0');
        at = member.value_at.end;
        names.push((member.name.into_owned(), "0".to_owned()));
    }
    skeleton.extend_from_slice(&bytes[at..]);
    assert_eq!(strictly(&skeleton), Some(names), "{}", skeleton.escape_ascii());
}

/// The router and a reader of JSON find the same model, or the router refuses.
fn agrees(found: &Result<Peek<'_>, PeekError>, members: &Members) {
    let models: Vec<&str> =
        members.iter().filter(|(name, _)| name == "model").map(|(_, value)| value.as_str()).collect();
    match (found, models.as_slice()) {
        (Ok(Peek { model: None, range }), []) => assert_eq!(*range, 0..0),
        (Err(PeekError::TooDeep(_)), _)
        | (Ok(Peek { model: None, .. }), ["null"])
        | (Err(PeekError::Twice), [_, _, ..]) => {}
        (Ok(Peek { model: Some(model), .. }), [raw]) => {
            assert_eq!(serde_json::from_str::<Cow<'_, str>>(raw).ok().as_ref(), Some(model));
        }
        (Err(PeekError::NotAString), [raw, ..]) => assert!(!raw.starts_with('"') && *raw != "null"),
        // Half of a surrogate pair is a string to some readers, and no name to any.
        (Err(PeekError::Broken { .. }), [raw, ..]) => assert!(serde_json::from_str::<String>(raw).is_err()),
        (found, models) => panic!("{found:?}, where a reader of JSON finds {models:?}"),
    }
}

/// The value of a form's field is what stands between the form's lines.
fn form(bytes: &[u8]) {
    if let Ok(Peek { model: Some(model), range }) = multipart::peek_form(bytes, "b") {
        assert_eq!(model.as_bytes(), &bytes[range.clone()]);
        let body = Bytes::copy_from_slice(bytes);
        let spliced = Pieces::spliced(&body, range, Bytes::from_static(b"other")).joined();
        let again = multipart::peek_form(&spliced, "b").expect("a form with another value is a form");
        assert_eq!(again.model.as_deref(), Some("other"));
    }
}

/// Reads an object as serde does; values stay as they are written.
fn strictly(bytes: &[u8]) -> Option<Members> {
    struct Object;
    impl<'de> serde::de::Visitor<'de> for Object {
        type Value = Members;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
            let mut members = Members::new();
            while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                members.push((name, value.get().to_owned()));
            }
            Ok(members)
        }
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let members = serde::Deserializer::deserialize_map(&mut reader, Object).ok()?;
    reader.end().ok()?;
    Some(members)
}

/// `None` if a name stands there twice: then it depends on the reader which counts.
fn distinct(members: &Members) -> Option<BTreeMap<String, String>> {
    let map: BTreeMap<String, String> = members.iter().cloned().collect();
    (map.len() == members.len()).then_some(map)
}

/// What becomes of an object's members, with their values as they are written: the same as
/// [`applied`] does to a text.
pub(super) fn edited(mut members: BTreeMap<String, String>, layer: &Params) -> BTreeMap<String, String> {
    for Rename { from, to, .. } in &layer.rename {
        if let Some(value) = members.remove(&**from) {
            members.entry(to.to_string()).or_insert(value);
        }
    }
    for name in &layer.drop {
        members.remove(&**name);
    }
    let written =
        |setting: &Setting| (setting.name.to_string(), String::from_utf8_lossy(&setting.value).into_owned());
    for (name, value) in layer.default.iter().map(written) {
        if members.get(&name).is_none_or(|given| given == "null") {
            members.insert(name, value);
        }
    }
    members.extend(layer.set.iter().map(written));
    members
}

/// Settings that meet each other, and whatever a body says.
static LAYERS: LazyLock<Vec<Vec<Params>>> = LazyLock::new(|| {
    let setting = |name: &str| Setting::new(name, &json!({"is": [name, 1.5]}));
    let first = Params {
        rename: vec![Rename::new("a", "b"), Rename::new("max_tokens", "max_completion_tokens")],
        drop: vec!["c".into()],
        default: vec![setting("d"), setting("temperature")],
        set: vec![setting("\"é\\"), setting("stop")],
        answers: Vec::new(),
    };
    let second = Params {
        rename: vec![Rename::new("b", "a"), Rename::new("d", "\"é\\"), Rename::new("stop", "")],
        drop: vec!["temperature".into(), "messages".into()],
        default: vec![setting("a"), setting("n")],
        set: vec![setting("d")],
        answers: Vec::new(),
    };
    vec![vec![first.clone()], vec![second.clone()], vec![first.clone(), second.clone()], vec![second, first]]
});
