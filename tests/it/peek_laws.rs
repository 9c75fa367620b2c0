//! Laws of reading `model` out of a body.

use patchbay::relay::{PeekError, peek};
use patchbay::upstream::Pieces;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any JSON value, with names that are easily taken for `model`.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC*".prop_map(Value::from),
        "[\"\\\\{}\\[\\]:,]*".prop_map(Value::from),
    ];
    let name = prop_oneof![Just("model".to_owned()), "[\"\\\\a-z]{0,6}", Just("messages".to_owned())];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_body() -> impl Strategy<Value = (String, Map<String, Value>)> {
    let members = prop::collection::btree_map("[\"\\\\a-z]{0,8}", any_json(), 0..6);
    (any::<String>(), members, any::<prop::sample::Index>()).prop_map(|(model, members, place)| {
        let mut all: Vec<(String, Value)> = members.into_iter().filter(|(name, _)| name != "model").collect();
        all.insert(place.index(all.len() + 1), ("model".to_owned(), Value::from(model.clone())));
        (model, all.into_iter().collect())
    })
}

proptest! {
    #[test]
    fn the_model_is_found_wherever_it_stands((model, body) in any_body(), pretty: bool) {
        let text = if pretty { serde_json::to_vec_pretty(&body) } else { serde_json::to_vec(&body) }.unwrap();
        let found = peek(&text).unwrap();
        prop_assert_eq!(found.model.as_deref(), Some(model.as_str()));
        let value: String = serde_json::from_slice(&text[found.range]).unwrap();
        prop_assert_eq!(value, model);
    }

    #[test]
    fn a_replaced_model_changes_no_other_byte((_, body) in any_body(), name: String) {
        let text = bytes::Bytes::from(serde_json::to_vec(&body).unwrap());
        let range = peek(&text).unwrap().range;
        let quoted = bytes::Bytes::from(serde_json::to_vec(&name).unwrap());
        let spliced = Pieces::spliced(&text, range.clone(), quoted.clone()).joined();
        prop_assert_eq!(&spliced[..range.start], &text[..range.start]);
        prop_assert_eq!(&spliced[range.start + quoted.len()..], &text[range.end..]);
        let found = peek(&spliced).unwrap();
        prop_assert_eq!(found.model.as_deref(), Some(name.as_str()));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _any = peek(&bytes);
    }

    #[test]
    fn no_almost_json_makes_it_panic(text in "[{}\\[\\]\":,\\\\ a-z0-9.model-]{0,200}") {
        let _any = peek(text.as_bytes());
        let _any = peek(format!("{{{text}").as_bytes());
    }

    #[test]
    fn what_serde_takes_is_taken(value in any_json()) {
        let text = serde_json::to_vec(&value).unwrap();
        let is_routable = value.as_object().is_some_and(|object| {
            object.get("model").is_none_or(|model| model.is_string() || model.is_null())
        });
        prop_assert_eq!(peek(&text).is_ok(), is_routable);
    }
}

#[test]
fn an_escaped_name_counts_as_model() {
    let body = br#"{"messages":[{"model":"nested"}],"mod\u0065l":"q\u0077en"}"#;
    let found = peek(body).unwrap();
    assert_eq!(found.model.as_deref(), Some("qwen"));
    assert_eq!(&body[found.range], br#""q\u0077en""#);
}

#[test]
fn a_second_model_is_refused_however_it_is_spelled() {
    assert_eq!(peek(br#"{"model":"a","model":"b"}"#), Err(PeekError::Twice));
    assert_eq!(peek(br#"{"model":"a","\u006dodel":"a"}"#), Err(PeekError::Twice));
}

#[test]
fn a_name_that_is_no_string_is_refused() {
    for body in [
        &b"{\"mod\xffel\":\"a\"}"[..],
        br#"{"\model":"a"}"#,
        br#"{"mod\ud800el":"a"}"#,
        b"{\"model\n\":\"a\"}",
    ] {
        let said = peek(body).unwrap_err().to_string();
        assert_eq!(said, "the body isn't valid JSON: a name that isn't a valid string at byte 1");
    }
}

#[test]
fn a_hundred_thousand_brackets_are_refused_at_the_first_too_many() {
    let mut body = br#"{"model":"a","x":"#.to_vec();
    body.extend(std::iter::repeat_n(b'[', 100_000));
    assert!(matches!(peek(&body), Err(PeekError::TooDeep(_))));
}

#[test]
fn what_is_no_object_is_named() {
    let said = |body: &[u8]| peek(body).unwrap_err().to_string();
    insta::assert_snapshot!(said(b""), @"the request has no body; it needs a JSON object with `model`");
    insta::assert_snapshot!(said(b"[1]"), @"the body isn't a JSON object: it begins with [1]");
    insta::assert_snapshot!(said(br#"{"model": 5}"#), @"`model` must be a string");
    insta::assert_snapshot!(said(br#"{"model": "a""#), @"the body isn't valid JSON: no `,` or `}` after a value at byte 13");
    insta::assert_snapshot!(said(br#"{"model": "a"} x"#), @"the body isn't valid JSON: more text after the object at byte 15");
    insta::assert_snapshot!(said(br#"{"model": "a", "b": [}]}"#), @"the body isn't valid JSON: a bracket of the wrong kind at byte 21");
}
