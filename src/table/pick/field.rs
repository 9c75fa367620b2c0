//! Who is left to choose from.

use super::chance::{Ticket, mixed, unit};
use super::members::Members;
use super::spared::is_spared;
use super::{Condition, Loads, Standing};
use crate::table::{Target, Tier};

/// The members of a tier that have not been given yet and may be asked at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'f> {
    pub(super) tier: &'f Tier,
    pub(super) given: &'f Members,
    pub(super) loads: &'f dyn Loads,
    pub(super) ticket: Ticket,
    /// How many of this tier have been given.
    pub(super) step: usize,
}

/// Who goes before whom, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fitness {
    Room,
    Full,
    Out,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'f> {
    pub(super) place: usize,
    pub(super) target: &'f Target,
    pub(super) standing: Standing,
}

// === impl Field ===

impl<'f> Field<'f> {
    /// Returns a member if it is in the field.
    pub(super) fn get(&self, place: usize) -> Option<Member<'f>> {
        let target = self.tier.targets.get(place)?;
        let open = target.share() > 0 && !self.given.contains(place);
        if !open {
            return None;
        }
        let mut standing = self.loads.standing(target.backend);
        if standing.condition == Condition::Out && is_spared(self.tier, self.loads, place) {
            standing.condition = Condition::Well;
        }
        Some(Member { place, target, standing })
    }

    /// Returns all members.
    pub(super) fn members(self) -> impl Iterator<Item = Member<'f>> {
        (0..self.tier.targets.len()).filter_map(move |place| self.get(place))
    }

    /// Returns those that go before the others: who has room, else who is full, else who is out.
    pub(super) fn preferred(self) -> impl Iterator<Item = Member<'f>> {
        let best = self.members().map(|member| member.fitness()).min();
        self.members().filter(move |member| Some(member.fitness()) == best)
    }

    /// Tells whether nobody goes before this one.
    pub(super) fn prefers(self, member: &Member<'_>) -> bool {
        member.fitness() == Fitness::Room || self.members().all(|other| other.fitness() >= member.fitness())
    }

    /// Tells whether this request is one of those that a member takes: all once it is warm.
    pub(super) fn warms(self, member: &Member<'_>) -> bool {
        let warmth = member.standing.warmth;
        warmth >= 1.0 || unit(mixed(self.ticket.0, member.place as u64)) < warmth
    }

    /// Draws one of the preferred by their weights.
    pub(super) fn draw(self) -> Option<Member<'f>> {
        let total: f64 = self.preferred().map(|member| member.pull()).sum();
        let mut point = total * unit(mixed(self.ticket.0, !(self.step as u64)));
        let drawn = self.preferred().find(|member| {
            point -= member.pull();
            point < 0.0
        });
        drawn.or_else(|| self.preferred().last())
    }
}

// === impl Member ===

impl Member<'_> {
    /// A full backend is well: who waits for it is better off than with one that fails.
    fn fitness(&self) -> Fitness {
        match (self.standing.condition, self.standing.full) {
            (Condition::Out, _) => Fitness::Out,
            (Condition::Well | Condition::Trial, true) => Fitness::Full,
            (Condition::Well | Condition::Trial, false) => Fitness::Room,
        }
    }

    /// Returns its weight as far as it is warm; never 0, since a cold member may be the only one.
    pub(super) fn pull(&self) -> f64 {
        f64::from(self.target.share()) * self.standing.warmth.clamp(0.001, 1.0)
    }
}
