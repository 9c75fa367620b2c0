//! What holds of every answer that is mended.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http_body::Body;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::events::Events;
use super::treatment::{Form, HELD_MOST};
use super::{Mended, Treatment};
use crate::relay::ReplyBody;
use crate::table::{Params, Rename, Repair};

const ALL: Repair = Repair { bad_events: true, usage: true };
const CHUNK: &str = "data: {\"id\":\"x\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
const USAGE: &str = "data: {\"id\":\"x\",\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn names() -> Vec<Arc<Params>> {
    let answers = vec![Rename::new("reasoning", "reasoning_content")];
    vec![Arc::new(Params { answers, ..Params::default() })]
}

/// Passes a stream that comes in these pieces; returns what came out, and how much was repaired.
fn passed<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, repair: Repair, is_whole: bool) -> (Vec<u8>, u64) {
    let treatment = Treatment::sample(names(), repair);
    let (mut events, mut out) = (Events::default(), VecDeque::new());
    for piece in pieces {
        events.pass(Bytes::copy_from_slice(piece), &treatment, &mut out);
    }
    events.end(is_whole, &treatment, &mut out);
    (out.into_iter().flatten().collect(), treatment.made().load(Ordering::Relaxed))
}

fn stream(text: &str) -> (String, u64) {
    let (out, repairs) = passed([text.as_bytes()], ALL, true);
    (String::from_utf8(out).unwrap(), repairs)
}

#[test]
fn what_is_not_json_is_left_out_and_nothing_else() {
    let bad = [
        "data: thinking\n\n",
        "data: {\"a\":\n\n",
        "data:\n\n",
        "id: 1\r\ndata: x\r\n\r\n",
        "data: x\ndata: 1\n\n",
    ];
    let good = [
        CHUNK,
        ": a comment\n\n",
        "event: ping\n\n",
        "data: {\ndata: \"a\":1}\n\n",
        "\n",
        "event: error\ndata: overloaded\n\n",
    ];
    for bad in bad {
        for good in good {
            let (out, repairs) = stream(&[good, bad, good].concat());
            assert!(out.starts_with(&[good, good].concat()), "{bad:?} between {good:?}: {out:?}");
            assert!(repairs >= 1, "{bad:?}");
        }
    }
}

#[test]
fn a_usage_stands_at_the_end_of_a_stream_that_has_none() {
    let error = "data: {\"error\":{\"message\":\"out of memory\"}}\n\n";
    let null = "data: {\"choices\":[],\"usage\":null}\n\n";
    let with = |wire: &str, out: String| assert_eq!(stream(wire), (out, 1), "{wire:?}");
    with(&[CHUNK, DONE].concat(), [CHUNK, USAGE, DONE].concat());
    with(&[CHUNK, null, "data: [DONE]"].concat(), [CHUNK, null, USAGE, "data: [DONE]"].concat());
    with(CHUNK, [CHUNK, USAGE].concat());
    let without = [
        [CHUNK, &USAGE.replace(":0", ":3"), DONE].concat(),
        [CHUNK, error, DONE].concat(),
        [CHUNK, "event: error\ndata: gone\n\n"].concat(),
        [CHUNK, CHUNK.trim_end()].concat(),
        [DONE].concat(),
        "data: {\"type\":\"message_stop\"}\n\n".to_owned(),
        [CHUNK, &": x".repeat(500_000)].concat(),
    ];
    for wire in without {
        let (out, repairs) = stream(&wire);
        assert!(out == wire && repairs == 0, "{repairs} repairs in {out:.200}");
    }
    assert_eq!(passed([CHUNK.as_bytes()], ALL, false).0, CHUNK.as_bytes(), "a stream that broke off");
}

#[test]
fn an_unfinished_event_at_the_end_is_judged_as_it_stands() {
    for (rest, kept) in [("data: {\"a\":1}", true), ("data: {\"a\":", false), (": comm", true), ("dat", true)]
    {
        let wire = [CHUNK, rest].concat();
        assert_eq!(stream(&wire).0, if kept { wire.clone() } else { CHUNK.to_owned() }, "{rest}");
        assert_eq!(passed([wire.as_bytes()], Repair::default(), true).0, wire.as_bytes());
    }
}

#[test]
fn an_event_that_goes_on_in_the_next_piece_delays_none_before_it() {
    let treatment = Treatment::sample(names(), ALL);
    let (mut events, mut out) = (Events::default(), VecDeque::new());
    events.pass([CHUNK, "data: {\"a"].concat().into(), &treatment, &mut out);
    assert_eq!(out.drain(..).flatten().collect::<Vec<_>>(), CHUNK.as_bytes());
    events.pass("\":1}\n\n".into(), &treatment, &mut out);
    assert_eq!(out.into_iter().flatten().collect::<Vec<_>>(), b"data: {\"a\":1}\n\n");
}

