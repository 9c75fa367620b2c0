//! Documents as they are written, and what their names stand for: what an edit has to know, and
//! what it is checked by. Nothing here is compiled, so that a table with a mistake elsewhere can
//! be edited too.

use std::fmt;
use std::sync::Arc;

use crate::table::BackendState;

use super::build::{of_format, owner, routes, take_in};
use super::dotenv::{self, Dotenv};
use super::node::Tree;
use super::place::Text;
use super::problem::Findings;
use super::raw::{RawMember, RawModel, RawTable, addresses, is_url};
use super::values::{Origin, Values};
use super::{Document, Format, Place, Problems, Vars, yaml};

/// All documents of a table.
pub(crate) struct Outline<'v> {
    /// The routes documents, each by its place among the documents.
    pub(crate) trees: Vec<(usize, Tree)>,
    pub(crate) dotenv: Option<OutlinedDotenv>,
    pub(crate) models: Vec<OutlinedModel>,
    pub(crate) backends: Vec<OutlinedBackend>,
    /// Whether the `.env` is the table, there being no routes document.
    pub(crate) is_dotenv: bool,
    values: Values<'v>,
}

/// The `.env`.
pub(crate) struct OutlinedDotenv {
    /// Its place among the documents.
    pub(crate) document: usize,
    pub(crate) lines: Vec<Variable>,
    text: Arc<Text>,
}

/// One line of a `.env`. `Debug` doesn't show its value, which may be a key.
#[derive(Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) place: Place,
}

/// A model, and what it points to.
#[derive(Debug, Clone)]
pub(crate) struct OutlinedModel {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) to: Vec<OutlinedTarget>,
    /// Which document it is written in.
    pub(crate) document: usize,
    /// Where its target is written; in a `.env` all of the value or one item of it.
    pub(crate) target: Option<Place>,
}

/// One thing that a model points to. `Debug` shows what messages may show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OutlinedTarget {
    pub(crate) text: String,
    /// What messages may show of it.
    pub(crate) shown: String,
    pub(crate) weight: Option<u32>,
}

/// A backend with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutlinedBackend {
    pub(crate) name: String,
    /// How many addresses it has.
    pub(crate) addresses: usize,
    pub(crate) state: BackendState,
}

// === impl Outline ===

impl<'v> Outline<'v> {
    /// Reads documents. An error only for what can't be read at all; that a name is unknown or a
    /// value makes no sense is for [`build`](super::build) to say.
    pub(crate) fn of(documents: &[Document], vars: &'v Vars) -> Result<Self, Problems> {
        let mut findings = Findings::default();
        let mut values = Values::new(vars);
        let texts = take_in(documents, &mut values, &mut findings);
        let files: Vec<Dotenv> =
            of_format(&texts, Format::Dotenv).filter_map(|text| dotenv::parse(text, &mut findings)).collect();
        let trees = of_format(&texts, Format::Routes)
            .filter_map(|text| Some((text.order, yaml::parse_tree(text, &mut findings)?)))
            .collect();
        if findings.has_errors() {
            return Err(findings.into_problems());
        }
        let is_routes = documents.iter().any(|document| document.format == Format::Routes);
        let mut ignored = Findings::default();
        let table = if is_routes {
            for file in &files {
                values.watch(file);
            }
            routes(documents, &texts, &values, &mut ignored)
        } else {
            owner(&files, &mut ignored)
        };
        let Some(table) = table else { return Err(ignored.into_problems()) };
        let (models, backends) = if is_routes { outlined(&table) } else { (addressed(&table), Vec::new()) };
        let dotenv = files.last().map(|file| OutlinedDotenv {
            document: file.text.order,
            lines: variables(file),
            text: Arc::clone(&file.text),
        });
        Ok(Self { trees, dotenv, models, backends, is_dotenv: !is_routes, values })
    }

    /// Fills in the `${…}` of a text; `None` if one has no value.
    pub(crate) fn fill(&self, text: &str) -> Option<String> {
        self.values.fill(text).ok().map(|filled| filled.text)
    }

