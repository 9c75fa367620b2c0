//! What holds for any bytes that are taken for a configuration.

use std::slice;

use super::{
    Built, Document, Format, Needs, Place, Problem, Severity, Vars, build, masked, to_yaml, variables,
};
use crate::table::diff;

/// Takes bytes for the main document.
pub(crate) fn routes_yaml(bytes: &[u8]) {
    let document = document(Format::Routes, "routes.yaml", bytes);
    let _needs = Needs::of(&document);
    holds(&document);
}

/// Takes bytes for a `.env` that owns the table.
pub(crate) fn dotenv(bytes: &[u8]) {
    let document = document(Format::Dotenv, ".env", bytes);
    if let Err(problems) = variables(&document) {
        told(problems.all());
    }
    holds(&document);
}

fn document(format: Format, name: &str, content: &[u8]) -> Document {
    Document { name: name.to_owned(), format, content: content.to_vec().into() }
}

fn built(document: &Document) -> Result<Built, super::Problems> {
    build(slice::from_ref(document), &Vars::new())
}

/// A document becomes a table that can be written down and read again, or problems that can be
/// shown.
fn holds(document: &Document) {
    match built(document) {
        Ok(first) => {
            told(&first.warnings);
            let _shown = masked(slice::from_ref(document), Some(&first.table));
            // A file that only names its center has no table to be written.
            if !first.table.routes().is_empty() {
                comes_back(&first);
            }
        }
        Err(problems) => {
            assert!(problems.all().iter().any(|problem| problem.severity == Severity::Error), "{problems}");
            told(problems.all());
            assert!(!problems.render(true).is_empty());
            let _shown = masked(slice::from_ref(document), None);
        }
    }
}

fn comes_back(first: &Built) {
    let printed = to_yaml(&first.table, &first.server);
    let second = match built(&self::document(Format::Routes, "printed", printed.as_bytes())) {
        Ok(second) => second,
        Err(problems) => panic!("what was printed is refused: {problems}\n{printed}"),
    };
    assert_eq!(diff(&first.table, &second.table), vec![], "{printed}");
    assert_eq!(first.table.digest(), second.table.digest(), "{printed}");
    assert_eq!(to_yaml(&second.table, &second.server), printed);
}

/// Every problem has a place, and every place is one.
fn told(problems: &[Problem]) {
    for problem in problems {
        assert!(!problem.message.is_empty() && !problem.render(false).is_empty());
        let place = problem.place.as_ref();
        is_inside(place.unwrap_or_else(|| panic!("nowhere: {}", problem.message)));
        problem.related.iter().for_each(|(place, _)| is_inside(place));
    }
}

fn is_inside(place: &Place) {
    let content = &place.text.content;
    assert!(place.start <= place.end, "{place:?} ends before it begins");
    assert!(content.get(place.start..place.end).is_some(), "{place:?} is no part of the text");
    assert!(place.line() <= content.matches('\n').count() + 1 && place.column() > 0);
}