/// Reads an answer that comes in one.
fn whole(answer: &[u8], repair: Repair) -> (Option<u64>, Vec<u8>) {
    let body = ReplyBody::whole(Bytes::copy_from_slice(answer));
    let mut mended = Mended::new(body, Form::Whole, Box::new(Treatment::sample(names(), repair)));
    let length = mended.size_hint().exact();
    let mut out = Vec::new();
    let read = async {
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut mended).poll_frame(cx)).await {
            out.extend_from_slice(&frame.unwrap().into_data().unwrap());
        }
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(read);
    (length, out)
}

#[test]
fn a_whole_answer_is_mended_and_its_length_is_known() {
    let answer = br#"  {"choices":[{"message":{"reasoning":"so"}}]}"#;
    let expected = br#"  {"choices":[{"message":{"reasoning_content":"so"}}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}"#;
    assert_eq!(whole(answer, ALL), (Some(expected.len() as u64), expected.to_vec()));
    let large = [&answer[..], &vec![b' '; HELD_MOST]].concat();
    assert_eq!(whole(&large, ALL), (Some(large.len() as u64), large));
}

/// Events that nothing is wrong with, and whose names are the client's.
fn good_event() -> impl Strategy<Value = String> {
    let data = prop_oneof![
        Just("[DONE]".to_owned()),
        "[a-z\\\\\"]{0,8}".prop_map(|text| {
            serde_json::json!({"choices": [{"delta": {"content": text, "role": null}}], "usage": {"n": 1}}).to_string()
        }),
        "\\PC{0,8}".prop_map(|text| serde_json::json!(text).to_string()),
    ];
    let lines = prop_oneof![
        3 => data.prop_map(|data| format!("data: {data}\0")),
        1 => "[a-z ]{0,6}".prop_map(|text| format!(": {text}\0")),
        1 => Just(String::new()),
    ];
    (lines, select(vec!["\n", "\r\n", "\r"])).prop_map(|(lines, end)| (lines + "\0").replace('\0', end))
}

fn cut(stream: &[u8], mut cuts: Vec<Index>) -> Vec<&[u8]> {
    cuts.sort_by_key(|cut| cut.index(stream.len() + 1));
    let mut at = 0;
    let mut pieces = Vec::new();
    for to in cuts.iter().map(|cut| cut.index(stream.len() + 1)).chain([stream.len()]) {
        pieces.push(&stream[at..to]);
        at = to;
    }
    pieces
}

proptest! {
    #[test]
    fn where_nothing_is_wrong_every_byte_passes(
        events in prop::collection::vec(good_event(), 0..8), cuts in prop::collection::vec(any::<Index>(), 0..8), is_whole: bool,
    ) {
        // A usage in front, so that none is missing.
        let stream = format!("{}{}", USAGE.replace(":0", ":1"), events.concat());
        let (out, repairs) = passed(cut(stream.as_bytes(), cuts), ALL, is_whole);
        prop_assert_eq!((out, repairs), (stream.into_bytes(), 0));
    }

    #[test]
    fn without_repairs_no_byte_of_any_stream_is_lost(
        stream in prop::collection::vec(select(b"\n\r:{}[]\"data ,1\xff".to_vec()), 0..120), cuts in prop::collection::vec(any::<Index>(), 0..8),
    ) {
        let (out, repairs) = passed(cut(&stream, cuts), Repair::default(), true);
        prop_assert_eq!((out, repairs), (stream, 0));
    }

    #[test]
    fn cuts_change_nothing(
        texts in prop::collection::vec(select(vec![
            CHUNK, USAGE, DONE, "data: x\n\n", "data: {\"choices\":[{\"delta\":{\"reasoning\":\"a\"}}]}\r\n\r\n", "\n", "\r", ": c\n", "data: {", "event: error\n",
        ]), 0..10),
        cuts in prop::collection::vec(any::<Index>(), 0..12), is_whole: bool,
    ) {
        let stream = texts.concat();
        let whole = passed([stream.as_bytes()], ALL, is_whole);
        prop_assert_eq!(passed(cut(stream.as_bytes(), cuts), ALL, is_whole), whole);
    }

    #[test]
    fn an_answer_that_lacks_nothing_passes_byte_for_byte(text in "\\PC{0,20}", space in "[ \n\t]{0,3}", pretty: bool) {
        let answer = serde_json::json!({"choices": [{"message": {"content": text}}], "usage": {"n": 1}});
        let answer = if pretty { serde_json::to_string_pretty(&answer) } else { serde_json::to_string(&answer) }.unwrap();
        let answer = format!("{space}{answer}{space}");
        prop_assert_eq!(whole(answer.as_bytes(), ALL).1, answer.as_bytes());
    }

    #[test]
    fn no_bytes_of_a_whole_answer_make_it_stumble(answer in prop::collection::vec(select(b"{}[]\":, choices1null\xff".to_vec()), 0..80)) {
        prop_assert_eq!(&whole(&answer, Repair::default()).1, &answer);
        let _mended = whole(&answer, ALL);
    }
}
