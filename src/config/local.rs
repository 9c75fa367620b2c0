//! What a machine's own files say before the table is known.

use super::build::take_in;
use super::place::Text;
use super::problem::Findings;
use super::raw::RawTable;
use super::reader::Reader;
use super::values::Values;
use super::{Document, Format, Problems, ServerSettings, Vars, address, code, dotenv, yaml};

/// Reads the block `server` alone, in which a config center may be named: the models may then
/// well be missing.
pub fn settings(documents: &[Document], vars: &Vars) -> Result<ServerSettings, Problems> {
    let mut findings = Findings::default();
    let mut values = Values::new(vars);
    let texts = take_in(documents, &mut values, &mut findings);
    watch_all(&texts, &mut values, &mut findings);
    let mut table = RawTable::default();
    let main = texts.iter().find(|text| matches!(text.format, Format::Routes | Format::Local));
    if let Some(root) = main.and_then(|main| yaml::parse(main, &mut findings)) {
        Reader { findings: &mut findings, values: &values }.local(&root, &mut table);
    }
    findings.into_result()?;
    Ok(table.server.settings)
}

/// Fills in the `${…}` of a center's address from the command line, with the values that files would
/// get.
pub fn fill_address(text: &str, documents: &[Document], vars: &Vars) -> Result<String, Problems> {
    let mut findings = Findings::default();
    let mut values = Values::new(vars);
    let texts = take_in(documents, &mut values, &mut findings);
    watch_all(&texts, &mut values, &mut findings);
    match address::fill_address(&values, text) {
        Ok(filled) => Ok(filled.text),
        Err(missing) => {
            findings.error_without_place(code::NO_VALUE, missing.to_string());
            Err(findings.into_problems())
        }
    }
}

fn watch_all(texts: &[std::sync::Arc<Text>], values: &mut Values<'_>, findings: &mut Findings) {
    for text in texts.iter().filter(|text| text.format == Format::Dotenv) {
        if let Some(file) = dotenv::parse(text, findings) {
            values.watch(&file);
        }
    }
}
