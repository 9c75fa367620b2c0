//! One ramp: where it stands and what comes next. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::guard::Guard;
use crate::control::{Command, Target};
use crate::load::Reading;

/// So many failures without a single answer end a ramp, however few the samples are.
const HOPELESS: u64 = 5;

/// A new target on its way to all of a model's requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ramp {
    /// The model.
    pub model: String,
    /// The new target: a backend's name.
    pub new: String,
    /// What the model pointed to before, as it was written, with shares where they were written.
    pub before: Vec<(String, Option<u32>)>,
    /// The new target's share at each step, in per cent; rising, and 100 at the end.
    pub steps: Vec<u32>,
    /// How long a step lasts, in milliseconds.
    pub every_ms: u64,
    /// What the new target may not do.
    pub guards: Vec<Guard>,
    /// How many requests to the new target a step waits for.
    pub least: u64,
    /// The present step, from 0.
    pub step: usize,
    /// Where it stands.
    pub state: RampState,
    /// Who began it.
    pub by: String,
    /// Why, in their words.
    pub why: Option<String>,
}

/// Where a ramp stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum RampState {
    /// It goes on by itself.
    Running,
    /// It stays at its step; the guards still watch.
    Paused,
    /// The new target has everything.
    Done,
    /// The model points again to what it did before; why.
    RolledBack(String),
    /// It has let go of the model without a change; why.
    Ended(String),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    Stay,
    Step,
    RollBack(String),
}

// === impl Ramp ===

impl Ramp {
    /// Returns the new target's share now, in per cent.
    #[must_use]
    pub fn percent(&self) -> u32 {
        self.steps.get(self.step).copied().unwrap_or(100)
    }

