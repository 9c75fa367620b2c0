//! Backends whose answers can't be believed.

use crate::http::case::Want::{Answered, Broken, CleanAnswer};
use crate::http::case::{Case, care, must, should};

pub(crate) const LIARS: &[Case] = &[
    must("rfc9112_6_3_an_answer_with_two_lengths", "{good}", Broken)
        .reply("{200}Content-Length: 4\r\nContent-Length: 5\r\n\r\ngood"),
    must("rfc9112_6_3_an_answer_with_two_lengths_in_one_line", "{good}", Broken)
        .reply("{200}Content-Length: 4, 5\r\n\r\ngood"),
    must("rfc9110_8_6_an_answer_with_two_equal_lengths", "{good}", CleanAnswer)
        .reply("{200}Content-Length: 4\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9112_6_3_an_answer_whose_length_is_no_number", "{good}", Broken)
        .reply("{200}Content-Length: four\r\n\r\ngood"),
    must("rfc9112_6_3_an_answer_whose_length_has_a_minus", "{good}", Broken)
        .reply("{200}Content-Length: -4\r\n\r\ngood"),
    must("rfc9112_6_3_an_answer_whose_length_has_a_plus", "{good}", Broken)
        .reply("{200}Content-Length: +4\r\n\r\ngood"),
    must("rfc9112_6_3_an_answer_whose_length_overflows", "{good}", Broken)
        .reply("{200}Content-Length: 18446744073709551620\r\n\r\ngood{fin}"),
    must("rfc9112_6_3_an_answer_with_a_length_beside_chunks", "{good}", CleanAnswer)
        .reply("{200}Content-Length: 4\r\n{te}\r\n4\r\ngood\r\n0\r\n\r\n"),
    must("rfc9112_6_3_an_answer_with_chunks_beside_a_length", "{good}", CleanAnswer)
        .reply("{200}{te}Content-Length: 4\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
    must("rfc9112_6_3_an_answer_with_another_coding", "{good}", CleanAnswer)
        .reply("{200}Transfer-Encoding: xchunked\r\n\r\ngood{fin}"),
    must("rfc9112_6_3_an_answer_with_an_empty_coding_beside_a_length", "{good}", CleanAnswer)
        .reply("{200}Transfer-Encoding:\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    must("rfc9112_8_an_answer_shorter_than_its_length", "{good}", Broken)
        .reply("{200}Content-Length: 9\r\n\r\ngood{fin}"),
    must("rfc9112_8_an_answer_cut_within_a_chunk", "{good}", Broken).reply("{200}{te}\r\n9\r\ngood{fin}"),
    must("rfc9112_8_an_answer_cut_between_chunks", "{good}", Broken).reply("{200}{te}\r\n4\r\ngood\r\n{fin}"),
    must("rfc9112_8_an_answer_cut_behind_its_last_size", "{good}", Broken)
        .reply("{200}{te}\r\n4\r\ngood\r\n0\r\n{fin}"),
    must("rfc9112_8_an_answer_that_is_reset", "{good}", Broken)
        .reply("{200}Content-Length: 9\r\n\r\ngood{pause}{reset}"),
    must("rfc9112_8_no_answer", "{good}", Broken).reply("{fin}"),
    must("rfc9112_8_a_reset_instead_of_an_answer", "{good}", Broken).reply("{reset}"),
    must("rfc9112_8_an_answer_cut_within_its_head", "{good}", Broken).reply("{200}Content-Le{fin}"),
    must("rfc9112_7_1_an_answer_whose_chunk_size_is_no_number", "{good}", Broken)
        .reply("{200}{te}\r\nx\r\ngood\r\n0\r\n\r\n"),
    must("rfc9112_7_1_an_answer_whose_chunk_size_overflows", "{good}", Broken)
        .reply("{200}{te}\r\n10000000000000004\r\ngood\r\n0\r\n\r\n{fin}"),
    must("rfc9112_7_1_an_answer_whose_chunk_size_has_a_minus", "{good}", Broken)
        .reply("{200}{te}\r\n-4\r\ngood\r\n0\r\n\r\n{fin}"),
    must("rfc9112_7_1_an_answer_whose_chunk_has_no_end", "{good}", Broken)
        .reply("{200}{te}\r\n4\r\ngoodXX0\r\n\r\n{fin}"),
    must("rfc9112_6_3_bytes_behind_an_answer", "{good}", Answered(&[200], Some("good"))).reply("{ok}surplus"),
    must("rfc9112_6_3_an_answer_behind_an_answer", "{good}", Answered(&[200], Some("good")))
        .reply("{ok}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
    must("rfc9112_6_3_an_answer_a_moment_behind_an_answer", "{good}", Answered(&[200], Some("good")))
        .reply("{ok}{pause}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
    must("rfc9112_6_3_an_answer_behind_the_last_chunk", "{good}", Answered(&[200], Some("good")))
        .reply("{200}{te}\r\n4\r\ngood\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
    must("rfc9110_15_3_5_no_content_with_a_body", "{good}", Answered(&[204], Some("")))
        .reply("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil"),
    must("rfc9110_15_3_5_no_content_in_chunks", "{good}", Answered(&[204], Some("")))
        .reply("HTTP/1.1 204 No Content\r\n{te}\r\n4\r\nevil\r\n0\r\n\r\n"),
    must("rfc9110_15_4_5_not_modified_with_a_body", "{good}", Answered(&[304], Some("")))
        .reply("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil"),
    must("rfc9110_15_2_2_an_unasked_switch_of_protocols", "{good}", Broken)
        .reply("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nevil"),
    must(
        "rfc9110_15_2_2_a_switch_of_protocols_that_was_not_forwarded",
        "{post}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 13\r\n\r\n{json}",
        Broken,
    )
    .reply("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nevil"),
    care("rfc9110_15_2_a_thousand_interim_answers", "{good}", CleanAnswer)
        .reply("{1000*HTTP/1.1 103 Early Hints\r\n\r\n}{ok}"),
    must("rfc9110_15_2_an_interim_answer_with_a_length", "{good}", CleanAnswer)
        .reply("HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\n{ok}"),
    should("rfc9110_7_6_a_refusal_before_the_body_was_read", "{good}", Answered(&[413], Some("too large")))
        .reply("{early}HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large"),
    must("rfc9112_4_an_answer_of_http_0_9", "{good}", Broken).reply("good{fin}"),
    must("rfc9112_4_garbage_for_an_answer", "{good}", Broken).reply("\u{0}\u{1}\u{2}\u{3}\r\n\r\n{fin}"),
    must("rfc9112_4_a_status_that_is_no_number", "{good}", CleanAnswer)
        .reply("HTTP/1.1 abc OK\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    must("rfc9112_4_a_status_of_two_digits", "{good}", CleanAnswer)
        .reply("HTTP/1.1 20 OK\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    must("rfc9112_4_a_status_of_four_digits", "{good}", CleanAnswer)
        .reply("HTTP/1.1 2000 OK\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    must("rfc9112_2_3_an_answer_of_http_2", "{good}", CleanAnswer)
        .reply("HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    must("rfc9112_2_3_an_answer_in_lower_case", "{good}", CleanAnswer)
        .reply("http/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood{fin}"),
    care("rfc9110_15_a_status_beyond_599", "{good}", CleanAnswer)
        .reply("HTTP/1.1 999 What\r\nContent-Length: 4\r\n\r\ngood"),
    must("rfc9110_6_5_1_a_length_as_a_trailer_of_an_answer", "{good}", Answered(&[200], Some("good")))
        .reply("{200}{te}\r\n4\r\ngood\r\n0\r\nContent-Length: 1\r\n\r\n"),
];
