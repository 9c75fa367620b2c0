//! Heads of answers that can't be believed.

use crate::http::case::Want::{Broken, CleanAnswer};
use crate::http::case::{Case, care, must};

pub(crate) const ENDS: &[Case] = &[
    must("rfc9112_5_2_an_answer_with_a_folded_field", "{good}", CleanAnswer)
        .reply("{200}X-A: 1\r\n 2\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_5_2_an_answer_with_a_folded_length", "{good}", CleanAnswer)
        .reply("{200}X-A: 1\r\n Content-Length: 1\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_5_1_an_answer_with_a_space_before_a_colon", "{good}", CleanAnswer)
        .reply("{200}X-A : 1\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_5_1_an_answer_with_a_space_behind_content_length", "{good}", CleanAnswer)
        .reply("{200}Content-Length : 4\r\n\r\ngood{fin}"),
    must("rfc9112_5_an_answer_with_a_line_without_a_colon", "{good}", CleanAnswer)
        .reply("{200}X-A\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_5_an_answer_with_a_name_that_is_none", "{good}", CleanAnswer)
        .reply("{200}X(A: 1\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9110_5_5_an_answer_with_a_nul_in_a_value", "{good}", CleanAnswer)
        .reply("{200}X-A: a\u{0}b\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9110_5_5_an_answer_with_a_bare_cr_in_a_value", "{good}", CleanAnswer)
        .reply("{200}X-A: a\rX-B: b\r\nContent-Length: 4\r\n\r\ngood"),
    care("rfc9110_5_5_an_answer_with_an_escape_in_a_value", "{good}", CleanAnswer)
        .reply("{200}X-A: a\u{1b}[2J\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_2_2_an_answer_with_bare_lfs", "{good}", CleanAnswer)
        .reply("HTTP/1.1 200 OK\nContent-Length: 4\n\ngood"),
    care("rfc9112_4_a_control_in_the_reason", "{good}", CleanAnswer)
        .reply("HTTP/1.1 200 O\u{1}K\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_4_a_bare_cr_in_the_reason", "{good}", CleanAnswer)
        .reply("HTTP/1.1 200 OK\rX-A: 1\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_2_2_a_space_behind_the_status_line", "{good}", CleanAnswer)
        .reply("HTTP/1.1 200 OK\r\n X-A: 1\r\nContent-Length: 4\r\n\r\ngood"),
    care("rfc9110_5_4_an_answer_with_a_megabyte_of_fields", "{good}", Broken)
        .reply("{200}X-A: {1000000*x}\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    care("rfc9110_5_4_an_answer_with_5000_fields", "{good}", Broken)
        .reply("{200}{5000*X-A: 1\r\n}Content-Length: 4\r\n\r\ngood{fin}"),
    care("rfc9112_7_1_1_an_answer_with_an_extension_of_a_megabyte", "{good}", Broken)
        .reply("{200}{te}\r\n4;{1000000*x}\r\ngood\r\n0\r\n\r\n{fin}"),
    care("rfc9112_7_1_2_an_answer_with_trailers_of_a_megabyte", "{good}", Broken)
        .reply("{200}{te}\r\n4\r\ngood\r\n0\r\nX: {1000000*x}\r\n\r\n{fin}"),
];
