//! What holds for every history of exchanges and checks.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use patchbay::load::{Cause, Tally};
use patchbay::table::{BreakerLimit, Condition, HealthCheck};

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
enum Event {
    Passes(u64),
    Begins,
    Answers(usize),
    Ends(usize),
    Fails(usize),
    Status(usize, u16),
    Leaves(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0_u64..3000).prop_map(Event::Passes),
        Just(Event::Begins),
        Just(Event::Begins),
        (0_usize..8).prop_map(Event::Answers),
        (0_usize..8).prop_map(Event::Ends),
        (0_usize..8).prop_map(Event::Fails),
        (0_usize..8, prop_oneof![Just(500), Just(503), Just(429), Just(400), Just(401)])
            .prop_map(|(n, status)| Event::Status(n, status)),
        (0_usize..8).prop_map(Event::Leaves),
    ]
}

const LONGEST: Duration = Duration::from_secs(4);

fn fail(tally: &Tally, at: Instant) {
    tally.begin(at).fail(Cause::Unreachable, at);
}

fn answer(tally: &Tally, at: Instant) {
    let mut exchange = tally.begin(at);
    exchange.head(200, at);
    exchange.begun(at);
    exchange.complete();
}

fn condition(tally: &Tally, at: Instant) -> Condition {
    tally.breaker().condition(at)
}

#[test]
fn three_failures_in_a_row_take_a_backend_out_and_an_answer_between_does_not_let_them() {
    let (tally, now) = (Tally::default(), Instant::now());
    for _ in 0..50 {
        fail(&tally, now);
        fail(&tally, now);
        (0..8).for_each(|_| answer(&tally, now));
    }
    assert_eq!(condition(&tally, now), Condition::Well);
    (0..3).for_each(|_| fail(&tally, now));
    assert_eq!(condition(&tally, now), Condition::Out);
    let outage = tally.breaker().health().outage.unwrap();
    assert_eq!((outage.since, outage.cause), (now, Cause::Unreachable));
}

#[test]
fn half_of_the_last_twenty_take_a_backend_out() {
    let (tally, now) = (Tally::default(), Instant::now());
    for _ in 0..9 {
        answer(&tally, now);
        fail(&tally, now);
    }
    assert_eq!(condition(&tally, now), Condition::Well);
    answer(&tally, now);
    fail(&tally, now);
    assert_eq!(condition(&tally, now), Condition::Out);

    let (tally, mut now) = (Tally::default(), Instant::now());
    for _ in 0..100 {
        answer(&tally, now);
        fail(&tally, now);
        now += Duration::from_secs(31);
    }
    assert_eq!(condition(&tally, now), Condition::Well, "old failures are not forgotten");
}

#[test]
fn the_limit_is_what_the_configuration_says() {
    let (tally, now) = (Tally::default(), Instant::now());
    tally.breaker().limit(BreakerLimit(Some(1)));
    fail(&tally, now);
    assert_eq!(condition(&tally, now), Condition::Out);
    tally.breaker().limit(BreakerLimit(None));
    assert_eq!(condition(&tally, now), Condition::Well);
    (0..100).for_each(|_| fail(&tally, now));
    assert_eq!(condition(&tally, now), Condition::Well);
}

#[test]
fn a_backend_is_left_alone_for_longer_and_longer_up_to_a_bound() {
    let (tally, mut now) = (Tally::default(), Instant::now());
    (0..3).for_each(|_| fail(&tally, now));
    for seconds in [1, 2, 4, 4, 4] {
        let due = now + Duration::from_secs(seconds);
        assert_eq!(condition(&tally, now + Duration::from_millis(1000 * seconds - 1)), Condition::Out);
        assert_eq!(condition(&tally, due), Condition::Trial, "after {seconds} s");
        now = due;
        fail(&tally, now);
    }
    now += LONGEST;
    answer(&tally, now);
    assert_eq!(condition(&tally, now), Condition::Well);
    (0..3).for_each(|_| fail(&tally, now));
    assert_eq!(condition(&tally, now + Duration::from_secs(3)), Condition::Out, "a relapse begins anew");
}

#[test]
fn one_trial_at_a_time_and_a_client_that_leaves_makes_room_for_the_next() {
    let (tally, now) = (Tally::default(), Instant::now());
    (0..3).for_each(|_| fail(&tally, now));
    let now = now + Duration::from_secs(1);
    let trial = tally.begin(now);
    assert_eq!(condition(&tally, now), Condition::Out);
    drop(trial);
    assert_eq!(condition(&tally, now), Condition::Trial);
    let _hangs = tally.begin(now);
    assert_eq!(condition(&tally, now + LONGEST), Condition::Trial, "one hanging trial bars all others");
}

#[test]
fn only_who_was_asked_since_the_outage_can_end_it() {
    let (tally, now) = (Tally::default(), Instant::now());
    let later = now + Duration::from_millis(1);
    let mut before = tally.begin(now);
    (0..3).for_each(|_| fail(&tally, later));
    before.begun(later);
    before.complete();
    drop(before);
    assert_eq!(condition(&tally, later), Condition::Out);
    // The last of a pool is asked though it is out.
    answer(&tally, later);
    assert_eq!(condition(&tally, later), Condition::Well);
}

