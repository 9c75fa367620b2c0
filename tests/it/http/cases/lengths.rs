//! Lengths.

use crate::http::case::Want::{Incomplete, Passed, Refused, Safe, SafeAndClosed};
use crate::http::case::{Case, care, must};

pub(crate) const LENGTHS: &[Case] = &[
    must(
        "rfc9112_6_3_two_lengths_that_differ",
        "{post}Content-Length: 13\r\nContent-Length: 14\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_6_3_two_lengths_with_a_request_between",
        "{post}Content-Length: 0\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_6_3_two_lengths_in_one_line_that_differ",
        "{post}Content-Length: 13, 14\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9110_8_6_two_equal_lengths",
        "{post}Content-Length: 13\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must("rfc9110_8_6_two_equal_lengths_in_one_line", "{post}Content-Length: 13, 13\r\n\r\n{json}", Safe),
    must(
        "rfc9110_8_6_three_lengths_the_last_differs",
        "{post}Content-Length: 13, 13\r\nContent-Length: 12\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9110_8_6_two_lengths_one_with_a_zero_before_it",
        "{post}Content-Length: 13\r\nContent-Length: 013\r\n\r\n{json}",
        Safe,
    ),
    must("rfc9112_6_3_a_length_with_a_plus", "{post}Content-Length: +13\r\n\r\n{json}", Refused(&[400])),
    must("rfc9112_6_3_a_length_with_a_minus", "{post}Content-Length: -13\r\n\r\n{json}", Refused(&[400])),
    must("rfc9112_6_3_minus_zero", "{post}Content-Length: -0\r\n\r\n{json}", Refused(&[400])),
    must("rfc9112_6_3_a_length_in_hex", "{post}Content-Length: 0xd\r\n\r\n{json}", Refused(&[400])),
    must(
        "rfc9112_6_3_a_length_in_hex_without_a_mark",
        "{post}Content-Length: d\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_6_3_a_length_with_an_exponent",
        "{post}Content-Length: 13e0\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must("rfc9112_6_3_a_length_with_a_fraction", "{post}Content-Length: 13.0\r\n\r\n{json}", Refused(&[400])),
    must(
        "rfc9112_6_3_a_length_with_an_underscore",
        "{post}Content-Length: 1_3\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must("rfc9112_6_3_a_length_in_quotes", "{post}Content-Length: \"13\"\r\n\r\n{json}", Refused(&[400])),
    must(
        "rfc9112_6_3_a_length_with_a_parameter",
        "{post}Content-Length: 13;a=b\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must("rfc9112_6_3_a_length_of_two_words", "{post}Content-Length: 1 3\r\n\r\n{json}", Refused(&[400])),
    must("rfc9112_6_3_an_empty_length", "{post}Content-Length:\r\n\r\n{json}", Refused(&[400])),
    must("rfc9112_6_3_a_length_behind_a_comma", "{post}Content-Length: ,13\r\n\r\n{json}", Safe),
    must(
        "rfc9112_6_3_a_length_in_other_digits",
        "{post}Content-Length: \u{b9}\u{b3}\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_6_3_a_length_behind_a_vertical_tab",
        "{post}Content-Length: \u{b}13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must("rfc9112_6_3_a_length_before_a_nul", "{post}Content-Length: 13\u{0}\r\n\r\n{json}", Refused(&[400])),
    must("rfc9112_6_3_a_length_before_a_bare_cr", "{post}Content-Length: 13\r\r\n\r\n{json}", Safe),
    must(
        "rfc9110_8_6_a_length_that_wraps_32_bits",
        "{post}Content-Length: 4294967309\r\n\r\n{json}{fin}",
        Incomplete,
    ),
    must(
        "rfc9110_8_6_a_length_that_wraps_64_bits",
        "{post}Content-Length: 18446744073709551629\r\n\r\n{json}",
        Refused(&[400, 413]),
    ),
    must(
        "rfc9110_8_6_a_length_beyond_64_bits_with_a_sign",
        "{post}Content-Length: 9223372036854775821\r\n\r\n{json}{fin}",
        Incomplete,
    ),
    must(
        "rfc9110_8_6_a_length_of_60_digits",
        "{post}Content-Length: 999999999999999999999999999999999999999999999999999999999999\r\n\r\n{json}",
        Refused(&[400, 413]),
    ),
    must("rfc9110_8_6_zeros_before_a_length_mean_nothing", "{post}Content-Length: 0013\r\n\r\n{json}", Safe),
    must("rfc9112_6_3_a_body_that_ends_too_early", "{post}Content-Length: 14\r\n\r\n{json}{fin}", Incomplete),
    must("rfc9112_6_3_a_body_that_is_cut", "{post}Content-Length: 13\r\n\r\nabc{fin}", Incomplete),
    must("rfc9112_8_a_head_that_is_cut", "{post}Content-Length: 13\r\n{fin}", Incomplete),
    care(
        "rfc9110_8_6_a_name_that_looks_like_content_length",
        "{post}Content_Length: 5\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care(
        "rfc9110_7_6_1_connection_names_content_length",
        "{post}Connection: content-length\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care(
        "rfc9110_7_6_1_connection_names_host",
        "{post}Connection: host\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_6_3_a_length_in_pieces_of_the_wire",
        "POST {path} HTTP/1.1\r\nHost: rou{pause}ter\r\nContent-Le{pause}ngth: 1{pause}3\r{pause}\n\r\n{pause}{json}",
        Passed(""),
    ),
    must(
        "rfc9112_6_1_a_bad_length_beside_chunks",
        "{post}Content-Length: x\r\n{te}\r\n{chunks}",
        SafeAndClosed,
    ),
];
