//! One replica's part in its fleet.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use super::report::millis;
use super::{Card, CenterText, FleetReport, Replicas, View, Vote, Wanted};
use crate::live::Live;
use crate::source::center::{CenterError, Roster};

/// How long what was read from the center is taken for the present, so that many waiters ask it
/// no more often than one.
const FRESH: Duration = Duration::from_millis(8);

/// What a replica is called, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// Another one for every process.
    pub id: String,
    /// Where clients reach its data port.
    pub address: String,
}

/// One replica's part in its fleet: it shows its card, and looks at those of the others.
#[derive(Debug)]
pub struct Replica {
    pub(super) me: Me,
    pub(super) live: Arc<Live>,
    pub(super) center: Option<CenterText>,
    seen: tokio::sync::Mutex<Option<(Instant, Vec<String>)>>,
    /// Why the own card is not shown.
    pub(super) unshown: Mutex<Option<CenterError>>,
    /// What it says to proposals; `None` where there can't be any.
    pub(super) votes: watch::Sender<Option<Vec<Vote>>>,
}

/// What one look has found.
pub(super) struct Look {
    pub(super) view: View,
    /// The revision that the center holds, once it has been asked.
    present: Option<String>,
    problem: Option<String>,
    is_whole: bool,
}

// === impl Replica ===

impl Replica {
    /// Joins the fleet of a document, or of none: then a router knows itself only. The center must
    /// be this replica's own object, since it keeps leases.
    #[must_use]
    pub fn new(me: Me, live: Arc<Live>, center: Option<CenterText>) -> Self {
        let (seen, unshown) = (tokio::sync::Mutex::default(), Mutex::default());
        let can_vote = center.as_ref().is_some_and(|text| text.proposals.is_some());
        let votes = watch::Sender::new(can_vote.then(Vec::new));
        Self { me, live, center, seen, unshown, votes }
    }

    pub(super) fn roster(&self) -> Option<&dyn Roster> {
        self.center.as_ref().and_then(|text| text.center.roster())
    }

    /// Returns the own card.
    #[must_use]
    pub fn card(&self) -> Card {
        // The news before the table: a revision may be that of an earlier table, never of a later one.
        let news = self.live.news().borrow().clone();
        let snapshot = self.live.load();
        let since = snapshot.since.duration_since(UNIX_EPOCH).unwrap_or_default();
        Card {
            id: self.me.id.clone(),
            address: self.me.address.clone(),
            generation: snapshot.generation,
            digest: snapshot.table.digest().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: news.revision,
            since_ms: millis(since),
            refused: news.refused.as_ref().map(|refusal| Card::reason(&refusal.report)),
            votes: self.votes.borrow().clone(),
        }
    }

    /// Tells who lives and runs what.
    pub async fn report(&self) -> FleetReport {
        self.look(Instant::now()).await.told(self)
    }

    /// Looks at the fleet. What was read before this moment is not taken for the present.
    pub(super) async fn look(&self, not_before: Instant) -> Look {
        let Some(CenterText { name, .. }) = &self.center else {
            return Look::own(self, None);
        };
        let Some(roster) = self.roster() else {
            let problem = format!("{name} keeps no list of replicas; this router knows itself only");
            return Look::own(self, Some(problem));
        };
        match self.cards(roster, not_before).await {
            Ok(cards) => {
                let unshown = self.unshown.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let problem =
                    unshown.map(|error| format!("the others can't see this replica: {name} {error}"));
                Look { view: View::of(&self.card(), &cards), present: None, problem, is_whole: true }
            }
            Err(error) => {
                let problem = format!("the others can't be seen: {name} {error}");
                Look::own(self, Some(problem))
            }
        }
    }

    /// Asks the center for the revision that it holds, and adds it to what has been seen.
    pub(super) async fn hold_against_the_center(&self, look: &mut Look) {
        let Some(text) = self.center.as_ref().filter(|_| look.is_whole) else { return };
        let CenterText { name, center, .. } = text;
        match center.fetch().await {
            Ok(fetched) => look.present = Some(fetched.revision.text),
            Err(error) => {
                look.is_whole = false;
                look.problem = Some(format!("what it should be can't be seen: {name} {error}"));
            }
        }
    }

    /// What is known when the center has not answered in time.
    pub(super) fn blind(&self) -> Look {
        let problem = "the others can't be seen: the config center has not answered in time".to_owned();
        Look::own(self, Some(problem))
    }

    async fn cards(&self, roster: &dyn Roster, not_before: Instant) -> Result<Vec<String>, CenterError> {
        let mut seen = self.seen.lock().await;
        if let Some((at, cards)) = seen.as_ref()
            && *at >= not_before
            && at.elapsed() < FRESH
        {
            return Ok(cards.clone());
        }
        let began = Instant::now();
        let cards = roster.cards().await?;
        *seen = Some((began, cards.clone()));
        Ok(cards)
    }
}

// === impl Look ===

impl Look {
    /// What a replica knows by itself, and why that may not be the whole fleet.
    fn own(replica: &Replica, problem: Option<String>) -> Self {
        let is_whole = problem.is_none();
        Self { view: View::of(&replica.card(), &[]), present: None, problem, is_whole }
    }

    /// Returns a table as the center holds it, as far as that is known.
    pub(super) fn wanted<'w>(&'w self, digest: &'w str) -> Wanted<'w> {
        Wanted { digest, revision: self.present.as_deref() }
    }

    /// Replicas that can't be seen may run anything.
    pub(super) fn reaches(&self, digest: &str, replicas: Replicas) -> bool {
        (self.is_whole || replicas != Replicas::All) && self.view.runs(self.wanted(digest), replicas)
    }

    pub(super) fn told(&self, replica: &Replica) -> FleetReport {
        let center = replica.center.as_ref().map(|text| text.name.clone());
        FleetReport::of(&self.view, &replica.me.id, center, self.problem.clone())
    }
}

// === impl Me ===

impl Me {
    /// Names a replica that has just begun.
    #[must_use]
    pub fn at(address: String) -> Self {
        Self { id: fresh_id(&address), address }
    }
}

/// Makes a name that nothing else has.
pub(super) fn fresh_id(salt: &str) -> String {
    use std::hash::{BuildHasher, RandomState};
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    // Every state of the map's hasher is a random one; that is all the chance that is needed.
    format!("{:016x}", RandomState::new().hash_one((nanos, std::process::id(), salt)))
}
