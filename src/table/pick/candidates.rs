//! All candidates of one request, one after the other.

use super::field::Field;
use super::members::Members;
use super::{Condition, Loads, StickyKey, Ticket, rendezvous, turns, two_choices};
use crate::table::{Strategy, Target, Tier, Way};

/// One backend that may answer.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'t> {
    /// 0 for the route's own target, 1 for the first fallback, and so on.
    pub tier: usize,
    /// The member of that tier.
    pub target: &'t Target,
    /// How its backend was when it was picked.
    pub condition: Condition,
}

/// All candidates of a way, best first, each once: the member that the strategy picks, its peers,
/// then the same for each fallback. Within a tier whoever is [`Condition::Out`] comes last. Members
/// of weight 0 and those whose backend is out of service are not among them.
#[derive(Debug, Clone)]
pub struct Candidates<'t> {
    tiers: &'t [Tier],
    ticket: Ticket,
    key: StickyKey,
    loads: &'t dyn Loads,
    tier: usize,
    step: usize,
    given: Members,
}

/// Lines up the candidates of a way for one request. Allocates nothing.
#[must_use]
pub fn candidates<'t>(
    way: Way<'t>,
    ticket: Ticket,
    key: Option<StickyKey>,
    loads: &'t impl Loads,
) -> Candidates<'t> {
    let key = key.unwrap_or(StickyKey(ticket.0));
    Candidates { tiers: way.tiers, ticket, key, loads, tier: 0, step: 0, given: Members::default() }
}

// === impl Candidates ===

impl Candidates<'_> {
    /// Leaves out the rest of the present tier.
    pub fn skip_tier(&mut self) {
        if self.step > 0 {
            self.enter(self.tier + 1);
        }
    }

    /// Tells whether the present tier has a further candidate.
    #[must_use]
    pub fn has_peer(&self) -> bool {
        let tier = self.tiers.get(self.tier).filter(|_| self.step > 0);
        tier.is_some_and(|tier| self.field(tier).members().next().is_some())
    }

    /// Takes back that one was given, in the place of another of its tier.
    pub fn exchange(&mut self, given: &Candidate<'_>, instead: &Candidate<'_>) {
        let Some(tier) = self.tiers.get(self.tier) else { return };
        let place =
            |of: &Candidate<'_>| tier.targets.iter().position(|target| std::ptr::eq(target, of.target));
        if let (Some(given), Some(instead)) = (place(given), place(instead)) {
            self.given.remove(given);
            self.given.insert(instead);
        }
    }

    fn enter(&mut self, tier: usize) {
        self.tier = tier;
        self.step = 0;
        self.given = Members::default();
    }

    fn field<'f>(&'f self, tier: &'f Tier) -> Field<'f> {
        Field { tier, given: &self.given, loads: self.loads, ticket: self.ticket, step: self.step }
    }
}

impl<'t> Candidates<'t> {
    /// Returns the members of the present tier that have not been given yet, in the order of the
    /// file.
    pub fn others(&self) -> impl Iterator<Item = Candidate<'t>> {
        let (tiers, number): (&'t [Tier], usize) = (self.tiers, self.tier);
        let tier = tiers.get(number).filter(|_| self.step > 0);
        tier.into_iter().flat_map(move |tier| {
            self.field(tier).members().map(move |member| Candidate {
                tier: number,
                target: &tier.targets[member.place],
                condition: member.standing.condition,
            })
        })
    }
}

impl<'t> Iterator for Candidates<'t> {
    type Item = Candidate<'t>;

    fn next(&mut self) -> Option<Candidate<'t>> {
        loop {
            let tier = self.tiers.get(self.tier)?;
            let field = self.field(tier);
            let picked = match &tier.strategy {
                Strategy::Weighted => turns::weighted(field),
                Strategy::LeastBusy => two_choices::least_busy(field),
                Strategy::Fastest => two_choices::fastest(field),
                Strategy::First => turns::first(field),
                Strategy::Sticky(_) => rendezvous::sticky(field, self.key),
            };
            // Who was out when asked first and isn't any more must not end the tier.
            let picked = picked.or_else(|| field.members().next());
            if let Some((place, condition)) = picked.map(|member| (member.place, member.standing.condition)) {
                self.given.insert(place);
                self.step += 1;
                return Some(Candidate { tier: self.tier, target: &tier.targets[place], condition });
            }
            self.enter(self.tier + 1);
        }
    }
}
