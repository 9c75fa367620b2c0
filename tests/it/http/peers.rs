//! The same cases against another proxy, which must forward to the recorder.
//!
//! Does nothing unless `PATCHBAY_HTTP_PEER` (the proxy), `PATCHBAY_HTTP_RECORDER` (where it finds its
//! backend) and `PATCHBAY_HTTP_REPORT` (a file for the outcome) are set.

use std::fmt::Write as _;

use super::recorder::Recorder;
use super::run::run;
use super::{case::Level, cases};

#[tokio::test]
async fn a_peer_is_measured_where_one_is_named() {
    let named = |name| std::env::var(name).ok();
    let (Some(peer), Some(recorder), Some(report)) =
        (named("PATCHBAY_HTTP_PEER"), named("PATCHBAY_HTTP_RECORDER"), named("PATCHBAY_HTTP_REPORT"))
    else {
        return;
    };
    let peer = peer.parse().unwrap();
    let recorder = Recorder::start(&recorder).await;
    let mut lines = String::new();
    for case in cases::all() {
        let outcome = run(case, peer, &recorder).await;
        let level = match case.level {
            Level::Must => "MUST",
            Level::Should => "SHOULD",
            Level::Care => "CARE",
        };
        let why = outcome.map_or_else(|why| format!("fails\t{why}"), |()| "passes\t".to_owned());
        writeln!(lines, "{level}\t{}\t{why}", case.name).unwrap();
    }
    std::fs::write(report, lines).unwrap();
}
