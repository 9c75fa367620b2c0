//! Whom a request is for.

use crate::http::case::Want::{Denied, Passed, Safe};
use crate::http::case::{Case, care, must};

pub(crate) const HOSTS: &[Case] = &[
    must("rfc9112_3_2_no_host", "POST {path} HTTP/1.1\r\nContent-Length: 13\r\n\r\n{json}", Denied(&[400])),
    must("rfc9112_3_2_two_hosts", "{post}Host: other\r\nContent-Length: 13\r\n\r\n{json}", Denied(&[400])),
    must(
        "rfc9112_3_2_two_equal_hosts",
        "{post}Host: router\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_with_a_path",
        "POST {path} HTTP/1.1\r\nHost: router/x\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_with_a_user",
        "POST {path} HTTP/1.1\r\nHost: user@router\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_with_a_space",
        "POST {path} HTTP/1.1\r\nHost: router x\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_with_a_query",
        "POST {path} HTTP/1.1\r\nHost: router?x\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_with_a_fragment",
        "POST {path} HTTP/1.1\r\nHost: router#x\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_with_a_control",
        "POST {path} HTTP/1.1\r\nHost: rou\u{1}ter\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_with_a_quote",
        "POST {path} HTTP/1.1\r\nHost: \"router\"\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_3_2_a_host_above_ascii",
        "POST {path} HTTP/1.1\r\nHost: rout\u{e9}r\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_5_1_a_space_behind_the_name_of_host",
        "POST {path} HTTP/1.1\r\nHost : router\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    must(
        "rfc9112_5_2_a_second_host_as_a_fold",
        "{post} Host: other\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    care(
        "rfc9112_3_2_a_host_with_two_ports",
        "POST {path} HTTP/1.1\r\nHost: router:1:2\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9112_3_2_2_a_whole_url_as_the_target_is_taken",
        "POST http://router{path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9112_3_2_2_a_whole_url_with_another_host",
        "POST http://other{path} HTTP/1.1\r\nHost: router\r\nContent-Length: 13\r\n\r\n{json}",
        Safe,
    ),
    must(
        "rfc9110_7_2_the_name_of_host_in_any_case",
        "POST {path} HTTP/1.1\r\nhOST: router\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9110_7_2_an_address_in_brackets",
        "POST {path} HTTP/1.1\r\nHost: [::1]:9999\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9112_3_2_http_1_0_goes_without",
        "POST {path} HTTP/1.0\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9112_3_2_two_hosts_in_http_1_0",
        "{post10}Host: other\r\nContent-Length: 13\r\n\r\n{json}",
        Denied(&[400]),
    ),
    care(
        "rfc9110_7_2_a_forwarded_host_names_nobody_else",
        "{post}X-Forwarded-Host: other\r\nX-Host: other\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
];
