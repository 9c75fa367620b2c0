//! What RFC 9110 and RFC 9112 ask of a server and a gateway, case by case on real sockets.
//!
//! A case is a row: the bytes of a client, the bytes of a backend, and what must come of it. What
//! went through is judged by reading it again, strictly. The same rows run against any proxy that
//! forwards to the recorder: see `tests/real/http_peers.sh` and `docs/http-conformance.md`.

mod case;
mod cases;
mod expand;
mod judge;
mod message;
mod peers;
mod recorder;
mod run;

use crate::bench::Bench;
use crate::fake::Fake;
use case::Case;
use recorder::Recorder;
use run::run;

/// Runs a table of cases against the router, and names each that fails.
async fn all_pass(cases: &[&Case]) {
    let recorder = Recorder::start("127.0.0.1:0").await;
    let yaml = format!("models:\n  m: http://{}/v1\n", recorder.address());
    let bench = Bench::new().backend("unused", Fake::answers("unused")).yaml(&yaml).start().await;
    let mut failed = Vec::new();
    for case in cases {
        if let Err(why) = run(case, bench.address(), &recorder).await {
            failed.push(format!("{} ({:?}): {why}", case.name, case.level));
        }
    }
    assert!(failed.is_empty(), "{} of {} fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[tokio::test]
async fn request_lines_and_hosts_are_read_by_the_book() {
    all_pass(&cases::of(&[cases::LINES, cases::HOSTS])).await;
}

#[tokio::test]
async fn header_fields_are_read_by_the_book() {
    all_pass(&cases::of(&[cases::FIELDS])).await;
}

#[tokio::test]
async fn lengths_and_codings_leave_no_room_for_smuggling() {
    all_pass(&cases::of(&[cases::LENGTHS, cases::CODINGS])).await;
}

#[tokio::test]
async fn chunks_leave_no_room_for_smuggling() {
    all_pass(&cases::of(&[cases::CHUNKS])).await;
}

#[tokio::test]
async fn what_belongs_to_one_connection_stays_there() {
    all_pass(&cases::of(&[cases::HOPS])).await;
}

#[tokio::test]
async fn messages_are_answered_by_the_book() {
    all_pass(&cases::of(&[cases::EXCHANGES])).await;
}

#[tokio::test]
async fn backends_that_lie_reach_no_other_client() {
    all_pass(&cases::of(&[cases::LIARS, cases::ENDS])).await;
}

#[test]
fn every_case_has_a_name_of_its_own_with_its_section() {
    let all = cases::all();
    assert!(all.len() >= 150, "{} cases", all.len());
    let mut names: Vec<&str> = all.iter().map(|case| case.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name is there twice");
    for name in names {
        assert!(name.starts_with("rfc9112_") || name.starts_with("rfc9110_"), "{name} names no section");
    }
}
