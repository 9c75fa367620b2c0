//! Request lines.

use crate::http::case::Want::{Denied, Passed, Refused, Safe};
use crate::http::case::{Case, care, must, should};

pub(crate) const LINES: &[Case] = &[
    must(
        "rfc9112_3_two_spaces_before_the_target",
        "POST  {path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_two_spaces_before_the_version",
        "POST {path}  HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_a_tab_for_a_space",
        "POST\t{path}\tHTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_a_space_behind_the_version",
        "POST {path} HTTP/1.1 \r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_a_space_before_the_method",
        " POST {path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_a_space_in_the_target",
        "POST {path} x HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_a_vertical_tab_for_a_space",
        "POST\u{b}{path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_2_a_bare_cr_in_the_request_line",
        "POST {path}\rHTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_2_a_bare_lf_ends_the_request_line",
        "POST {path} HTTP/1.1\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_2_a_space_between_request_line_and_first_field",
        "POST {path} HTTP/1.1\r\n Host: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_2_a_line_of_spaces_before_the_first_field",
        "POST {path} HTTP/1.1\r\n \r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_2_a_folded_smuggled_field_before_the_first",
        "POST {path} HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    should("rfc9112_2_2_an_empty_line_before_the_request_is_ignored", "\r\n{good}", Passed("")),
    care("rfc9112_2_2_a_bare_lf_before_the_request", "\n{good}", Safe),
    must(
        "rfc9112_2_3_a_version_in_lower_case",
        "POST {path} http/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_3_a_version_without_a_dot",
        "POST {path} HTTP/11\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_3_a_version_with_two_digits",
        "POST {path} HTTP/1.10\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_2_3_a_version_with_a_sign",
        "POST {path} HTTP/+1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    should(
        "rfc9110_15_6_6_another_major_version",
        "POST {path} HTTP/3.0\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[505, 400]),
    ),
    must(
        "rfc9112_3_no_version_is_no_http_1_request",
        "POST {path}\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    should(
        "rfc9112_3_a_method_with_a_parenthesis",
        "PO(ST {path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400, 501, 405]),
    ),
    must(
        "rfc9112_3_a_method_with_a_control",
        "PO\u{1}ST {path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    should(
        "rfc9112_3_no_method",
        " {path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400, 501, 405]),
    ),
    must(
        "rfc9112_3_2_a_nul_in_the_target",
        "POST {path}\u{0} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_2_a_del_in_the_target",
        "POST {path}\u{7f} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    should(
        "rfc9112_3_2_a_byte_above_ascii_in_the_target",
        "POST {path}?\u{e9} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    should(
        "rfc9112_3_2_a_fragment_in_the_target",
        "POST {path}#x HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[400]),
    ),
    must(
        "rfc9112_3_a_target_of_70_kb_is_414",
        "POST {path}?{70000*x} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Refused(&[414]),
    ),
    should(
        "rfc9112_3_a_request_line_of_8000_bytes_is_taken",
        "POST {path}?{7900*x} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    care(
        "rfc9112_3_2_3_connect_opens_no_tunnel",
        "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        Denied(&[]),
    ),
    must(
        "rfc9112_3_2_4_an_asterisk_with_another_method_than_options",
        "POST * HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care(
        "rfc9112_3_2_1_a_relative_target",
        "POST v1/chat/completions HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care(
        "rfc9112_3_2_2_a_target_of_another_scheme",
        "POST file:///etc/passwd HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    should(
        "rfc9112_3_garbage_is_refused",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}\r\n\r\n",
        Refused(&[400]),
    ),
    care("rfc9112_3_2_an_http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Safe),
];
