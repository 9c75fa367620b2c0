//! Which backends may answer a request, in which order.

use super::{Route, Strategy, Target};

/// The number of a request on its route; all chance and all ties come from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(pub u64);

/// One backend that may answer.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'t> {
    /// 0 for the route's own target, 1 for the first fallback, and so on.
    pub tier: usize,
    /// The member of that tier.
    pub target: &'t Target,
}

/// All candidates of a route, best first, each once: the member whose turn it is, its peers, then
/// the same for each fallback. Members of weight 0 and those
/// whose backend is out of service are not among them.
#[derive(Debug, Clone)]
pub struct Candidates<'t> {
    route: &'t Route,
    ticket: Ticket,
    tier: usize,
    step: usize,
}

/// Lines up the candidates of a route for one request. Allocates nothing.
#[must_use]
pub fn candidates(route: &Route, ticket: Ticket) -> Candidates<'_> {
    Candidates { route, ticket, tier: 0, step: 0 }
}

// === impl Candidates ===

impl Candidates<'_> {
    /// Leaves out the rest of the present tier.
    pub fn skip_tier(&mut self) {
        if self.step > 0 {
            self.tier += 1;
            self.step = 0;
        }
    }

    /// Tells whether the present tier has a further candidate.
    #[must_use]
    pub fn has_peer(&self) -> bool {
        self.clone().next().is_some_and(|next| self.step > 0 && next.tier == self.tier)
    }
}

impl<'t> Iterator for Candidates<'t> {
    type Item = Candidate<'t>;

    fn next(&mut self) -> Option<Candidate<'t>> {
        loop {
            let tier = self.route.tiers.get(self.tier)?;
            let first = match tier.strategy {
                Strategy::Weighted => tier.schedule.turn(self.ticket.0).unwrap_or(0),
                Strategy::First => 0,
            };
            while self.step < tier.targets.len() {
                let target = &tier.targets[(first + self.step) % tier.targets.len()];
                self.step += 1;
                if target.share() > 0 {
                    return Some(Candidate { tier: self.tier, target });
                }
            }
            self.tier += 1;
            self.step = 0;
        }
    }
}
