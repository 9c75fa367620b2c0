//! A `.env` as names and values, for those who look at somebody else's.

use super::problem::Findings;
use super::{Document, Problems, Vars, dotenv, intake};

/// Reads every variable of a `.env`. It may be any program's: what the names mean is not looked at.
pub fn variables(document: &Document) -> Result<Vars, Problems> {
    let mut findings = Findings::default();
    let text = intake::take(document, 0, &mut findings);
    let file = text.and_then(|text| dotenv::parse(&text, &mut findings));
    findings.into_result()?;
    let entries = file.into_iter().flat_map(|file| file.entries);
    Ok(entries.map(|entry| (entry.name.value, entry.value.value)).collect())
}
