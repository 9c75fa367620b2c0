//! Asking the replicas before something is written.

use std::time::{Duration, Instant};

use super::center::refused;
use super::check::count;
use super::console::Console;
use super::exit::Exit;
use super::wait::duration;
use crate::app::{CenterText, ProposalError, Proposer, Replicas, WriteError};

/// Whether and how to ask.
#[derive(Debug, clap::Args)]
pub(super) struct Asking {
    /// Ask the replicas first: each builds the table and connects to its new backends, and if one refuses, nothing is written
    #[arg(long)]
    two_phase: bool,
    /// With --two-phase: how many have to agree, all that live or so many; nobody may refuse
    #[arg(long, value_name = "all|K", default_value = "all", requires = "two_phase")]
    replicas: Replicas,
    /// With --two-phase: how long to wait for them
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration, requires = "two_phase")]
    timeout: Duration,
}

/// What came of asking.
pub(super) enum Consent<'t> {
    /// Nobody was to be asked.
    Unasked,
    /// So many have agreed; the proposal is shown until what follows is done.
    Given(usize, Proposer<'t>),
}

impl Asking {
    /// Asks, if it is to.
    pub(super) async fn ask<'t>(
        &self,
        center: &'t CenterText,
        text: &str,
        console: Console,
    ) -> Result<Consent<'t>, Exit> {
        if !self.two_phase {
            return Ok(Consent::Unasked);
        }
        let began = Instant::now();
        let tell = |error: ProposalError| tell(&center.name, &error, began.elapsed(), console);
        let proposer = Proposer::show(center, text).await.map_err(tell)?;
        match proposer.decision(self.replicas, self.timeout).await {
            Ok(agreed) => Ok(Consent::Given(agreed, proposer)),
            Err(error) => {
                proposer.withdraw().await;
                Err(tell(error))
            }
        }
    }
}

impl Consent<'_> {
    /// Says who has agreed, behind the revision.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Unasked => String::new(),
            Self::Given(agreed, _) => format!(", agreed by {}", count(*agreed, "replica")),
        }
    }

    /// Ends it, once what was agreed on is done.
    pub(super) async fn end(self) {
        if let Self::Given(_, proposer) = self {
            proposer.withdraw().await;
        }
    }
}

fn tell(name: &str, error: &ProposalError, took: Duration, console: Console) -> Exit {
    let (exit, help) = match error {
        ProposalError::Center(error) | ProposalError::Write(WriteError::Center(error)) => {
            return refused(name, error, console);
        }
        ProposalError::Late { .. } => {
            let took = took.as_millis();
            console.talk(format_args!("timed out after {took} ms, {error}\nnothing was written to {name}"));
            return Exit::TimedOut;
        }
        ProposalError::Busy => (
            Exit::Conflict,
            "try again once it is; the proposal of a push that was killed is gone within 10 s, in Nacos and Consul 20 s",
        ),
        ProposalError::Refused(ballot) if ballot.refused.is_empty() => {
            (Exit::Refused, "upgrade them, or say with --replicas K how many of the others have to agree")
        }
        ProposalError::Refused(ballot) => {
            let all = count(ballot.all, "replica");
            console.talk(format_args!(
                "error: {} of {all} refused; nothing was written to {name}",
                ballot.refused.len()
            ));
            for line in error.to_string().lines() {
                console.talk(format_args!("  {line}"));
            }
            return Exit::Refused;
        }
        ProposalError::Nobody | ProposalError::NoList | ProposalError::Write(_) => {
            (Exit::Refused, "push without --two-phase")
        }
    };
    console.talk(format_args!("error: {name} {error}; nothing was written\n  = help: {help}"));
    exit
}
