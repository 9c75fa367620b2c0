//! What belongs to one connection only.

use crate::http::case::Check::{Got, GotSome, NotGot, NotSent, Sent, SentSome};
use crate::http::case::Want::{Passed, Safe};
use crate::http::case::{Case, care, must, should};

pub(crate) const HOPS: &[Case] = &[
    must("rfc9110_7_6_1_what_connection_names_is_not_forwarded", "{post}Connection: X-Private\r\nX-Private: 1\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("x-private")]),
    must("rfc9110_7_6_1_connection_names_in_any_case", "{post}Connection: x-PRIVATE\r\nX-Private: 1\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("x-private")]),
    must("rfc9110_7_6_1_connection_in_two_lines", "{post}Connection: keep-alive\r\nConnection: X-Private\r\nX-Private: 1\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("x-private")]),
    must("rfc9110_7_6_1_connection_with_empty_elements", "{post}Connection: ,, X-Private ,\r\nX-Private: 1\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("x-private")]),
    must("rfc9110_7_6_1_connection_names_one_that_comes_first", "{post}X-Private: 1\r\nConnection: X-Private\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("x-private")]),
    must("rfc9110_7_6_1_connection_names_one_that_comes_twice", "{post}X-Private: 1\r\nX-Private: 2\r\nConnection: X-Private\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("x-private")]),
    must("rfc9110_7_6_1_keep_alive_is_not_forwarded", "{post}Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("keep-alive")]),
    should("rfc9110_7_6_1_keep_alive_goes_though_nobody_names_it", "{post}Keep-Alive: timeout=5\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("keep-alive")]),
    should("rfc9110_7_6_1_proxy_connection_is_not_forwarded", "{post}Proxy-Connection: keep-alive\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("proxy-connection")]),
    must("rfc9110_7_6_1_te_is_not_forwarded", "{post}Connection: TE\r\nTE: trailers\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("te")]),
    should("rfc9110_7_6_1_transfer_encoding_is_not_forwarded_as_it_is", "{post}{te}TE: gzip\r\n\r\n{chunks}", Passed("")).check(&[NotSent("te")]),
    must("rfc9110_7_8_upgrade_is_not_forwarded", "{post}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("upgrade")]),
    should("rfc9110_7_8_upgrade_that_connection_does_not_name", "{post}Upgrade: websocket\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("upgrade")]),
    must("rfc9110_7_8_upgrade_to_h2c_is_not_forwarded", "{post}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("upgrade"), NotSent("http2-settings")]),
    must("rfc9110_7_8_upgrade_in_http_1_0_is_ignored", "{post10}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("upgrade")]),
    care("rfc9110_11_7_2_credentials_for_a_proxy_stay_here", "{post}Proxy-Authorization: Basic eDp5\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[NotSent("proxy-authorization")]),
    must("rfc9110_7_6_3_a_gateway_names_itself_in_via", "{good}", Passed("")).check(&[SentSome("via")]),
    must("rfc9112_3_2_the_host_of_a_forwarded_request_is_one", "{good}", Passed("")).check(&[SentSome("host")]),
    must("rfc9110_5_3_the_order_of_equal_names_is_kept", "{post}X-A: 1, 2\r\nContent-Length: 13\r\n\r\n{json}", Passed("")).check(&[Sent("x-a", "1, 2")]),
    must("rfc9110_7_6_1_the_answers_connection_names_are_not_forwarded", "{good}", Passed("")).reply("{200}Connection: X-Private\r\nX-Private: 1\r\nContent-Length: 4\r\n\r\ngood").check(&[NotGot("x-private")]),
    should("rfc9110_7_6_1_the_answers_keep_alive_is_not_forwarded", "{good}", Passed("")).reply("{200}Keep-Alive: timeout=99\r\nContent-Length: 4\r\n\r\ngood").check(&[NotGot("keep-alive")]),
    should("rfc9110_7_6_1_the_answers_proxy_connection_is_not_forwarded", "{good}", Passed("")).reply("{200}Proxy-Connection: keep-alive\r\nContent-Length: 4\r\n\r\ngood").check(&[NotGot("proxy-connection")]),
    should("rfc9110_7_6_1_the_answers_te_is_not_forwarded", "{good}", Passed("")).reply("{200}TE: trailers\r\nContent-Length: 4\r\n\r\ngood").check(&[NotGot("te")]),
    must("rfc9110_7_8_the_answers_upgrade_is_not_forwarded", "{good}", Passed("")).reply("{200}Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\ngood").check(&[NotGot("upgrade")]),
    care("rfc9110_7_6_1_the_answers_connection_names_content_length", "{good}", Safe).reply("{200}Connection: content-length\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9110_5_1_unknown_fields_of_answers_are_forwarded", "{good}", Passed("")).reply("{200}Openai-Processing-Ms: 12\r\nContent-Length: 4\r\n\r\ngood").check(&[Got("openai-processing-ms", "12")]),
    must("rfc9110_6_6_1_an_answer_without_a_date_gets_one", "{good}", Passed("")).check(&[GotSome("date")]),
];
