//! What was found, and what to do about it.

use std::fmt;

use serde::Serialize;

use crate::cli::check::count;
use crate::cli::table::Table;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// It works, or may do so.
    Warning,
    /// It doesn't work.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    about: &'static str,
    level: Level,
    found: String,
    fix: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Diagnosis {
    schema: u32,
    ok: bool,
    findings: Vec<Finding>,
}

// === impl Finding ===

impl Finding {
    pub(super) fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, level: Level::Ok, found: found.into(), fix: None }
    }

    pub(super) fn warning(about: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { about, level: Level::Warning, found: found.into(), fix: Some(fix.into()) }
    }

    pub(super) fn wrong(about: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { about, level: Level::Wrong, found: found.into(), fix: Some(fix.into()) }
    }
}

// === impl Diagnosis ===

impl Diagnosis {
    pub(super) fn of(findings: Vec<Finding>) -> Self {
        let ok = findings.iter().all(|finding| finding.level != Level::Wrong);
        Self { schema: 1, ok, findings }
    }

    pub(super) fn is_well(&self) -> bool {
        self.ok
    }

    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.findings.iter().flat_map(|finding| {
            let found = vec![finding.level.to_string(), finding.about.to_owned(), finding.found.clone()];
            let fix = finding.fix.as_ref().map(|fix| vec![String::new(), String::new(), format!("-> {fix}")]);
            std::iter::once(found).chain(fix)
        });
        Table(rows.collect()).fmt(f)?;
        let [wrong, warnings] = [Level::Wrong, Level::Warning].map(|level| self.count(level));
        write!(f, "{} wrong, {}", count(wrong, "thing"), count(warnings, "warning"))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Wrong => "WRONG",
        })
    }
}
