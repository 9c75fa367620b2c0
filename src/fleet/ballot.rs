//! What the votes on a proposal come to. Pure.

use super::{Card, Replicas};

/// What the votes on a proposal come to at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// How many replicas live.
    pub all: usize,
    /// How many have agreed.
    pub agreed: usize,
    /// Who has refused, each with its reason.
    pub refused: Vec<String>,
    /// Who can vote, and has yet to.
    pub undecided: Vec<String>,
    /// Who can't vote, each with its version.
    pub mute: Vec<String>,
}

// === impl Ballot ===

impl Ballot {
    /// Counts the votes on the cards of a center.
    #[must_use]
    pub fn count(cards: &[String], proposal: &str) -> Self {
        let mut ballot = Self {
            all: cards.len(),
            agreed: 0,
            refused: Vec::new(),
            undecided: Vec::new(),
            mute: Vec::new(),
        };
        for card in cards {
            let Some(Card { address, version, votes, .. }) = Card::read(card) else {
                ballot.mute.push("a replica with a card of another kind".to_owned());
                continue;
            };
            let Some(votes) = votes else {
                ballot.mute.push(format!("{address} (patchbay {version})"));
                continue;
            };
            match votes.into_iter().find(|vote| vote.proposal == proposal).map(|vote| vote.refused) {
                None => ballot.undecided.push(address),
                Some(None) => ballot.agreed += 1,
                Some(Some(reason)) => ballot.refused.push(format!("{address} refused: {reason}")),
            }
        }
        for some in [&mut ballot.refused, &mut ballot.undecided, &mut ballot.mute] {
            some.sort();
        }
        ballot
    }

    /// Tells whether nothing more can come that would count.
    #[must_use]
    pub fn is_decided(&self, replicas: Replicas) -> bool {
        let is_hopeless = replicas == Replicas::All && (!self.mute.is_empty() || self.all == 0);
        !self.refused.is_empty() || is_hopeless || (self.undecided.is_empty() && self.passes(replicas))
    }

    /// Tells whether it may be written. A refusal is one however many had to agree.
    #[must_use]
    pub fn passes(&self, replicas: Replicas) -> bool {
        self.refused.is_empty() && self.agreed >= self.wanted(replicas)
    }

    /// Returns how many have to agree: somebody, at least.
    #[must_use]
    pub fn wanted(&self, replicas: Replicas) -> usize {
        match replicas {
            Replicas::All => self.all.max(1),
            Replicas::AtLeast(count) => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A card with these votes; `null` is a card from before there were any.
    fn card(name: &str, votes: &Value) -> String {
        let mut card = json!({
            "id": name, "address": name, "generation": 1, "digest": "d", "version": "0.1.0", "since_ms": 1,
        });
        if !votes.is_null() {
            card["votes"] = votes.clone();
        }
        card.to_string()
    }

    fn yes(name: &str) -> String {
        card(name, &json!([{"proposal": "other", "refused": "x"}, {"proposal": "p"}]))
    }

    fn no(name: &str) -> String {
        card(name, &json!([{"proposal": "p", "refused": "no key"}]))
    }

    fn silent(name: &str) -> String {
        card(name, &json!([{"proposal": "other"}]))
    }

    fn old(name: &str) -> String {
        card(name, &Value::Null)
    }

    fn outcome(cards: &[String], replicas: Replicas) -> (bool, bool) {
        let ballot = Ballot::count(cards, "p");
        (ballot.is_decided(replicas), ballot.passes(replicas))
    }

    const ALL: Replicas = Replicas::All;
    const TWO: Replicas = Replicas::AtLeast(2);

    #[test]
    fn all_have_to_agree() {
        assert_eq!(outcome(&[yes("a"), yes("b")], ALL), (true, true));
        assert_eq!(outcome(&[yes("a"), silent("b")], ALL), (false, false));
        assert_eq!(outcome(&[yes("a"), no("b")], ALL), (true, false));
        assert_eq!(outcome(&[yes("a"), old("b")], ALL), (true, false));
        assert_eq!(outcome(&[yes("a"), "{".to_owned()], ALL), (true, false));
        assert_eq!(outcome(&[], ALL), (true, false));
    }

    #[test]
    fn a_number_lets_others_be_silent_but_not_refuse() {
        assert_eq!(outcome(&[yes("a"), yes("b"), old("c")], TWO), (true, true));
        // One that may yet refuse is waited for, and then does not count.
        assert_eq!(outcome(&[yes("a"), yes("b"), silent("c")], TWO), (false, true));
        assert_eq!(outcome(&[yes("a"), yes("b"), no("c")], TWO), (true, false));
        assert_eq!(outcome(&[yes("a")], TWO), (false, false));
        assert_eq!(outcome(&[], TWO), (false, false));
    }

    #[test]
    fn each_is_named_with_what_it_says() {
        let ballot = Ballot::count(&[silent("d"), no("c"), no("b"), old("a")], "p");
        assert_eq!(ballot.refused, ["b refused: no key", "c refused: no key"]);
        assert_eq!(ballot.undecided, ["d"]);
        assert_eq!(ballot.mute, ["a (patchbay 0.1.0)"]);
    }
}
