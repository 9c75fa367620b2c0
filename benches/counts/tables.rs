//! Tables of any size: ten models to a backend, two backends to a model, an alias to every tenth. Names
//! are short, so that 100,000 models are a document of less than 4 MiB, which is the most.

use std::fmt::Write;
use std::time::SystemTime;

use patchbay::config::{Document, Format, Vars, build};
use patchbay::live::Snapshot;
use patchbay::table::RoutingTable;

/// Returns what a model is called.
pub(crate) fn model(number: usize) -> String {
    format!("t{:02}/m-{number:06}", number % 97)
}

/// Writes a routes.yaml.
pub(crate) fn document(models: usize) -> Document {
    let backends = (models / 10).max(2);
    let mut text = String::from("backends:\n");
    let mut line = |line: std::fmt::Arguments<'_>| text.write_fmt(line).expect("a string takes all");
    for number in 0..backends {
        line(format_args!("  g{number}: http://10.{}.{}.1:80\n", number / 250, number % 250));
    }
    line(format_args!("models:\n"));
    for number in 0..models {
        let (first, second) = (number % backends, (number + 1) % backends);
        let name = model(number);
        match number % 10 {
            0 => line(format_args!("  {name}: {{to: [g{first}, g{second}], alias: a{number}}}\n")),
            _ => line(format_args!("  {name}: [g{first}, g{second}]\n")),
        }
    }
    Document { name: "routes.yaml".to_owned(), format: Format::Routes, content: text.into() }
}

/// Builds a table of so many models.
pub(crate) fn built(document: &Document) -> RoutingTable {
    match build(std::slice::from_ref(document), &Vars::new()) {
        Ok(built) => built.table,
        Err(problems) => panic!("a table of ours has problems: {problems:?}"),
    }
}

/// Builds the first generation with so many models.
pub(crate) fn snapshot(models: usize) -> Snapshot {
    Snapshot::first(built(&document(models)), "routes.yaml".to_owned(), SystemTime::UNIX_EPOCH)
}
