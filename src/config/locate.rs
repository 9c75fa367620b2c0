//! Where a value stands, for those who find something wrong with it after the table was made.

use super::problem::Findings;
use super::{Document, Format, Place, intake, yaml};

/// Finds where the value stands that keys lead to, such as `server`, `tls`, `cert`, in the first
/// document that has it. The same documents have been read before, so nothing is told of them.
#[must_use]
pub fn locate(documents: &[Document], keys: &[&str]) -> Option<Place> {
    let mut told = Findings::default();
    let tables = documents.iter().enumerate();
    let mut tables = tables.filter(|(_, document)| matches!(document.format, Format::Routes | Format::Local));
    tables.find_map(|(order, document)| {
        let root = yaml::parse(&intake::take(document, order, &mut told)?, &mut told)?;
        let value = keys.iter().try_fold(&root, |node, key| node.get(key))?;
        Some(value.place.first_line())
    })
}
