//! The router of this repository, with its defaults: access log and all.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::recipe::Place;
use crate::process::Start;

/// What `cargo build --release` makes, to be measured beside another build of it.
pub(crate) const PLAIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/patchbay");

pub(super) fn patchbay(place: &Place) -> io::Result<Start> {
    router(&place.patchbay, place)
}

pub(super) fn plain(place: &Place) -> io::Result<Start> {
    router(Path::new(PLAIN), place)
}

fn router(binary: &Path, place: &Place) -> io::Result<Start> {
    let table = table_in(&place.folder);
    table.parent().map_or(Ok(()), fs::create_dir_all)?;
    point_to(&table, place.mock)?;
    let at = place.at.to_string();
    let paths = [binary, &table, &place.folder.join("state")];
    let [binary, table, state] = paths.map(|path| path.display().to_string());
    let words = ["run", "-c", &table, "--admin", "127.0.0.1:0", "--state-dir", &state, "--listen", &at];
    let words = words.iter().map(ToString::to_string);
    Ok(Start { words: [binary].into_iter().chain(words).collect(), variables: &[] })
}

/// Returns where the router of a folder has its table: apart from its log, since each line of a log in the
/// same folder would be an event for who watches the table there, and a service's log is elsewhere.
pub(crate) fn table_in(folder: &Path) -> PathBuf {
    folder.join("table").join("routes.yaml")
}

/// Saves a table that leads to a mock, as careful editors save.
pub(crate) fn point_to(table: &Path, mock: SocketAddr) -> io::Result<()> {
    let draft = table.with_extension("draft");
    fs::write(&draft, format!("models:\n  m: http://{mock}/v1\n"))?;
    fs::rename(draft, table)
}
