//! The page for people who did not run it: `docs/benchmarks.md`.

use std::fs;
use std::io;
use std::path::Path;

use crate::budget;
use crate::outcome::Outcome;
use crate::pictures::pictures;
use crate::table::Table;

const BEGIN: &str = "<!-- made by `cargo bench --bench load`: from here -->";
const END: &str = "<!-- made by `cargo bench --bench load`: to here -->";

/// Writes what was measured into the page between its two marks, and the pictures beside it.
pub(crate) fn write(folder: &Path, head: &str, outcomes: &[Outcome]) -> io::Result<()> {
    let mut parts = vec![BEGIN.to_owned(), head.to_owned()];
    if let Some(budgets) = budget::table(outcomes) {
        parts.push(format!("## What this router is held to\n\n{}", budgets.markdown()));
    }
    fs::create_dir_all(folder.join("benchmarks"))?;
    for picture in pictures(outcomes) {
        fs::write(folder.join("benchmarks").join(picture.file), &picture.svg)?;
        parts.push(format!("![{}](benchmarks/{})", picture.shows, picture.file));
    }
    let section =
        |outcome: &Outcome| format!("## {}\n\n{}", outcome.heading(), Table::of(outcome).markdown());
    parts.extend(outcomes.iter().map(section));
    parts.push(END.to_owned());
    let made: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    let page = folder.join("benchmarks.md");
    let text = fs::read_to_string(&page).unwrap_or_else(|_| format!("# Benchmarks\n\n{BEGIN}{END}\n"));
    let between = text.split_once(BEGIN).zip(text.split_once(END));
    let Some(((before, _), (_, after))) = between else {
        return Err(io::Error::other(format!("{}: the two marks are not there", page.display())));
    };
    fs::write(page, before.to_owned() + &made.join("\n\n") + after)
}
