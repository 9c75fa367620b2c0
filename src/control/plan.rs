//! What a command would write.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::controller::Controller;
use super::look::Look;
use super::{Command, ControlError};
use crate::edit::{Change, EditError, Edited, Pointed, edit, pointing};
use crate::table::RoutingTable;

/// Which document of the owner gets which text. `Debug` doesn't show the texts.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) texts: Vec<(usize, String)>,
    /// What is to be said about it.
    pub(super) notes: Vec<String>,
}

impl Controller {
    /// Finds out what a command would write; nothing if the owner holds that already.
    pub(super) async fn plan(&self, command: &Command, look: &Look) -> Result<Option<Plan>, ControlError> {
        match command {
            Command::Apply { text } => {
                let is_so = look.held.documents.first().is_none_or(|main| main.content == text.0.as_bytes());
                Ok((!is_so).then(|| Plan::of(0, text.0.clone())))
            }
            Command::Rollback { generation } => self.plan_rollback(*generation, look).await,
            Command::Switch { model, if_current, .. } => {
                let plan = self.plan_edit(command, look).await?;
                // What is so already needs no condition: the same command again is no conflict.
                if let (Some(expected), Some(_)) = (if_current, &plan) {
                    look.expect_target(model, expected, self).await?;
                }
                Ok(plan)
            }
            Command::Weights { .. } | Command::State { .. } => self.plan_edit(command, look).await,
        }
    }

    /// Returns a model's own name and what it points to, as the owner has it.
    pub(super) async fn points_to(&self, model: &str) -> Result<(String, Pointed), ControlError> {
        let look = self.look().await?;
        pointing(&look.held.documents, &self.vars, model).map_err(uneditable)
    }

    async fn plan_edit(&self, command: &Command, look: &Look) -> Result<Option<Plan>, ControlError> {
        let Some(change) = command.change() else { return Ok(None) };
        let edited = self.edited(look, change).await?;
        Ok(edited.map(|edited| Plan::of(edited.document, edited.text)))
    }

    async fn edited(&self, look: &Look, change: Change) -> Result<Option<Edited>, ControlError> {
        let (documents, vars) = (look.held.documents.clone(), Arc::clone(&self.vars));
        let editing = spawn_blocking(move || edit(&documents, &vars, &change));
        let edited = editing.await.unwrap_or(Err(EditError::NotFaithful));
        edited.map_err(uneditable)
    }
}

fn uneditable(error: EditError) -> ControlError {
    match error {
        EditError::UnknownModel { .. } | EditError::UnknownBackend { .. } => {
            ControlError::Unknown { message: error.to_string() }
        }
        EditError::Unreadable(problems) => ControlError::Refused { report: problems.render(false) },
        error => ControlError::Refused { report: error.to_string() },
    }
}

/// Returns the models, and the rules of models, for which nothing would answer any more, though
/// something did before.
pub(super) fn left_alone(before: &RoutingTable, after: &RoutingTable) -> Vec<String> {
    let answered = |table: &RoutingTable| -> Vec<(String, bool)> {
        let ways = table.routes().iter().flat_map(|route| route.ways().map(move |way| (route, way)));
        ways.map(|(route, way)| {
            let mut targets = way.tiers.iter().flat_map(|tier| &tier.targets);
            (format!("{}{}", route.name, way.suffix()), targets.any(|target| target.share() > 0))
        })
        .collect()
    };
    let before: HashSet<String> =
        answered(before).into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
    let after = answered(after).into_iter().filter(|(_, is)| !*is).map(|(name, _)| name);
    after.filter(|name| before.contains(name)).collect()
}

// === impl Plan ===

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plan({} texts, {:?})", self.texts.len(), self.notes)
    }
}

impl Plan {
    pub(super) fn of(document: usize, text: String) -> Self {
        Self { texts: vec![(document, text)], notes: Vec::new() }
    }
}