    /// Tells where the value of a text comes from.
    pub(crate) fn origin(&self, text: &str) -> Origin {
        self.values.origin(text)
    }
}

// === impl OutlinedTarget ===

impl OutlinedTarget {
    pub(crate) fn new(text: &str, weight: Option<u32>) -> Self {
        Self { text: text.to_owned(), shown: shown(text), weight }
    }

    /// Takes addresses as a `.env` has them, where a weight of 1 is not written.
    pub(crate) fn of_addresses(addresses: &[(String, u32)]) -> Vec<Self> {
        let weighted = addresses.iter().any(|(_, weight)| *weight != 1);
        addresses.iter().map(|(url, weight)| Self::new(url, weighted.then_some(*weight))).collect()
    }
}

// === impl OutlinedModel ===

impl OutlinedModel {
    /// Returns the name and the aliases.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }
}

impl Tree {
    /// Returns what is written in the document, line ends being `\n`.
    pub(crate) fn text(&self) -> &str {
        &self.root.place.text.content
    }
}

impl OutlinedDotenv {
    /// Returns what is written in the document, line ends being `\n`.
    pub(crate) fn text(&self) -> &str {
        &self.text.content
    }
}

impl Variable {
    /// Tells whether a comment stands right where the value ends.
    pub(crate) fn is_before_comment(&self) -> bool {
        self.place.text.content[self.place.end..].starts_with('#')
    }
}

fn outlined(table: &RawTable) -> (Vec<OutlinedModel>, Vec<OutlinedBackend>) {
    let target = |member: &RawMember| OutlinedTarget {
        text: member.target.value.text.trim().to_owned(),
        shown: shown(member.target.value.shown.trim()),
        weight: member.weight.as_ref().map(|weight| weight.value),
    };
    let models =
        table.models.iter().map(|model| outlined_model(model, model.to.iter().map(target).collect()));
    let backends = table.backends.iter().map(|backend| OutlinedBackend {
        name: backend.name.value.clone(),
        addresses: backend.url.as_ref().map_or(0, |url| addresses(&url.value.text).len()),
        state: backend.state.as_ref().map(|state| state.value).unwrap_or_default(),
    });
    (models.collect(), backends.collect())
}

/// The models of a `.env`: each has a backend of its name, which is nothing but its addresses.
fn addressed(table: &RawTable) -> Vec<OutlinedModel> {
    let urls = |model: &RawModel| {
        let own = table.backends.iter().find(|backend| backend.name.value == model.name.value);
        let url = own.and_then(|backend| backend.url.as_ref());
        url.map(|url| addresses(&url.value.text)).unwrap_or_default()
    };
    let pairs =
        |model| -> Vec<_> { urls(model).into_iter().map(|address| (address.url, address.weight)).collect() };
    table
        .models
        .iter()
        .map(|model| outlined_model(model, OutlinedTarget::of_addresses(&pairs(model))))
        .collect()
}

fn outlined_model(model: &RawModel, to: Vec<OutlinedTarget>) -> OutlinedModel {
    OutlinedModel {
        name: model.name.value.clone(),
        aliases: model.aliases.iter().map(|alias| alias.value.clone()).collect(),
        to,
        document: model.name.place.text.order,
        target: model.to.first().map(|member| member.target.place.clone()),
    }
}

/// Returns what messages may show of a name or URL: a query may hold a key.
pub(crate) fn shown(text: &str) -> String {
    match text.split_once('?') {
        Some((address, _)) if is_url(text) && !text.starts_with("echo://") => format!("{address}?…"),
        _ => text.to_owned(),
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}", self.name, self.place)
    }
}

impl fmt::Debug for OutlinedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OutlinedTarget").field(&self.shown).field(&self.weight).finish()
    }
}

fn variables(file: &Dotenv) -> Vec<Variable> {
    let variable = |entry: &dotenv::Entry| Variable {
        name: entry.name.value.clone(),
        value: entry.value.value.clone(),
        place: entry.value.place.clone(),
    };
    file.entries.iter().map(variable).collect()
}