    /// Tells whether it still has a hold on its model.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        matches!(self.state, RampState::Running | RampState::Paused)
    }

    /// Tells where it is, for people: `step 2 of 4: 10 %`.
    #[must_use]
    pub fn told(&self) -> String {
        format!("step {} of {}: {} %", self.step + 1, self.steps.len(), self.percent())
    }

    /// Decides by what both targets did since the step began.
    pub(super) fn next(&self, new: &Reading, old: &Reading, lasted: Duration) -> Next {
        if new.failed >= HOPELESS && new.answered == 0 {
            return Next::RollBack(format!("all {} requests failed", new.failed));
        }
        if let Some(reason) = self.guards.iter().find_map(|guard| guard.broken_by(new, old, self.least)) {
            return Next::RollBack(reason);
        }
        let is_over = lasted >= Duration::from_millis(self.every_ms) && new.judged() >= self.least;
        if is_over && self.state == RampState::Running { Next::Step } else { Next::Stay }
    }

    /// Returns the command that makes the present step so.
    pub(super) fn command(&self) -> Command {
        let percent = self.percent();
        if percent >= 100 {
            let to = Target::One(self.new.clone());
            return Command::Switch { model: self.model.clone(), to, if_current: None };
        }
        Command::Weights { model: self.model.clone(), shares: self.shares(percent) }
    }

    /// Returns the command that makes it as it was before.
    pub(super) fn back(&self) -> Command {
        let model = self.model.clone();
        let names = || self.before.iter().map(|(name, _)| name.clone());
        let to = match self.before.as_slice() {
            [(name, None | Some(1..))] => Target::One(name.clone()),
            several if several.iter().all(|(_, share)| share.is_none()) => Target::Several(names().collect()),
            several => {
                let shares = several.iter().map(|(name, share)| (name.clone(), share.unwrap_or(1)));
                return Command::Weights { model, shares: shares.collect() };
            }
        };
        Command::Switch { model, to, if_current: None }
    }

    /// Gives the new target its share and leaves the others what they have among themselves.
    fn shares(&self, percent: u32) -> Vec<(String, u32)> {
        let old: Vec<(&str, u64)> = (self.before.iter())
            .filter(|(name, _)| *name != self.new)
            .map(|(name, share)| (name.as_str(), u64::from(share.unwrap_or(1))))
            .collect();
        let all: u64 = old.iter().map(|(_, share)| share).sum();
        let (percent, rest) = (u64::from(percent), u64::from(100 - percent));
        let mut shares: Vec<(String, u64)> =
            old.iter().map(|(name, share)| ((*name).to_owned(), share * rest)).collect();
        shares.push((self.new.clone(), all * percent));
        // Two targets are best read as per cent; more of them as small numbers.
        let divisor = if old.len() == 1 { all } else { shares.iter().map(|(_, share)| *share).fold(0, gcd) };
        let small = |share: u64| u32::try_from(share / divisor.max(1)).unwrap_or(u32::MAX);
        shares.into_iter().map(|(name, share)| (name, small(share))).collect()
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;
    use crate::load::{Cause, Tally};

    fn ramp(before: &[(&str, Option<u32>)]) -> Ramp {
        Ramp {
            model: "m".to_owned(),
            new: "new".to_owned(),
            before: before.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect(),
            steps: vec![1, 10, 100],
            every_ms: 1000,
            guards: Guard::list("errors>5%").expect("a guard"),
            least: 20,
            step: 1,
            state: RampState::Running,
            by: "ann".to_owned(),
            why: None,
        }
    }

    fn reading(answered: u64, failed: u64) -> Reading {
        let tally = Tally::default();
        (0..answered).for_each(|_| tally.begin(Instant::now()).complete());
        (0..failed).for_each(|_| tally.begin(Instant::now()).fail(Cause::Cut, Instant::now()));
        tally.read()
    }

    #[test]
    fn a_step_ends_after_its_time_with_enough_requests() {
        let (ramp, old, enough) = (ramp(&[("a", None)]), reading(100, 0), reading(20, 0));
        let (short, long) = (Duration::from_millis(999), Duration::from_secs(1));
        assert_eq!(ramp.next(&enough, &old, short), Next::Stay);
        assert_eq!(ramp.next(&reading(19, 0), &old, long), Next::Stay);
        assert_eq!(ramp.next(&enough, &old, long), Next::Step);
        let paused = Ramp { state: RampState::Paused, ..ramp };
        assert_eq!(paused.next(&enough, &old, long), Next::Stay);
        assert!(matches!(paused.next(&reading(90, 10), &old, Duration::ZERO), Next::RollBack(_)));
    }

    #[test]
    fn a_target_that_answers_nothing_is_left_at_once() {
        let ramp = ramp(&[("a", None)]);
        assert_eq!(ramp.next(&reading(0, 4), &reading(9, 0), Duration::ZERO), Next::Stay);
        assert!(matches!(ramp.next(&reading(0, 5), &reading(9, 0), Duration::ZERO), Next::RollBack(_)));
    }

    #[test]
    fn shares_are_written_as_people_would() {
        assert_eq!(ramp(&[("a", None)]).shares(10), [("a".to_owned(), 90), ("new".to_owned(), 10)]);
        let begun = ramp(&[("a", Some(90)), ("new", Some(10))]);
        assert_eq!(begun.shares(50), [("a".to_owned(), 50), ("new".to_owned(), 50)]);
        let several = ramp(&[("a", Some(45)), ("b", Some(45))]).shares(10);
        assert_eq!(several, [("a".to_owned(), 9), ("b".to_owned(), 9), ("new".to_owned(), 2)]);
    }

    #[test]
    fn the_way_back_is_what_was_written() {
        let back = |before: &[(&str, Option<u32>)]| ramp(before).back();
        let switch = |to| Command::Switch { model: "m".to_owned(), to, if_current: None };
        assert_eq!(back(&[("a", None)]), switch(Target::One("a".to_owned())));
        assert_eq!(
            back(&[("a", None), ("b", None)]),
            switch(Target::Several(vec!["a".to_owned(), "b".to_owned()]))
        );
        let begun = vec![("a".to_owned(), 90), ("new".to_owned(), 10)];
        let back_to = Command::Weights { model: "m".to_owned(), shares: begun };
        assert_eq!(back(&[("a", Some(90)), ("new", Some(10))]), back_to);
        let shares = vec![("a".to_owned(), 3), ("b".to_owned(), 0)];
        assert_eq!(
            back(&[("a", Some(3)), ("b", Some(0))]),
            Command::Weights { model: "m".to_owned(), shares }
        );
    }

    proptest! {
        #[test]
        fn the_new_target_gets_its_share_and_the_old_ones_keep_theirs(
            old in prop::collection::vec(1_u32..1000, 1..5), percent in 1_u32..100,
        ) {
            let names: Vec<String> = (0..old.len()).map(|at| format!("b{at}")).collect();
            let before: Vec<(&str, Option<u32>)> =
                names.iter().zip(&old).map(|(name, share)| (name.as_str(), Some(*share))).collect();
            let shares = ramp(&before).shares(percent);
            let all: u64 = shares.iter().map(|(_, share)| u64::from(*share)).sum();
            let new = u64::from(shares.last().expect("the new one").1);
            prop_assert_eq!(new * 100, all * u64::from(percent));
            for pair in shares[..old.len()].windows(2).zip(old.windows(2)) {
                let (now, then) = pair;
                prop_assert_eq!(u64::from(now[0].1) * u64::from(then[1]), u64::from(now[1].1) * u64::from(then[0]));
            }
        }
    }
}
