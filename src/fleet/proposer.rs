//! Asking the replicas of a document about another text of it.

use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::time::{sleep, timeout};

use super::announcer::{FAREWELL, RENEW, TTL};
use super::replica::fresh_id;
use super::{Ballot, Body, CenterText, Proposal, Replicas};
use crate::source::center::{Center, CenterError, Revision, Roster, WriteError};

/// How soon the votes are counted first; then less and less often.
const SOONEST: Duration = Duration::from_millis(50);

/// How often they are counted at the least.
const LATEST: Duration = Duration::from_millis(400);

/// How long a center may take to list what was just shown; Nacos takes half a second.
const VISIBLE: Duration = Duration::from_secs(5);

/// How long a center may go on to list what was just taken away.
const OVER: Duration = Duration::from_secs(1);

/// What a document holds that has held a proposal.
const DECIDED: &str = "# no proposal\n";

/// Why replicas have not agreed. Nothing was written then.
#[derive(Debug, Error)]
pub enum ProposalError {
    /// There is no list of replicas.
    #[error("keeps no list of replicas, so that nobody can be asked")]
    NoList,
    /// Somebody else's proposal is not decided yet.
    #[error("has another push that is not decided yet")]
    Busy,
    /// Nobody could be asked.
    #[error("has no replicas that could be asked")]
    Nobody,
    /// The votes don't suffice.
    #[error("{}", words(.0))]
    Refused(Ballot),
    /// Not enough votes have come in time.
    #[error("{} of {wanted} agreed{}", .ballot.agreed, missing(.ballot))]
    Late {
        /// What has come.
        ballot: Ballot,
        /// How many had to agree.
        wanted: usize,
    },
    /// It can't be reached, or does not understand.
    #[error(transparent)]
    Center(#[from] CenterError),
    /// The text could not be shown.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A proposal that is shown to the replicas. A dropped one goes away by itself.
#[derive(Debug)]
pub struct Proposer<'t> {
    replicas: &'t dyn Roster,
    proposals: &'t dyn Roster,
    /// Where a text stands that is too long for a list, and its revision there.
    beside: Option<(&'t dyn Center, Revision)>,
    id: String,
    written: String,
}

// === impl Proposer ===

impl<'t> Proposer<'t> {
    /// Shows a text to all replicas, unless somebody else has shown one.
    pub async fn show(center: &'t CenterText, text: &str) -> Result<Self, ProposalError> {
        let replicas = center.center.roster().ok_or(ProposalError::NoList)?;
        let desk = center.proposals.as_deref().ok_or(ProposalError::NoList)?;
        let proposals = desk.roster().ok_or(ProposalError::NoList)?;
        let began = Instant::now();
        while !listed(proposals).await?.is_empty() {
            if began.elapsed() > OVER {
                return Err(ProposalError::Busy);
            }
            sleep(LATEST).await;
        }
        let id = fresh_id(text);
        let mut proposal = Proposal { id: id.clone(), body: Body::Text(text.to_owned()) };
        let mut beside = None;
        if proposal.written().len() > proposals.most_bytes() {
            let revision = stand_beside(desk, text).await?;
            proposal.body = Body::Revision(revision.text.clone());
            beside = Some((desk, revision));
        }
        let shown = Self { replicas, proposals, beside, written: proposal.written(), id };
        proposals.announce(&shown.id, &shown.written, TTL).await?;
        match timeout(VISIBLE, shown.is_alone()).await {
            Ok(Ok(true)) => Ok(shown),
            Ok(Ok(false)) => shown.gives_way(ProposalError::Busy).await,
            Ok(Err(error)) => shown.gives_way(error.into()).await,
            Err(_elapsed) => shown.gives_way(CenterError::Silent(VISIBLE).into()).await,
        }
    }

    /// Waits until the proposal is listed, and tells whether no other is. Of two that came at once
    /// each sees the other then, and neither goes on.
    async fn is_alone(&self) -> Result<bool, CenterError> {
        loop {
            let listed = listed(self.proposals).await?;
            if listed.iter().any(|id| *id != self.id) {
                return Ok(false);
            }
            if !listed.is_empty() {
                return Ok(true);
            }
            sleep(SOONEST).await;
        }
    }

    async fn gives_way<T>(self, error: ProposalError) -> Result<T, ProposalError> {
        self.withdraw().await;
        Err(error)
    }

    /// Waits until the replicas have decided, for this long at most. Returns how many agreed.
    pub async fn decision(&self, replicas: Replicas, limit: Duration) -> Result<usize, ProposalError> {
        tokio::select! {
            decided = self.count_until_decided(replicas, Instant::now() + limit) => decided,
            error = self.keep_showing() => Err(error.into()),
        }
    }

    /// Takes the proposal away.
    pub async fn withdraw(self) {
        let _silent = timeout(FAREWELL, self.proposals.withdraw(&self.id)).await;
        if let Some((desk, revision)) = &self.beside {
            let _kept = timeout(VISIBLE, desk.replace(Some(revision), DECIDED)).await;
        }
    }

    async fn count_until_decided(&self, replicas: Replicas, end: Instant) -> Result<usize, ProposalError> {
        let mut pause = SOONEST;
        loop {
            sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
            pause = (pause * 2).min(LATEST);
            let is_last = Instant::now() >= end;
            let ballot = Ballot::count(&self.replicas.cards().await?, &self.id);
            if !is_last && !ballot.is_decided(replicas) {
                continue;
            }
            let wanted = ballot.wanted(replicas);
            return match ballot {
                ballot if ballot.passes(replicas) => Ok(ballot.agreed),
                ballot if ballot.all == 0 => Err(ProposalError::Nobody),
                ballot if ballot.is_decided(replicas) => Err(ProposalError::Refused(ballot)),
                ballot => Err(ProposalError::Late { ballot, wanted }),
            };
        }
    }

    /// Ends only if the proposal can no longer be shown.
    async fn keep_showing(&self) -> CenterError {
        loop {
            sleep(RENEW).await;
            if let Err(error) = self.proposals.announce(&self.id, &self.written, TTL).await {
                return error;
            }
        }
    }
}

/// Returns the ids of all proposals that are shown.
async fn listed(proposals: &dyn Roster) -> Result<Vec<String>, CenterError> {
    let entries = proposals.cards().await?;
    Ok(entries.iter().filter_map(|entry| Proposal::read(entry)).map(|proposal| proposal.id).collect())
}

/// Puts a text into the document that stands beside the list of proposals.
async fn stand_beside(desk: &dyn Center, text: &str) -> Result<Revision, ProposalError> {
    let present = match desk.fetch().await {
        Ok(fetched) => Some(fetched.revision),
        Err(CenterError::Missing) => None,
        Err(error) => return Err(error.into()),
    };
    match desk.replace(present.as_ref(), text).await {
        Ok(revision) => Ok(revision),
        Err(WriteError::Conflict { .. } | WriteError::Replaced { .. }) => Err(ProposalError::Busy),
        Err(error) => Err(error.into()),
    }
}

fn words(ballot: &Ballot) -> String {
    let can_not = ballot.mute.iter().map(|mute| format!("{mute} can't vote"));
    ballot.refused.iter().cloned().chain(can_not).collect::<Vec<_>>().join("\n")
}

fn missing(ballot: &Ballot) -> String {
    let silent = ballot.undecided.iter().map(|address| format!("{address} has not voted"));
    let silent: Vec<String> =
        silent.chain(ballot.mute.iter().map(|mute| format!("{mute} can't vote"))).collect();
    if silent.is_empty() {
        format!(", and only {} live", ballot.all)
    } else {
        format!(": {}", silent.join("; "))
    }
}
