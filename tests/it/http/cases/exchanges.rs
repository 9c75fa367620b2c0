//! How requests are answered on a connection.

use crate::http::case::Check::{Closed, Interim, NotGot};
use crate::http::case::Want::{Answered, InOrder, Incomplete, Passed, Refused, Safe};
use crate::http::case::{Case, care, must, should};

pub(crate) const EXCHANGES: &[Case] = &[
    must("rfc9112_9_3_a_connection_is_kept", "{good}", Passed("")),
    must("rfc9112_9_3_2_two_requests_are_answered_in_order", "{good}{good}", InOrder(2)),
    must(
        "rfc9112_9_3_2_five_requests_are_answered_in_order",
        "{good}{chunked}{good}{chunked}{good}",
        InOrder(5),
    ),
    must(
        "rfc9112_9_3_2_a_good_request_before_a_bad_one",
        "{good}{post}Content-Length: x\r\n\r\n{smuggled}",
        Safe,
    ),
    must(
        "rfc9112_9_6_connection_close_closes",
        "{post}Connection: close\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    )
    .check(&[Closed]),
    must(
        "rfc9112_9_6_connection_close_in_any_case_and_place",
        "{post}Connection: x-a, CLOSE\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    )
    .check(&[Closed]),
    must(
        "rfc9112_9_6_close_beside_keep_alive_closes",
        "{post}Connection: keep-alive, close\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    )
    .check(&[Closed]),
    must(
        "rfc9112_9_6_nothing_behind_connection_close_is_served",
        "{post}Connection: close\r\nContent-Length: 13\r\n\r\n{json}{smuggled}",
        Passed(""),
    )
    .check(&[Closed]),
    must("rfc9112_9_3_http_1_0_closes", "{post10}Content-Length: 13\r\n\r\n{json}", Passed(""))
        .check(&[Closed]),
    must("rfc9112_6_1_http_1_0_gets_no_chunks", "{post10}Content-Length: 13\r\n\r\n{json}", Passed(""))
        .reply("{200}{te}\r\n4\r\ngood\r\n0\r\n\r\n")
        .check(&[NotGot("transfer-encoding")]),
    must(
        "rfc9110_10_1_1_whoever_waits_for_100_gets_it",
        "{post}Expect: 100-continue\r\nContent-Length: 13\r\n\r\n{pause}{json}",
        Passed(""),
    )
    .check(&[Interim(100)]),
    must(
        "rfc9110_10_1_1_expect_in_any_case",
        "{post}Expect: 100-Continue\r\nContent-Length: 13\r\n\r\n{pause}{json}",
        Passed(""),
    ),
    must(
        "rfc9110_10_1_1_expect_with_the_body_at_once",
        "{post}Expect: 100-continue\r\nContent-Length: 13\r\n\r\n{json}",
        Passed(""),
    ),
    must(
        "rfc9110_10_1_1_expect_in_http_1_0_is_ignored",
        "{post10}Expect: 100-continue\r\nContent-Length: 13\r\n\r\n{pause}{json}",
        Passed(""),
    ),
    should("rfc9110_10_1_1_another_expectation", "{post}Expect: x\r\nContent-Length: 13\r\n\r\n{json}", Safe),
    must(
        "rfc9110_10_1_1_a_chunked_body_behind_100",
        "{post}Expect: 100-continue\r\n{te}\r\n{pause}{chunks}",
        Passed(""),
    ),
    must(
        "rfc9110_9_3_2_the_answer_to_head_has_no_body",
        "HEAD /v1/models HTTP/1.1\r\nHost: router\r\n\r\n",
        Answered(&[200, 405], None),
    ),
    should(
        "rfc9110_9_1_an_unknown_method",
        "FROB {path} HTTP/1.1\r\nHost: router\r\n\r\n",
        Answered(&[200, 400, 405, 501], None),
    ),
    must(
        "rfc9110_9_3_8_trace_repeats_no_credentials",
        "TRACE {path} HTTP/1.1\r\nHost: router\r\nAuthorization: Bearer secret\r\n\r\n",
        Answered(&[200, 400, 403, 405, 501], None),
    ),
    must("rfc9110_15_4_5_not_modified_has_no_body", "{good}", Answered(&[304], Some("")))
        .reply("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"),
    must("rfc9110_15_3_5_no_content_has_no_body", "{good}", Answered(&[204], Some("")))
        .reply("HTTP/1.1 204 No Content\r\n\r\n")
        .check(&[NotGot("transfer-encoding"), NotGot("content-length")]),
    must("rfc9110_15_2_an_interim_answer_is_not_the_answer", "{good}", Passed(""))
        .reply("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{ok}"),
    must("rfc9110_15_2_an_unasked_100_is_not_the_answer", "{good}", Passed(""))
        .reply("HTTP/1.1 100 Continue\r\n\r\n{ok}"),
    must("rfc9110_15_2_102_is_not_the_answer", "{good}", Passed(""))
        .reply("HTTP/1.1 102 Processing\r\n\r\n{pause}{ok}"),
    must("rfc9110_15_an_unknown_status_passes_by_its_class", "{good}", Answered(&[299], Some("good")))
        .reply("HTTP/1.1 299 What\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_4_a_status_line_without_a_reason", "{good}", Passed(""))
        .reply("HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_7_1_an_answer_in_chunks", "{good}", Answered(&[200], Some("good")))
        .reply("{200}{te}\r\n2\r\ngo\r\n2;a=b\r\nod\r\n0\r\n\r\n"),
    must("rfc9112_6_3_an_answer_that_ends_with_its_connection", "{good}", Answered(&[200], Some("good")))
        .reply("{200}\r\ngood{fin}"),
    must("rfc9112_2_3_an_answer_of_http_1_0", "{good}", Answered(&[200], Some("good")))
        .reply("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    must("rfc9112_9_6_an_answer_that_closes", "{good}", Passed(""))
        .reply("{200}Connection: close\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    must("rfc9110_6_5_1_trailers_of_answers_do_not_become_headers", "{good}", Answered(&[200], Some("good")))
        .reply("{200}{te}\r\n4\r\ngood\r\n0\r\nX-Injected: 1\r\n\r\n")
        .check(&[NotGot("x-injected")]),
    must(
        "rfc9112_9_5_a_client_that_sends_byte_by_byte",
        "P{pause}O{pause}S{pause}T{pause} {pause}{path}{pause} HTTP/1.1{pause}\r{pause}\nHost: router\r\n{pause}Content-Length: 13\r{pause}\n\r{pause}\n{json}",
        Passed(""),
    ),
    must(
        "rfc9112_9_5_a_client_that_sends_its_body_late",
        "{post}Content-Length: 26\r\n\r\n{pause}{json}{pause}{pause}             ",
        Answered(&[200], Some("good")),
    ),
    should(
        "rfc9112_9_6_a_refusal_is_read_though_the_client_still_sends",
        "{post}Content-Length: x\r\n\r\n{1000000*a}",
        Refused(&[400]),
    ),
    must("rfc9112_8_a_client_that_leaves_within_its_head", "{post}{reset}", Incomplete),
    must(
        "rfc9112_8_a_client_that_leaves_within_its_body",
        "{post}Content-Length: 13\r\n\r\n{reset}",
        Incomplete,
    ),
    must("rfc9112_8_a_client_that_leaves_within_a_chunk", "{post}{te}\r\nd\r\n{reset}", Incomplete),
    must(
        "rfc9112_8_a_client_that_leaves_behind_a_chunk",
        "{post}{te}\r\nd\r\n{json}\r\n{pause}{reset}",
        Incomplete,
    ),
    care("rfc9112_9_6_a_client_that_leaves_at_once", "{good}{reset}", Safe),
    care(
        "rfc9110_10_1_1_a_client_that_waits_for_100_and_leaves",
        "{post}Expect: 100-continue\r\nContent-Length: 13\r\n\r\n{pause}{reset}",
        Incomplete,
    ),
    must(
        "rfc9110_15_2_an_interim_answer_reaches_no_client_of_http_1_0",
        "{post10}Content-Length: 13\r\n\r\n{json}",
        Passed(""),
    )
    .reply("HTTP/1.1 103 Early Hints\r\n\r\n{ok}")
    .check(&[NotGot("link")]),
];
