//! `patchbay check --probe`: what every backend does, point by point.

use std::{fmt, io};

use futures_util::stream::{self, StreamExt};
use serde::Serialize;

use super::count;
use crate::cli::console::Console;
use crate::cli::table::Table;
use crate::probe::{Report, Verdict, contract};
use crate::table::{Backend, RoutingTable};

/// How many backends are asked at the same time.
const AT_ONCE: usize = 8;

/// What was found on every backend of a table.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Contracts(Vec<Contract>);

#[derive(Debug, Serialize)]
struct Contract {
    backend: String,
    address: String,
    #[serde(flatten)]
    report: Report,
}

// === impl Contracts ===

impl Contracts {
    /// Asks every backend of a table.
    pub(super) fn of(table: &RoutingTable, console: Console) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        console.progress(format_args!("asking {}", count(table.backends().len(), "backend")));
        let asked = stream::iter(table.backend_indices())
            .map(|index| Contract::of(table.backend(index), table.upstream_names(index)))
            .buffered(AT_ONCE);
        let contracts = runtime.block_on(asked.collect());
        console.progress("");
        Ok(Self(contracts))
    }

    /// Tells whether requests work; strictly, whether nobody will wonder one day.
    pub(super) fn are_kept(&self, strict: bool) -> bool {
        self.count(Verdict::Fault) == 0 && (!strict || self.count(Verdict::Warning) == 0)
    }

    /// What was found, in a few words.
    pub(super) fn summary(&self) -> String {
        let [faults, warnings] = [Verdict::Fault, Verdict::Warning].map(|verdict| self.count(verdict));
        format!("{} and {} of backends", count(faults, "fault"), count(warnings, "warning"))
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.0.iter().map(|contract| contract.report.count(verdict)).sum()
    }
}

impl Contract {
    async fn of(backend: &Backend, names: Vec<&str>) -> Self {
        let report = contract(backend, &names).await;
        Self { backend: backend.name.as_str().to_owned(), address: backend.address.to_string(), report }
    }
}

impl fmt::Display for Contracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|contract| writeln!(f, "{contract}"))
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, address, report } = self;
        let server = report.server.as_deref().map(|server| format!("   server {server}")).unwrap_or_default();
        writeln!(f, "{backend}   {address}   asked for `{}`{server}", report.model)?;
        let rows = report.findings.iter().flat_map(|finding| {
            let row = |cells: [String; 3]| cells.to_vec();
            let found = [format!("  {}", finding.point), finding.verdict.to_string(), finding.found.clone()];
            let means =
                finding.means.as_ref().map(|means| [String::new(), String::new(), format!("-> {means}")]);
            std::iter::once(row(found)).chain(means.map(row))
        });
        Table(rows.collect()).fmt(f)
    }
}
