//! Transfer codings.

use crate::http::case::Want::{Passed, Refused, Safe, SafeAndClosed};
use crate::http::case::{Case, care, must, should};

pub(crate) const CODINGS: &[Case] = &[
    must(
        "rfc9112_6_1_content_length_beside_chunks",
        "{post}Content-Length: 13\r\n{te}\r\n{chunks}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_1_chunks_beside_content_length",
        "{post}{te}Content-Length: 13\r\n\r\n{chunks}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_1_a_request_behind_a_length_beside_chunks",
        "{post}Content-Length: 6\r\n{te}\r\n0\r\n\r\n{smuggled}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_1_a_request_within_a_length_beside_chunks",
        "{post}{te}Content-Length: 200\r\n\r\n{chunks}{smuggled}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_1_two_lengths_beside_chunks",
        "{post}Content-Length: 13\r\nContent-Length: 5\r\n{te}\r\n{chunks}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_1_a_length_of_zero_beside_chunks",
        "{post}Content-Length: 0\r\n{te}\r\n{chunks}",
        SafeAndClosed,
    ),
    must("rfc9112_6_1_chunks_in_http_1_0", "{post10}{te}\r\n{chunks}", SafeAndClosed),
    must(
        "rfc9112_6_1_chunks_in_http_1_0_that_keeps_alive",
        "{post10}Connection: keep-alive\r\n{te}\r\n{chunks}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_1_a_length_beside_chunks_in_http_1_0",
        "{post10}Connection: keep-alive\r\nContent-Length: 13\r\n{te}\r\n{chunks}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_3_chunked_is_not_the_last_coding",
        "{post}Transfer-Encoding: chunked, gzip\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must(
        "rfc9112_6_3_a_misspelt_coding",
        "{post}Transfer-Encoding: xchunked\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must("rfc9112_6_3_identity", "{post}Transfer-Encoding: identity\r\n\r\n{json}", Refused(&[400, 501])),
    must(
        "rfc9112_6_3_identity_beside_a_length",
        "{post}Transfer-Encoding: identity\r\nContent-Length: 13\r\n\r\n{json}",
        SafeAndClosed,
    ),
    must(
        "rfc9112_6_3_chunked_then_identity",
        "{post}Transfer-Encoding: chunked, identity\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must(
        "rfc9112_6_3_chunked_then_identity_in_two_lines",
        "{post}{te}Transfer-Encoding: identity\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must(
        "rfc9112_6_3_chunked_then_nonsense_in_two_lines",
        "{post}{te}Transfer-Encoding: x\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must(
        "rfc9112_6_3_a_coding_in_quotes",
        "{post}Transfer-Encoding: \"chunked\"\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must(
        "rfc9112_6_3_a_coding_in_brackets",
        "{post}Transfer-Encoding: (chunked)\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must(
        "rfc9112_6_3_a_coding_of_two_words",
        "{post}Transfer-Encoding: chunked x\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must(
        "rfc9112_6_3_a_coding_cut_by_a_tab",
        "{post}Transfer-Encoding: chu\tnked\r\n\r\n{chunks}",
        Refused(&[400, 501]),
    ),
    must("rfc9112_6_3_an_empty_coding", "{post}Transfer-Encoding:\r\n\r\n{chunks}", Safe),
    must(
        "rfc9112_6_3_an_empty_coding_beside_a_length",
        "{post}Transfer-Encoding:\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_6_3_a_coding_behind_a_vertical_tab",
        "{post}Transfer-Encoding: \u{b}chunked\r\n\r\n{chunks}",
        Safe,
    ),
    must(
        "rfc9112_6_3_a_coding_behind_a_vertical_tab_beside_a_length",
        "{post}Transfer-Encoding: \u{b}chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must("rfc9112_6_3_a_coding_before_a_nul", "{post}Transfer-Encoding: chunked\u{0}\r\n\r\n{chunks}", Safe),
    must("rfc9112_6_3_a_coding_before_a_bare_cr", "{post}Transfer-Encoding: chunked\r\r\n\r\n{chunks}", Safe),
    must("rfc9112_7_1_chunked_twice", "{post}Transfer-Encoding: chunked, chunked\r\n\r\n{chunks}", Safe),
    must("rfc9112_7_1_chunked_twice_in_two_lines", "{post}{te}{te}\r\n{chunks}", Safe),
    care(
        "rfc9110_5_6_1_an_empty_element_before_chunked",
        "{post}Transfer-Encoding: , chunked\r\n\r\n{chunks}",
        Safe,
    ),
    care(
        "rfc9110_5_6_1_an_empty_element_behind_chunked",
        "{post}Transfer-Encoding: chunked,\r\n\r\n{chunks}",
        Safe,
    ),
    should(
        "rfc9112_6_1_an_unknown_coding_before_chunked_is_501",
        "{post}Transfer-Encoding: gzip, chunked\r\n\r\n{chunks}",
        Refused(&[501]),
    ),
    must(
        "rfc9112_7_the_name_of_the_coding_in_any_case",
        "{post}Transfer-Encoding: CHUNKED\r\n\r\n{chunks}",
        Passed(""),
    ),
    must(
        "rfc9112_5_2_a_coding_in_a_fold_beside_a_length",
        "{post}Transfer-Encoding:\r\n chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_5_2_a_coding_as_a_fold",
        "{post}X-A: 1\r\n Transfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_2_a_coding_behind_a_bare_lf",
        "{post}X-A: 1\nTransfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_2_a_coding_behind_a_bare_cr",
        "{post}X-A: 1\rTransfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_5_a_colon_on_the_next_line",
        "{post}Transfer-Encoding\r\n: chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_5_1_a_space_before_the_name",
        "{post}X-A: 1\r\n\u{a0}Transfer-Encoding: chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_5_1_a_space_behind_the_name_beside_a_length",
        "{post}Transfer-Encoding : chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    care(
        "rfc9112_6_1_a_name_that_looks_like_transfer_encoding",
        "{post}Transfer_Encoding: chunked\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care(
        "rfc9110_7_6_1_connection_names_transfer_encoding",
        "{post}Connection: transfer-encoding\r\n{te}\r\n{chunks}",
        Safe,
    ),
    care(
        "rfc9110_7_6_1_connection_closes_and_names_lengths",
        "{post}Connection: close, content-length, transfer-encoding\r\n{te}\r\n{chunks}",
        Safe,
    ),
];