#[test]
fn a_backend_that_cuts_its_answers_has_to_bring_one_to_its_end() {
    let (tally, now) = (Tally::default(), Instant::now());
    for _ in 0..3 {
        let mut exchange = tally.begin(now);
        exchange.begun(now);
        exchange.fail(Cause::Cut, now);
    }
    let now = now + LONGEST;
    let mut trial = tally.begin(now);
    trial.begun(now);
    assert_eq!(condition(&tally, now), Condition::Out);
    trial.complete();
    drop(trial);
    assert_eq!(condition(&tally, now), Condition::Well);
}

#[test]
fn a_status_says_what_it_means() {
    let out_after = |status| {
        let (tally, now) = (Tally::default(), Instant::now());
        (1..10).find(|_| {
            tally.begin(now).head(status, now);
            condition(&tally, now) == Condition::Out
        })
    };
    for status in [200, 400, 401, 403, 404, 408, 422, 429, 501] {
        assert_eq!(out_after(status), None, "status {status}");
    }
    for status in [500, 502, 503, 529] {
        assert_eq!(out_after(status), Some(3), "status {status}");
    }
    assert_eq!(out_after(402), Some(1));
}

#[test]
fn a_refused_key_is_told_until_it_is_taken() {
    let (tally, now) = (Tally::default(), Instant::now());
    tally.begin(now).head(401, now);
    assert_eq!(tally.breaker().health().key_refused, Some((now, 401)));
    assert_eq!(condition(&tally, now), Condition::Well);
    answer(&tally, now);
    assert_eq!(tally.breaker().health().key_refused, None);
}

#[test]
fn checks_take_a_backend_out_and_only_checks_bring_it_back_while_they_go_on() {
    let (tally, mut now) = (Tally::default(), Instant::now());
    let rule = HealthCheck { down_after: 2, up_after: 2, ..HealthCheck::default() };
    let bad = || Err(Cause::Check("status 503".into()));
    let check = |found, now| tally.breaker().checked(found, &rule, now);
    check(bad(), now);
    check(Ok(()), now);
    check(bad(), now);
    assert_eq!(condition(&tally, now), Condition::Well);
    check(bad(), now);
    for _ in 0..5 {
        now += rule.every;
        assert_eq!(condition(&tally, now), Condition::Out, "nobody tries what checks say is down");
        answer(&tally, now);
        assert_eq!(condition(&tally, now), Condition::Out);
        check(bad(), now);
    }
    check(Ok(()), now);
    assert_eq!(condition(&tally, now), Condition::Out);
    check(Ok(()), now);
    assert_eq!(condition(&tally, now), Condition::Well);
    assert_eq!(tally.breaker().recovered(), Some(now));

    check(bad(), now);
    check(bad(), now);
    let later = now + rule.fresh();
    assert_eq!(condition(&tally, later), Condition::Trial, "checks have ended, and nobody asks any more");
}

#[test]
fn who_cannot_be_reached_is_tried_once_it_can_be_and_not_before() {
    let (tally, now) = (Tally::default(), Instant::now());
    (0..3).for_each(|_| fail(&tally, now));
    let again = Duration::from_secs(4);
    let later = now + Duration::from_millis(900);
    tally.breaker().knocked(false, again, later);
    assert_eq!(condition(&tally, now + LONGEST), Condition::Out);
    tally.breaker().knocked(true, again, later);
    assert_eq!(condition(&tally, later), Condition::Trial);

    let (tally, now) = (Tally::default(), Instant::now());
    (0..3).for_each(|_| tally.begin(now).head(503, now));
    tally.breaker().knocked(true, again, now);
    assert_eq!(condition(&tally, now), Condition::Out, "an open port says nothing about a status");
}

proptest! {
    #[test]
    fn whoever_is_out_is_tried_within_4_s_by_one_request_and_nothing_is_uncounted(
        events in prop::collection::vec(event(), 1..120),
    ) {
        let tally = Tally::default();
        let mut now = Instant::now();
        let mut open = Vec::new();
        let (mut begun, mut failures) = (0_u64, 0_u64);
        for event in events {
            match event {
                Event::Passes(ms) => now += Duration::from_millis(ms),
                Event::Begins => {
                    let is_trial = condition(&tally, now) == Condition::Trial;
                    open.push(tally.begin(now));
                    begun += 1;
                    prop_assert!(!is_trial || condition(&tally, now) == Condition::Out, "two trials");
                }
                Event::Answers(n) => if let Some(exchange) = open.get_mut(n) { exchange.begun(now) },
                Event::Ends(n) => if n < open.len() { open.remove(n).complete() },
                Event::Fails(n) => if n < open.len() {
                    failures += 1;
                    open.remove(n).fail(Cause::Cut, now);
                },
                Event::Status(n, status) => if n < open.len() {
                    failures += u64::from(status >= 500);
                    open.remove(n).head(status, now);
                },
                Event::Leaves(n) => if n < open.len() { drop(open.remove(n)) },
            }
            let is_out = condition(&tally, now) != Condition::Well;
            prop_assert!(!is_out || failures >= 3, "out after {failures} failures");
            prop_assert_eq!(is_out, tally.breaker().health().outage.is_some());
            prop_assert!(condition(&tally, now + LONGEST) != Condition::Out, "never tried again");
        }
        let reading = tally.read();
        prop_assert_eq!(reading.answered + reading.failed + reading.left + tally.in_flight(), begun);
    }
}
