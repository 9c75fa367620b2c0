//! Who runs what. Pure.

use std::time::Duration;

use super::{Card, Replicas, Wanted};

/// The replicas of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    replicas: Vec<Card>,
    unreadable: usize,
}

// === impl View ===

impl View {
    /// Puts the cards of a center in order. What the replica that looks knows about itself is newer
    /// than what the center says about it.
    #[must_use]
    pub fn of(own: &Card, cards: &[String]) -> Self {
        let read: Vec<Option<Card>> = cards.iter().map(|card| Card::read(card)).collect();
        let unreadable = read.iter().filter(|card| card.is_none()).count();
        let others = read.into_iter().flatten().filter(|card| card.id != own.id);
        let mut replicas: Vec<Card> = others.chain([own.clone()]).collect();
        replicas.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
        Self { replicas, unreadable }
    }

    /// Returns the replicas, ordered by address.
    #[must_use]
    pub fn replicas(&self) -> &[Card] {
        &self.replicas
    }

    /// Returns how many cards could not be read: another version's, or none of ours.
    #[must_use]
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// Returns the digest of the table that went live last.
    #[must_use]
    pub fn newest(&self) -> &str {
        let newest = self.replicas.iter().max_by_key(|card| (card.generation > 0, card.since_ms));
        newest.map_or("", |card| &card.digest)
    }

    /// Tells whether all run the same table.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let first = self.replicas.first().map(|card| &card.digest);
        self.replicas.iter().all(|card| card.generation > 0 && Some(&card.digest) == first)
    }

    /// Returns how many run a table.
    #[must_use]
    pub fn running(&self, wanted: Wanted<'_>) -> usize {
        self.replicas.iter().filter(|card| card.runs(wanted)).count()
    }

    /// Tells whether as many replicas as wanted run a table.
    #[must_use]
    pub fn runs(&self, wanted: Wanted<'_>, replicas: Replicas) -> bool {
        let least = match replicas {
            Replicas::All => self.replicas.len(),
            Replicas::AtLeast(count) => count,
        };
        self.running(wanted) >= least
    }

    /// Returns how far apart the first and the last replica were in taking up the newest table, by
    /// their own clocks. A replica that began with this table has not taken part in the switch.
    #[must_use]
    pub fn skew(&self) -> Option<Duration> {
        let newest = self.newest();
        let switched = self.replicas.iter().filter(|card| card.generation > 1 && card.digest == newest);
        let moments: Vec<u64> = switched.map(|card| card.since_ms).collect();
        let (first, last) = (moments.iter().min()?, moments.iter().max()?);
        Some(Duration::from_millis(last - first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: &str, generation: u64, digest: &str, since_ms: u64) -> Card {
        Card {
            id: id.to_owned(),
            address: format!("10.0.0.{id}:9999"),
            generation,
            digest: digest.to_owned(),
            version: "0.1.0".to_owned(),
            revision: None,
            since_ms,
            refused: None,
            votes: None,
        }
    }

    fn any(digest: &str) -> Wanted<'_> {
        Wanted { digest, revision: None }
    }

    fn view(cards: &[Card]) -> View {
        let written: Vec<String> = cards[1..].iter().map(Card::written).collect();
        View::of(&cards[0], &written)
    }

    #[test]
    fn replicas_of_different_age_agree_by_their_digest() {
        let view = view(&[card("1", 7, "new", 500), card("2", 2, "new", 530), card("3", 1, "new", 9000)]);
        assert!(view.agrees());
        assert!(view.runs(any("new"), Replicas::All));
        assert_eq!(view.skew(), Some(Duration::from_millis(30)));
    }

    #[test]
    fn one_that_stays_behind_is_a_disagreement() {
        let view = view(&[card("1", 2, "new", 500), card("2", 1, "old", 100), card("3", 2, "new", 510)]);
        assert!(!view.agrees());
        assert_eq!(view.newest(), "new");
        assert_eq!(view.running(any("new")), 2);
        assert!(!view.runs(any("new"), Replicas::All));
        assert!(view.runs(any("new"), Replicas::AtLeast(2)));
        assert!(!view.runs(any("new"), Replicas::AtLeast(3)));
    }

    #[test]
    fn one_that_has_yet_to_read_the_changes_there_and_back_does_not_run_the_last() {
        let at = |id, revision: &str| Card { revision: Some(revision.to_owned()), ..card(id, 2, "a", 5) };
        let view = view(&[at("1", "9"), at("2", "7"), card("3", 1, "a", 5)]);
        let last = Wanted { digest: "a", revision: Some("9") };
        assert!(view.runs(any("a"), Replicas::All));
        assert_eq!(view.running(last), 1);
        assert!(!view.runs(last, Replicas::All));
        assert!(view.runs(last, Replicas::AtLeast(1)));
    }

    #[test]
    fn one_without_a_table_runs_nothing() {
        let view = view(&[card("1", 1, "same", 5), card("2", 0, "same", 9)]);
        assert!(!view.agrees());
        assert_eq!(view.running(any("same")), 1);
        assert!(!view.runs(any("same"), Replicas::All));
        assert_eq!(view.skew(), None);
    }

    #[test]
    fn what_a_replica_knows_about_itself_beats_the_center() {
        let stale = card("1", 1, "old", 1).written();
        let view = View::of(&card("1", 2, "new", 2), &[stale, "{".to_owned()]);
        assert_eq!(view.replicas().len(), 1);
        assert!(view.runs(any("new"), Replicas::All));
        assert_eq!(view.unreadable(), 1);
    }

    #[test]
    fn cards_of_later_versions_are_read() {
        let text = card("1", 1, "d", 1).written().replace('{', r#"{"later":[1],"#);
        assert_eq!(Card::read(&text), Some(card("1", 1, "d", 1)));
    }
}
