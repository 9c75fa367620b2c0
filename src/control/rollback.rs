//! Going back to an earlier generation.
//!
//! The texts that make the table are written back: the routes file with its includes, or the `.env`
//! that is the table. Secrets are not: a key that was rotated since stays the new one. So the table
//! may differ from the one that it was, and then that is said.

use super::ControlError;
use super::controller::Controller;
use super::look::Look;
use super::plan::Plan;
use crate::config::{Document, Format};

impl Controller {
    /// Finds out which of the owner's documents were others in a generation.
    pub(super) async fn plan_rollback(
        &self,
        generation: Option<u64>,
        look: &Look,
    ) -> Result<Option<Plan>, ControlError> {
        let serving = look.snapshot.generation;
        let generation = generation.unwrap_or_else(|| serving.saturating_sub(1));
        let Some(stored) = self.records.documents(generation).await else {
            let unknown = self.records.difference(&self.live, generation, generation).await.err();
            let message = unknown.map_or_else(
                || format!("the documents of generation {generation} are not kept"),
                |unknown| unknown.to_string(),
            );
            return Err(ControlError::Unknown { message });
        };
        let present = &look.held.documents;
        let mut plan = Plan { texts: Vec::new(), notes: Vec::new() };
        for earlier in &stored.documents {
            let place = present.iter().position(|now| now.name == earlier.name);
            let is_owned = is_owned(earlier, &stored.documents);
            let same = place.is_some_and(|place| present[place].content == earlier.content);
            match place {
                _ if same => {}
                Some(place) if is_owned => plan.texts.push((place, text(earlier)?)),
                None if is_owned => {
                    return Err(ControlError::Refused {
                        report: format!(
                            "error: generation {generation} had `{}`, which is not there now\n  \
                             = help: write it anew, then roll back\n",
                            earlier.name
                        ),
                    });
                }
                Some(_) | None => plan.notes.push(format!(
                    "`{}` is not rolled back; it is another one than in generation {generation}",
                    earlier.name
                )),
            }
        }
        if plan.texts.is_empty() && look.snapshot.table.digest() != stored.record.digest {
            let why = plan.notes.join("\n  = note: ");
            let report = format!(
                "error: the table of generation {generation} can't be had by a rollback\n  = note: {why}\n"
            );
            return Err(ControlError::Refused { report });
        }
        Ok((!plan.texts.is_empty()).then_some(plan))
    }
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
