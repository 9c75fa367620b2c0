//! Header fields.

use crate::http::case::Check::Sent;
use crate::http::case::Want::{Passed, Refused, Safe};
use crate::http::case::{Case, care, must, should};

pub(crate) const FIELDS: &[Case] = &[
    must(
        "rfc9112_5_1_a_space_before_the_colon",
        "{post}X-A : 1\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_5_1_a_tab_before_the_colon",
        "{post}X-A\t: 1\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_5_1_a_space_behind_content_length",
        "{post}Content-Length : 13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_5_1_a_space_behind_transfer_encoding",
        "{post}Transfer-Encoding : chunked\r\n\r\n{chunks}",
        Refused(&[400]),
    ),
    must("rfc9112_5_2_a_folded_value", "{post}X-A: 1\r\n 2\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must(
        "rfc9112_5_2_a_value_folded_with_a_tab",
        "{post}X-A: 1\r\n\t2\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_5_2_a_value_that_begins_in_its_fold",
        "{post}X-A:\r\n 1\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must("rfc9112_5_2_an_empty_fold", "{post}X-A: 1\r\n \r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_2_a_length_in_a_fold", "{post}Content-Length:\r\n 13\r\n\r\n{json}", Safe),
    must(
        "rfc9112_5_2_a_length_behind_a_fold",
        "{post}X-A: 1\r\n Content-Length: 5\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must("rfc9112_5_a_line_without_a_colon", "{post}X-A\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_no_name", "{post}: 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_a_name_with_a_space", "{post}X A: 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_a_name_with_a_parenthesis", "{post}X(A: 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_a_name_with_a_slash", "{post}X/A: 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_a_name_with_a_quote", "{post}\"X\": 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_a_name_with_a_nul", "{post}X\u{0}A: 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_a_name_with_a_control", "{post}X\u{1}A: 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_5_a_name_above_ascii", "{post}X\u{e9}: 1\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must(
        "rfc9112_5_a_control_before_transfer_encoding",
        "{post}\u{b}Transfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must("rfc9110_5_5_a_nul_in_a_value", "{post}X-A: a\u{0}b\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9110_5_5_a_bare_cr_in_a_value", "{post}X-A: a\rb\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must(
        "rfc9110_5_5_a_cr_before_the_end_of_a_line",
        "{post}X-A: a\r\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9110_5_5_a_field_behind_a_bare_cr",
        "{post}X-A: a\rX-Smuggled: 1\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care("rfc9110_5_5_a_control_in_a_value", "{post}X-A: a\u{1}b\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    care(
        "rfc9110_5_5_an_escape_in_a_value",
        "{post}X-A: a\u{1b}[2Jb\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care("rfc9110_5_5_a_del_in_a_value", "{post}X-A: a\u{7f}b\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_2_2_a_bare_lf_ends_a_field", "{post}X-A: 1\nContent-Length: 13\r\n\r\n{json}", Safe),
    must("rfc9112_2_2_bare_lfs_end_the_head", "{post}Content-Length: 13\n\n{json}", Safe),
    must("rfc9112_2_2_a_bare_lf_ends_the_head_behind_crlf", "{post}Content-Length: 13\r\n\n{json}", Safe),
    must("rfc9112_2_2_two_crs_end_the_head", "{post}Content-Length: 13\r\n\r\r\n{json}", Safe),
    must(
        "rfc9112_5_a_value_with_a_tab_inside_passes",
        "{post}X-A: a\tb\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9112_5_spaces_around_a_value_are_no_part_of_it",
        "{post}X-A: \t v \t\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    )
    .check(&[Sent("x-a", "v")]),
    must("rfc9110_5_5_an_empty_value_passes", "{post}X-A:\r\nContent-Length: 13\r\n\r\n{json}", Passed("")),
    must(
        "rfc9110_5_5_bytes_above_ascii_are_opaque",
        "{post}X-A: caf\u{e9}\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    )
    .check(&[Sent("x-a", "caf\u{e9}")]),
    must("rfc9110_5_1_names_in_any_case", "{post}cOnTeNt-LeNgTh: 13\r\n\r\n{json}", Passed("")),
    must(
        "rfc9110_5_1_an_unknown_field_is_forwarded",
        "{post}X-Stainless-Lang: python\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    )
    .check(&[Sent("x-stainless-lang", "python")]),
    must(
        "rfc9110_5_4_a_head_of_60_fields_passes",
        "{post}{60*X-A: 1\r\n}Content-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9110_5_4_a_value_of_6000_bytes_passes",
        "{post}X-A: {6000*x}\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9110_5_4_a_head_too_large_is_an_error_of_the_client",
        "{post}X-A: {80000*x}\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400, 413, 414, 431]),
    ),
    must(
        "rfc9110_5_4_a_megabyte_of_fields_is_an_error_of_the_client",
        "{post}{1000*X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n}Content-Length: 13\r\n\r\n{json}",
        Refused(&[400, 413, 414, 431]),
    ),
    care(
        "rfc9110_5_4_5000_fields",
        "{post}{5000*A:1\r\n}Content-Length: 13\r\n\r\n{json}",
        Refused(&[400, 413, 414, 431]),
    ),
    should(
        "rfc9112_5_2_a_fold_is_named_as_the_fault",
        "{post}X-A: 1\r\n 2\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    care(
        "rfc9110_5_5_a_line_break_in_a_value_stays_a_value",
        "{post}X-A: a%0d%0aX-Smuggled:%201\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
];
