//! An edit changes the value asked for and no other byte.

mod dotenvs;
mod laws;
mod origins;
mod parts;
mod states;
mod switches;

use patchbay::config::{Document, Format, Vars, build};
use patchbay::edit::{Change, EditError, Edited, Target, edit};
use patchbay::table::BackendState;

fn document(name: &str, format: Format, content: &str) -> Document {
    Document { name: name.to_owned(), format, content: content.to_owned().into() }
}

fn routes(content: &str) -> Document {
    document("routes.yaml", Format::Routes, content)
}

fn dotenv(content: &str) -> Document {
    document(".env", Format::Dotenv, content)
}

fn switch(model: &str, to: &str) -> Change {
    Change::Switch { model: model.to_owned(), to: Target::One(to.to_owned()) }
}

fn several(model: &str, to: &[&str]) -> Change {
    let to = to.iter().map(|name| (*name).to_owned()).collect();
    Change::Switch { model: model.to_owned(), to: Target::Several(to) }
}

fn weights(model: &str, shares: &[(&str, u32)]) -> Change {
    let shares = shares.iter().map(|(name, share)| ((*name).to_owned(), *share)).collect();
    Change::Weights { model: model.to_owned(), shares }
}

fn state(backend: &str, state: BackendState) -> Change {
    Change::State { backend: backend.to_owned(), state }
}

/// Backends for models that are edited; they come behind the part under test.
const BACKENDS: &str = "backends: {blue: echo://b, green: echo://g, red: echo://r}\n";

fn edited(documents: &[Document], change: &Change) -> Result<Option<Edited>, EditError> {
    edit(documents, &Vars::new(), change)
}

/// Edits one `routes.yaml` that ends in the usual backends, and returns its part before them. The
/// result must be a table.
#[track_caller]
fn models(before: &str, change: &Change) -> String {
    let documents = [routes(&format!("{before}{BACKENDS}"))];
    let edited = edited(&documents, change).unwrap_or_else(|error| panic!("{before}\n{error}")).unwrap();
    if let Err(problems) = build(&[routes(&edited.text)], &Vars::new()) {
        panic!("{}\n{problems}", edited.text);
    }
    edited.text.strip_suffix(BACKENDS).unwrap().to_owned()
}

#[track_caller]
fn refused(documents: &[Document], change: &Change) -> String {
    edited(documents, change).unwrap_err().to_string()
}
