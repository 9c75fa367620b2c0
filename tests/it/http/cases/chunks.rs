//! Bodies in chunks.

use crate::http::case::Check::NotSent;
use crate::http::case::Want::{Incomplete, Passed, Refused, Safe};
use crate::http::case::{Case, care, must, should};

pub(crate) const CHUNKS: &[Case] = &[
    must("rfc9112_7_1_a_body_in_chunks", "{chunked}", Passed("")),
    must("rfc9112_7_1_a_size_in_upper_case", "{post}{te}\r\nD\r\n{json}\r\n0\r\n\r\n", Passed("")),
    must("rfc9112_7_1_zeros_before_a_size", "{post}{te}\r\n000d\r\n{json}\r\n0\r\n\r\n", Passed("")),
    must("rfc9112_7_1_the_last_size_with_two_zeros", "{post}{te}\r\nd\r\n{json}\r\n00\r\n\r\n", Passed("")),
    must(
        "rfc9112_7_1_chunks_of_one_byte_split_on_the_wire",
        "{post}{te}\r\nd{pause}\r\n{pause}{json}{pause}\r{pause}\n0\r\n{pause}\r\n",
        Passed(""),
    ),
    must("rfc9112_7_1_1_an_extension_is_ignored", "{post}{te}\r\nd;a=b\r\n{json}\r\n0;c\r\n\r\n", Passed("")),
    must(
        "rfc9112_7_1_1_an_extension_in_quotes_is_ignored",
        "{post}{te}\r\nd;a=\"b c;d\"\r\n{json}\r\n0\r\n\r\n",
        Passed(""),
    ),
    care("rfc9112_7_1_1_spaces_around_an_extension", "{post}{te}\r\nd ; a = b\r\n{json}\r\n0\r\n\r\n", Safe),
    must(
        "rfc9112_7_1_2_trailers_do_not_become_headers",
        "{post}{te}\r\nd\r\n{json}\r\n0\r\nX-Injected: 1\r\n\r\n",
        Passed(""),
    )
    .check(&[NotSent("x-injected")]),
    must(
        "rfc9110_6_5_1_a_length_as_a_trailer",
        "{post}{te}\r\nd\r\n{json}\r\n0\r\nContent-Length: 5\r\n\r\n",
        Safe,
    ),
    must(
        "rfc9110_6_5_1_a_coding_as_a_trailer",
        "{post}{te}\r\nd\r\n{json}\r\n0\r\nTransfer-Encoding: x\r\n\r\n",
        Safe,
    ),
    must("rfc9110_6_5_1_a_host_as_a_trailer", "{post}{te}\r\nd\r\n{json}\r\n0\r\nHost: other\r\n\r\n", Safe),
    must(
        "rfc9110_6_5_1_a_key_as_a_trailer",
        "{post}{te}\r\nd\r\n{json}\r\n0\r\nAuthorization: Bearer x\r\n\r\n",
        Safe,
    )
    .check(&[NotSent("authorization")]),
    must(
        "rfc9112_7_1_a_size_that_wraps_64_bits",
        "{post}{te}\r\n1000000000000000d\r\n{json}\r\n0\r\n\r\n",
        Refused(&[400, 413]),
    ),
    must(
        "rfc9112_7_1_a_size_that_wraps_32_bits",
        "{post}{te}\r\n10000000d\r\n{json}\r\n0\r\n\r\n{fin}",
        Incomplete,
    ),
    must(
        "rfc9112_7_1_the_largest_size_of_64_bits",
        "{post}{te}\r\nffffffffffffffff\r\n{json}\r\n0\r\n\r\n{fin}",
        Incomplete,
    ),
    must(
        "rfc9112_7_1_the_smallest_size_below_zero",
        "{post}{te}\r\n8000000000000000\r\n{json}\r\n0\r\n\r\n{fin}",
        Incomplete,
    ),
    must("rfc9112_7_1_a_size_with_a_minus", "{post}{te}\r\n-d\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_a_size_with_a_plus", "{post}{te}\r\n+d\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_a_size_marked_as_hex", "{post}{te}\r\n0xd\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_an_empty_size", "{post}{te}\r\n\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_no_digit_but_an_extension", "{post}{te}\r\n;a\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_a_size_that_is_no_number", "{post}{te}\r\ng\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_a_size_of_two_words", "{post}{te}\r\nd 0\r\n{json}\r\n0\r\n\r\n", Safe),
    must(
        "rfc9112_7_1_a_size_with_an_underscore",
        "{post}{te}\r\n0_d\r\n{json}\r\n0\r\n\r\n",
        Refused(&[400]),
    ),
    must("rfc9112_7_1_a_space_before_a_size", "{post}{te}\r\n d\r\n{json}\r\n0\r\n\r\n", Safe),
    must("rfc9112_7_1_a_space_behind_a_size", "{post}{te}\r\nd \r\n{json}\r\n0\r\n\r\n", Safe),
    must("rfc9112_7_1_a_nul_behind_a_size", "{post}{te}\r\nd\u{0}\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_a_bare_lf_behind_a_size", "{post}{te}\r\nd\n{json}\r\n0\r\n\r\n", Safe),
    must("rfc9112_7_1_a_bare_cr_behind_a_size", "{post}{te}\r\nd\r{json}\r\n0\r\n\r\n", Safe),
    must("rfc9112_7_1_a_bare_lf_behind_the_data", "{post}{te}\r\nd\r\n{json}\n0\r\n\r\n", Safe),
    must(
        "rfc9112_7_1_two_bytes_for_the_end_of_the_data",
        "{post}{te}\r\nd\r\n{json}XX0\r\n\r\n",
        Refused(&[400]),
    ),
    must("rfc9112_7_1_data_longer_than_its_size", "{post}{te}\r\n5\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_data_shorter_than_its_size", "{post}{te}\r\nf\r\n{json}\r\n0\r\n\r\n", Refused(&[400])),
    must("rfc9112_7_1_bare_lfs_end_the_body", "{post}{te}\r\nd\r\n{json}\r\n0\n\n", Safe),
    must("rfc9112_7_1_1_a_bare_lf_in_an_extension", "{post}{te}\r\nd;a\n{json}\r\n0\r\n\r\n", Safe),
    care(
        "rfc9112_7_1_1_a_request_behind_a_bare_lf_in_an_extension",
        "{post}{te}\r\n0;\nxx\r\n\r\n{smuggled}",
        Safe,
    ),
    must("rfc9112_7_1_1_a_bare_cr_in_an_extension", "{post}{te}\r\nd;a\rb\r\n{json}\r\n0\r\n\r\n", Safe),
    must("rfc9112_7_1_1_a_nul_in_an_extension", "{post}{te}\r\nd;a\u{0}b\r\n{json}\r\n0\r\n\r\n", Safe),
    care(
        "rfc9112_7_1_1_an_extension_of_100_kb",
        "{post}{te}\r\nd;{100000*a}\r\n{json}\r\n0\r\n\r\n",
        Refused(&[400, 413]),
    ),
    must("rfc9112_7_1_2_a_trailer_without_a_colon", "{post}{te}\r\nd\r\n{json}\r\n0\r\nX\r\n\r\n", Safe),
    must(
        "rfc9112_7_1_2_a_trailer_with_a_space_before_its_colon",
        "{post}{te}\r\nd\r\n{json}\r\n0\r\nX : 1\r\n\r\n",
        Safe,
    ),
    must(
        "rfc9112_7_1_2_a_trailer_that_ends_with_a_bare_lf",
        "{post}{te}\r\nd\r\n{json}\r\n0\r\nX: 1\n\r\n",
        Safe,
    ),
    must("rfc9112_7_1_2_a_folded_trailer", "{post}{te}\r\nd\r\n{json}\r\n0\r\nX: 1\r\n 2\r\n\r\n", Safe),
    should(
        "rfc9112_7_1_2_trailers_of_100_kb",
        "{post}{te}\r\nd\r\n{json}\r\n0\r\nX: {100000*a}\r\n\r\n",
        Refused(&[400, 413, 431]),
    ),
    must("rfc9112_8_a_body_without_its_last_chunk", "{post}{te}\r\nd\r\n{json}\r\n{fin}", Incomplete),
    must("rfc9112_8_a_chunk_that_is_cut", "{post}{te}\r\nf\r\n{json}{fin}", Incomplete),
    must("rfc9112_8_a_last_chunk_without_its_end", "{post}{te}\r\nd\r\n{json}\r\n0\r\n{fin}", Incomplete),
];
