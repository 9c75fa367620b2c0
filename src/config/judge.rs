//! What becomes of documents, before anything is changed. A reload asks it of what has come, a
//! command of what it is about to write: nothing is written that would be refused afterwards.

use crate::table::{Change, RoutingTable, diff};

use super::{Built, Document, Vars, build};

/// The verdict on a set of documents.
#[derive(Debug)]
pub enum Verdict {
    /// They route as the present table does.
    Unchanged(Built),
    /// They make another table.
    Good(Built, Vec<Change>),
    /// They are refused; the report says why.
    Refused(String),
}

/// What no change may do on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// It may not remove most models.
    pub models: bool,
    /// It may not do without keys: strangers reach the data port.
    pub keys: bool,
}

/// A port may have been moved by the command line, where the compiler doesn't see it.
const OPEN: &str = "error[E118]: without `keys` everyone who reaches the data port could use the backends\n  \
    = help: the port is off loopback; leave at least one key in `keys`\n";

/// A file that names a center may do without models, but only for a start that asks the center.
const EMPTY: &str = "error: no models; a table is never emptied by a change\n  \
    = help: add one: `models: {NAME: URL}`\n";

/// Judges documents against the present table. Pure, but slow for a large table.
#[must_use]
pub fn judge(documents: &[Document], vars: &Vars, present: &RoutingTable, guards: Guards) -> Verdict {
    let built = match build(documents, vars) {
        Ok(built) => built,
        Err(problems) => return Verdict::Refused(problems.render(false)),
    };
    if built.table.routes().is_empty() {
        return Verdict::Refused(EMPTY.to_owned());
    }
    if guards.keys && built.table.callers().is_open() {
        return Verdict::Refused(OPEN.to_owned());
    }
    if built.table.digest() == present.digest() {
        return Verdict::Unchanged(built);
    }
    let changes = diff(present, &built.table);
    if guards.models && removes_most(&changes, present) {
        return Verdict::Refused(guarded(&changes, present));
    }
    Verdict::Good(built, changes)
}

/// Returns whether more than half of the models go, and more than one.
#[must_use]
pub fn removes_most(changes: &[Change], present: &RoutingTable) -> bool {
    let removed = removed(changes);
    removed > 1 && removed * 2 > present.routes().len()
}

/// Counts the models that go.
#[must_use]
pub fn removed(changes: &[Change]) -> usize {
    changes.iter().filter(|change| matches!(change, Change::Removed { .. })).count()
}

fn guarded(changes: &[Change], present: &RoutingTable) -> String {
    let (removed, of) = (removed(changes), present.routes().len());
    format!(
        "error: this would remove {removed} of {of} models, and `server.guard` is on\n  \
         = help: remove them in several saves, or turn `server.guard` off and restart\n"
    )
}
