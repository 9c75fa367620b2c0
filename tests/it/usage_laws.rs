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
