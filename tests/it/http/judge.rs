//! Whether what came of a case is what must.

use super::case::{Case, Check, Want};
use super::expand::JSON;
use super::recorder::{Recorded, Recorder};
use super::run::{Answer, PROBE, Seen};

/// What the recorder answers good requests with.
const GOOD: &[u8] = b"good";

/// Judges; the error says what is wrong.
pub(super) fn judge(case: &Case, seen: &Seen, backend: &Recorder) -> Result<(), String> {
    let faults = backend.faults();
    if !faults.is_empty() {
        return Err(format!("the backend got {}", faults.join("; ")));
    }
    let recorded: Vec<Recorded> =
        backend.recorded().into_iter().filter(|one| one.head.values(PROBE).is_empty()).collect();
    let smuggled = recorded.iter().any(|one| !one.head.values("X-Smuggled").is_empty());
    if smuggled && !matches!(case.want, Want::InOrder(_)) {
        return Err("a smuggled request reached the backend".to_owned());
    }
    for answer in seen.answers.iter().chain(&seen.probe).chain(&seen.other) {
        if !answer.head.faults.is_empty() {
            return Err(format!("the client got {}", answer.head.faults.join("; ")));
        }
        // An intermediary says which version it speaks itself (RFC 9110, section 2.5).
        let is_old = answer.head.start.starts_with("HTTP/1.0") && !case.is_http10();
        ensure(answer.status > 0 && !is_old, || {
            format!("the client got the start line {:?}", answer.head.start)
        })?;
    }
    wanted(case, seen, &recorded)?;
    if !seen.other.as_ref().is_some_and(is_good) {
        return Err(format!("another client got {:?}", seen.other.as_ref().map(brief)));
    }
    let sent = recorded.first();
    case.checks.iter().try_for_each(|check| checked(*check, seen, sent))
}

fn is_good(answer: &Answer) -> bool {
    answer.status == 200 && answer.whole && answer.body == GOOD
}

fn brief(answer: &Answer) -> (u16, bool, String) {
    (answer.status, answer.whole, answer.body.iter().take(60).map(|&byte| char::from(byte)).collect())
}

fn wanted(case: &Case, seen: &Seen, recorded: &[Recorded]) -> Result<(), String> {
    let first = seen.answers.first();
    let status = first.map_or(0, |answer| answer.status);
    let got = || format!("answered {:?}, {} at the backend", first.map(brief), recorded.len());
    match case.want {
        Want::Denied(statuses) | Want::Refused(statuses) => {
            let fits = if statuses.is_empty() { status >= 400 } else { statuses.contains(&status) };
            ensure(fits && recorded.is_empty(), got)?;
            let may_go_on = matches!(case.want, Want::Denied(_));
            ensure(may_go_on || seen.closed, || format!("{status}, and the connection left open"))
        }
        Want::Safe => safe(seen, recorded),
        Want::SafeAndClosed => {
            safe(seen, recorded)?;
            ensure(seen.closed, || format!("{status}, and the connection left open"))
        }
        Want::Passed(body) => {
            let body = if body.is_empty() { JSON } else { body };
            ensure(recorded.len() == 1 && recorded[0].body == body.as_bytes(), got)?;
            ensure(first.is_some_and(|answer| answer.status == 200 && answer.whole), got)?;
            ensure(seen.probe.as_ref().is_none_or(is_good), || {
                format!("the next request was answered {:?}", seen.probe.as_ref().map(brief))
            })
        }
        Want::Incomplete => ensure(recorded.is_empty() && !(200..300).contains(&status), got),
        Want::Answered(statuses, body) => {
            let fits = first
                .is_some_and(|answer| answer.whole && body.is_none_or(|body| answer.body == body.as_bytes()));
            ensure(fits && statuses.contains(&status), got)
        }
        Want::Broken => ensure(first.is_none_or(|answer| status >= 500 || !answer.whole), got),
        Want::CleanAnswer => ensure(seen.answers.len() <= 1, got),
        Want::InOrder(count) => {
            let good = seen.answers.iter().filter(|answer| is_good(answer)).count();
            ensure(good == count && recorded.len() == count, || format!("{good} good; {}", got()))
        }
    }
}

/// Each request that passed was answered, and nothing stands in the way of the next.
fn safe(seen: &Seen, recorded: &[Recorded]) -> Result<(), String> {
    let answered = seen.answers.iter().filter(|answer| answer.status < 400).count();
    ensure(recorded.len() <= 1 && answered <= recorded.len(), || {
        format!("{} requests at the backend, {answered} answered", recorded.len())
    })?;
    let probe = seen.probe.as_ref();
    ensure(probe.is_none_or(|answer| is_good(answer) || answer.status >= 400), || {
        format!("the next request was answered {:?}", probe.map(brief))
    })
}

fn checked(check: Check, seen: &Seen, sent: Option<&Recorded>) -> Result<(), String> {
    let got = seen.answers.first();
    let has_sent = |name| sent.is_some_and(|one| !one.head.values(name).is_empty());
    let has_got = |name| got.is_some_and(|one| !one.head.values(name).is_empty());
    let is_sent = |name, value| sent.is_some_and(|one| one.head.values(name) == [value]);
    let is_got = |name, value| got.is_some_and(|one| one.head.values(name) == [value]);
    let holds = match check {
        Check::NotSent(name) => !has_sent(name),
        Check::SentSome(name) => has_sent(name),
        Check::Sent(name, value) => is_sent(name, value),
        Check::NotGot(name) => !has_got(name),
        Check::GotSome(name) => has_got(name),
        Check::Got(name, value) => is_got(name, value),
        Check::Interim(status) => seen.interims.contains(&status),
        Check::Closed => seen.closed,
    };
    ensure(holds, || format!("{check:?} does not hold"))
}

fn ensure(holds: bool, why: impl Fn() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}
