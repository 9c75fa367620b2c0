//! The whole compiler as one function.

use std::sync::Arc;

use crate::table::RoutingTable;

use super::dotenv::{self, Dotenv};
use super::place::Text;
use super::problem::Findings;
use super::raw::RawTable;
use super::reader::Reader;
use super::values::Values;
use super::{
    Document, Format, Place, Problem, Problems, ServerSettings, Vars, code, compile, dbgpt, intake, yaml,
};

/// What documents become.
#[derive(Debug, Clone)]
pub struct Built {
    /// The table.
    pub table: RoutingTable,
    /// The block `server`.
    pub server: ServerSettings,
    /// What the operator should know though the documents are taken.
    pub warnings: Vec<Problem>,
    /// Variables that were used, and whose value in the watched `.env` differs from the one in the
    /// process environment: the `.env` won.
    pub shadowed: Vec<String>,
}

/// Merges, parses, checks and compiles documents; gives the table, or all problems at once.
pub fn build(documents: &[Document], vars: &Vars) -> Result<Built, Problems> {
    let mut findings = Findings::default();
    let mut values = Values::new(vars);
    let texts = take_in(documents, &mut values, &mut findings);
    let dotenvs: Vec<Dotenv> =
        of_format(&texts, Format::Dotenv).filter_map(|text| dotenv::parse(text, &mut findings)).collect();
    let raw = if documents.iter().any(|document| document.format == Format::Routes) {
        for file in &dotenvs {
            values.watch(file);
        }
        routes(documents, &texts, &values, &mut findings)
    } else {
        owner(&dotenvs, &mut findings)
    };
    let raw = raw.map(|mut raw| {
        for text in of_format(&texts, Format::Local) {
            if let Some(root) = yaml::parse(text, &mut findings) {
                Reader { findings: &mut findings, values: &values }.local(&root, &mut raw);
            }
        }
        raw
    });
    let compiled = raw.map(|raw| {
        let table = compile::compile(&raw, &mut findings);
        (table, raw.server.settings)
    });
    let Some((table, server)) = compiled else { return Err(findings.into_problems()) };
    let warnings = findings.into_result()?;
    Ok(Built { table, server, warnings, shadowed: values.into_shadowed() })
}

/// Looks at every document's bytes; secrets become values.
pub(super) fn take_in(
    documents: &[Document],
    values: &mut Values<'_>,
    findings: &mut Findings,
) -> Vec<Arc<Text>> {
    let mut texts = Vec::new();
    for (order, document) in documents.iter().enumerate() {
        match document.format {
            Format::Secret => {
                let content = std::str::from_utf8(&document.content).ok().map(str::to_owned);
                values.files.insert(document.name.clone(), content);
            }
            Format::Routes | Format::Dotenv | Format::Local => {
                texts.extend(intake::take(document, order, findings));
            }
        }
    }
    texts
}

pub(super) fn of_format(texts: &[Arc<Text>], format: Format) -> impl Iterator<Item = &Arc<Text>> {
    texts.iter().filter(move |text| text.format == format)
}

/// Reads `routes.yaml` and its includes. `None` if one of them can't be parsed: names that only it
/// defines would all look unknown.
pub(super) fn routes(
    documents: &[Document],
    texts: &[Arc<Text>],
    values: &Values<'_>,
    findings: &mut Findings,
) -> Option<RawTable> {
    let mut table: Option<RawTable> = None;
    let mut unread = documents.iter().filter(|document| document.format == Format::Routes).count();
    for text in of_format(texts, Format::Routes) {
        let Some(root) = yaml::parse(text, findings) else { continue };
        unread -= 1;
        let mut reader = Reader { findings, values };
        match &mut table {
            None => table = Some(reader.table(&root)),
            Some(table) => reader.included(&root, table),
        }
    }
    let table = table.filter(|_| unread == 0)?;
    // A file that only names the center which owns the table needs no models of its own.
    let is_elsewhere = table.server.settings.source.is_some();
    if table.models.is_empty() && !is_elsewhere && !findings.has_errors() {
        let main = of_format(texts, Format::Routes).next()?;
        findings
            .error(code::NO_MODELS, &Place::top(main).first_line(), format!("no models in `{}`", main.name))
            .help("add one: `models: {NAME: URL}`");
    }
    Some(table)
}

/// Reads the `.env` as the table's owner.
pub(super) fn owner(dotenvs: &[Dotenv], findings: &mut Findings) -> Option<RawTable> {
    match dotenvs {
        [] if findings.has_errors() => None,
        [] => {
            findings
                .error_without_place(code::NO_MODELS, "no models: there is neither a routes.yaml nor a .env")
                .help("write a routes.yaml: `models: {NAME: URL}`");
            None
        }
        [file, ..] => Some(dbgpt::read(file, findings)),
    }
}
