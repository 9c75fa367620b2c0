//! Tokens are found wherever an answer is cut into pieces.

use patchbay::record::{Usage, UsageScan};
use proptest::prelude::*;

fn scanned(answer: &[u8], cuts: &[usize]) -> Usage {
    let mut scan = UsageScan::default();
    let mut rest = answer;
    for cut in cuts {
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        scan.pass(piece);
        rest = after;
    }
    scan.pass(rest);
    scan.usage()
}

/// What an answer may be made of; the long ones let an object or an answer be longer than what is kept.
const WORDS: &[&str] = &[
    "\"usage\"",
    "\"usage\":{",
    "\"usage\" : { \"prompt_tokens\" :12 , \"completion_tokens\":7}",
    "\"usage\":{\"output_tokens\":3}",
    "\"usage\":null",
    "\"usa",
    "ge\"",
    ":",
    "{",
    "}",
    "\"",
    "\\",
    "\\\"",
    "\"prompt_tokens\"",
    "\"input_tokens\":",
    "\"completion_tokens\":",
    "\"output_tokens\"",
    "\\\"prompt_tokens\"",
    ",",
    " ",
    "5",
    "18446744073709551616",
    "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
    LONG,
];

const LONG: &str = "\"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\",";

/// Reads the last usage of a whole answer, byte by byte.
fn read(answer: &str) -> Usage {
    let mut found = Usage::default();
    for (at, word) in answer.match_indices("\"usage\"") {
        let window = &answer[at..answer.len().min(at + 512)];
        let value = window[word.len()..].trim_start().strip_prefix(':').unwrap_or_default().trim_start();
        let (mut depth, mut string, mut escaped) = (0, None, false);
        let mut strings = Vec::new();
        let end = value.bytes().enumerate().position(|(at, byte)| {
            match (byte, string) {
                _ if escaped => escaped = false,
                (b'\\', Some(_)) => escaped = true,
                (b'"', Some(begun)) => {
                    strings.push(begun..at);
                    string = None;
                }
                (b'"', None) => string = Some(at + 1),
                (b'{', None) => depth += 1,
                (b'}', None) => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        if !value.starts_with('{') {
            continue;
        }
        if end.is_none() && window.len() < 512 {
            break;
        }
        let number = |name: &str| {
            let string = strings.iter().find(|string| &value[(*string).clone()] == name)?;
            let behind = value[string.end + 1..].trim_start().strip_prefix(':')?.trim_start();
            behind[..behind.find(|c: char| !c.is_ascii_digit())?].parse().ok()
        };
        let first = |names: [&str; 2]| names.into_iter().find_map(number);
        found.input = first(["prompt_tokens", "input_tokens"]).or(found.input);
        found.output = first(["completion_tokens", "output_tokens"]).or(found.output);
    }
    found
}

proptest! {
    #[test]
    fn the_last_usage_counts_however_the_answer_is_cut(
        before in "[a-z\"{}:, ]{0,80}",
        input in 0_u64..1_000_000,
        output in 0_u64..1_000_000,
        cuts in prop::collection::vec(1_usize..40, 0..12),
    ) {
        let answer = format!(
            "data: {{\"usage\":null,\"x\":\"{before}\"}}\n\ndata: {{\"choices\":[],\"usage\": \
             {{\"prompt_tokens\": {input},\"completion_tokens\":{output},\"total_tokens\":1}},\"timings\":{{}}}}\n\n\
             data: [DONE]\n\n"
        );
        prop_assert_eq!(
            scanned(answer.as_bytes(), &cuts),
            Usage { input: Some(input), output: Some(output) }
        );
    }

    #[test]
    fn whatever_an_answer_says_of_its_usage_each_way_to_read_it_finds_the_same(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..60),
        cuts in prop::collection::vec(0_usize..2000, 0..12),
    ) {
        let answer = words.concat();
        prop_assert_eq!(scanned(answer.as_bytes(), &[]), read(&answer), "{}", &answer);
        prop_assert_eq!(scanned(answer.as_bytes(), &cuts), read(&answer), "{} cut at {:?}", &answer, cuts);
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        cuts in prop::collection::vec(0_usize..40, 0..12),
    ) {
        let _any = scanned(&bytes, &cuts);
        let noisy = [b"\"usage\"", &bytes[..], b"\"usage\":{", &bytes[..]].concat();
        let _any = scanned(&noisy, &cuts);
    }
}

#[test]
fn usage_in_every_event_ends_with_the_last() {
    let answer = br#"{"usage":{"prompt_tokens":5,"completion_tokens":0}} {"usage":{"prompt_tokens":5,"completion_tokens":7}}"#;
    assert_eq!(scanned(answer, &[]), Usage { input: Some(5), output: Some(7) });
}

#[test]
fn anthropics_names_count_too() {
    let answer = br#"{"type":"message_delta","usage":{"input_tokens":3,"output_tokens":9}}"#;
    assert_eq!(scanned(answer, &[20]), Usage { input: Some(3), output: Some(9) });
}

#[test]
fn tokens_behind_an_object_within_the_usage_count_wherever_the_answer_is_cut() {
    let answer =
        br#"{"usage":{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens":7}}"#;
    for cut in 0..answer.len() {
        assert_eq!(scanned(answer, &[cut]), Usage { input: Some(5), output: Some(7) }, "cut at {cut}");
    }
}
