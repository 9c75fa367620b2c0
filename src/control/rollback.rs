//! Going back to an earlier generation.
//!
//! The texts that make the table are written back: the routes file with its includes, or the `.env`
//! that is the table. Of a `.env` that supplies values only those are taken back that say where a
//! model goes. Secrets are not: a key that was rotated since stays the new one. Then the table isn't
//! the very one that it was, and that is said.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::ControlError;
use super::controller::Controller;
use super::look::Look;
use super::plan::Plan;
use crate::config::{Document, Format, Vars, build};
use crate::edit::{Change, Target, edit};
use crate::history::Stored;
use crate::table::{self, RoutingTable, diff};

impl Controller {
    /// Finds out which of the owner's documents were others in a generation.
    pub(super) async fn plan_rollback(
        &self,
        generation: Option<u64>,
        look: &Look,
    ) -> Result<Option<Plan>, ControlError> {
        let generation = generation.unwrap_or_else(|| look.snapshot.generation.saturating_sub(1));
        let Some(stored) = self.records.documents(generation).await else {
            let unknown = self.records.difference(&self.live, generation, generation).await.err();
            let message = unknown.map_or_else(
                || format!("the documents of generation {generation} are not kept"),
                |unknown| unknown.to_string(),
            );
            return Err(ControlError::Unknown { message });
        };
        let present = &look.held.documents;
        let texts = texts_of(&stored, present)?;
        let documents = self.owner.imagine(&look.held, &texts).await?;
        let (vars, earlier) = (Arc::clone(&self.vars), stored.documents.clone());
        let pointing = spawn_blocking(move || pointed_back(documents, &earlier, &vars));
        let (documents, digest) = pointing.await.unwrap_or_default();
        let mut plan = Plan { texts: Vec::new(), notes: Vec::new() };
        for (place, now) in present.iter().enumerate() {
            let back = documents.iter().find(|back| back.name == now.name);
            if let Some(back) = back.filter(|back| back.content != now.content) {
                plan.texts.push((place, text(back)?));
            }
        }
        let is_same = digest.as_ref() == Some(&stored.record.digest);
        if !is_same {
            plan.notes = others(&stored, &documents);
        }
        if plan.texts.is_empty() && !is_same {
            let why = plan.notes.join("\n  = note: ");
            let report = format!(
                "error: the table of generation {generation} can't be had by a rollback\n  = note: {why}\n"
            );
            return Err(ControlError::Refused { report });
        }
        Ok((!plan.texts.is_empty()).then_some(plan))
    }
}

/// The texts of a generation in which the table is written, for the places where they are now.
fn texts_of(stored: &Stored, present: &[Document]) -> Result<Vec<(usize, String)>, ControlError> {
    let mut texts = Vec::new();
    for earlier in stored.documents.iter().filter(|document| is_owned(document, &stored.documents)) {
        let Some(place) = present.iter().position(|now| now.name == earlier.name) else {
            return Err(ControlError::Refused {
                report: format!(
                    "error: generation {} had `{}`, which is not there now\n  \
                     = help: write it anew, then roll back\n",
                    stored.record.generation, earlier.name
                ),
            });
        };
        if present[place].content != earlier.content {
            texts.push((place, text(earlier)?));
        }
    }
    Ok(texts)
}

/// Points every model to where it went, if a value elsewhere sends it to another place by now.
/// Returns the documents, and the digest of the table that they make.
fn pointed_back(
    mut documents: Vec<Document>,
    earlier: &[Document],
    vars: &Vars,
) -> (Vec<Document>, Option<String>) {
    let Ok(wanted) = build(earlier, vars) else { return digested(documents, vars) };
    let Ok(now) = build(&documents, vars) else { return (documents, None) };
    for change in diff(&now.table, &wanted.table) {
        let table::Change::Switched { model, .. } = change else { continue };
        let edited =
            to(&wanted.table, model.as_str()).and_then(|change| edit(&documents, vars, &change).ok()?);
        if let Some(edited) = edited {
            documents[edited.document].content = edited.text.into();
        }
    }
    digested(documents, vars)
}

fn digested(documents: Vec<Document>, vars: &Vars) -> (Vec<Document>, Option<String>) {
    let digest = build(&documents, vars).ok().map(|built| built.table.digest().to_owned());
    (documents, digest)
}

/// The change that has a model go where it goes in a table.
fn to(table: &RoutingTable, model: &str) -> Option<Change> {
    let route = table.routes().iter().find(|route| route.name.as_str() == model)?;
    let name = |target: &table::Target| {
        let backend = table.backend(target.backend);
        // A backend that bears its model's name is one that only this model knows, by its address.
        if backend.name.as_str() == model { backend.address.to_string() } else { backend.name.to_string() }
    };
    let model = model.to_owned();
    Some(match &*route.tiers[0].targets {
        [only] => Change::Switch { model, to: Target::One(name(only)) },
        several => Change::Weights { model, shares: several.iter().map(|t| (name(t), t.weight)).collect() },
    })
}

/// Says which documents keep a rolled back table from being the very one that it was.
fn others(stored: &Stored, documents: &[Document]) -> Vec<String> {
    let generation = stored.record.generation;
    let differs = |earlier: &&Document| {
        documents.iter().find(|now| now.name == earlier.name).is_none_or(|now| now.content != earlier.content)
    };
    let others = stored.documents.iter().filter(differs);
    let mut notes: Vec<String> = others
        .map(|earlier| {
            format!(
                "`{}` is not rolled back; it is another one than in generation {generation}",
                earlier.name
            )
        })
        .collect();
    if notes.is_empty() {
        notes.push(format!("the environment is another one than in generation {generation}"));
    }
    notes
}

/// Tells whether a document is what the table is written in; a `.env` is, if there is nothing else.
fn is_owned(document: &Document, all: &[Document]) -> bool {
    match document.format {
        Format::Routes => true,
        Format::Dotenv => all.iter().all(|document| document.format != Format::Routes),
        Format::Local | Format::Secret => false,
    }
}

fn text(document: &Document) -> Result<String, ControlError> {
    String::from_utf8(document.content.to_vec()).map_err(|_| ControlError::Refused {
        report: format!("error: `{}` of that generation isn't UTF-8\n", document.name),
    })
}
