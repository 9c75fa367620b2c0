//! What the router promises itself, and whether it keeps it.

use crate::figure::Figure;
use crate::outcome::Outcome;
use crate::switches::{AT_REST, SWITCHING};
use crate::table::Table;

/// What a figure is held against.
#[derive(Clone, Copy)]
enum Against {
    /// Another row of the same scene: the bounds are ratios.
    Row(&'static str),
    /// Nothing: the bounds are in the figure's own unit.
    Itself(&'static str),
}

struct Budget {
    what: &'static str,
    scene: &'static str,
    row: &'static str,
    figure: Figure,
    against: Against,
    /// What must be reached.
    bar: Option<f64>,
    /// What would be as good as it gets.
    moonshot: Option<f64>,
}

const fn line(
    what: &'static str,
    scene: &'static str,
    figure: Figure,
    against: Against,
    bar: Option<f64>,
    moonshot: Option<f64>,
) -> Budget {
    Budget { what, scene, row: "patchbay", figure, against, bar, moonshot }
}

const fn switching(what: &'static str, figure: Figure, against: Against, bar: f64) -> Budget {
    Budget { what, scene: "switches", row: SWITCHING, figure, against, bar: Some(bar), moonshot: Some(bar) }
}

const NGINX: Against = Against::Row("nginx");
const HAPROXY: Against = Against::Row("haproxy");

const BUDGETS: [Budget; 17] = [
    line("1 KB: CPU an answer", "unary", Figure::Cpu, HAPROXY, Some(1.25), None),
    line("1 KB: CPU an answer", "unary", Figure::Cpu, NGINX, None, Some(1.0)),
    line("1 KB: CPU an answer", "unary", Figure::Cpu, Against::Row("haproxy-model"), Some(0.75), None),
    line("1 KB: CPU an answer", "unary", Figure::Cpu, Against::Row("vllm-router"), Some(0.3), None),
    line("one connection, one CPU: added p50", "one-cpu", Figure::P50, NGINX, Some(1.5), Some(1.0)),
    line("one connection, one CPU: added p99", "one-cpu", Figure::P99, NGINX, Some(1.5), Some(1.0)),
    line("256 KB: CPU an answer", "large", Figure::Cpu, HAPROXY, Some(1.0), None),
    line("256 KB: CPU an answer", "large", Figure::Cpu, NGINX, Some(1.6), Some(1.0)),
    line("burst: CPU an event", "burst", Figure::Cpu, NGINX, Some(1.2), Some(1.0)),
    line("1,000 streams: CPU an event", "streams", Figure::Cpu, NGINX, Some(1.2), None),
    line("1,000 streams: growth", "streams", Figure::Growth, Against::Itself("MB"), Some(35.0), Some(20.0)),
    line("1,000 streams: failed", "streams", Figure::Failed, Against::Itself(""), Some(0.0), Some(0.0)),
    line(
        "lone stream: added first event p99",
        "lone",
        Figure::First99,
        Against::Itself("µs"),
        Some(2_000.0),
        Some(500.0),
    ),
    line("idle memory", "unary", Figure::Idle, Against::Itself("MB"), Some(15.0), Some(7.5)),
    line("at a fixed rate: failed", "open", Figure::Failed, Against::Itself(""), Some(0.0), Some(0.0)),
    switching("20 switches a second: p99", Figure::P99, Against::Row(AT_REST), 1.1),
    switching("20 switches a second: failed", Figure::Failed, Against::Itself(""), 0.0),
];

/// Returns all budgets of which something was measured, as a table.
pub(crate) fn table(outcomes: &[Outcome]) -> Option<Table> {
    let heads = ["", "measured", "bar", "moonshot"].map(ToOwned::to_owned);
    let rows = BUDGETS.iter().filter_map(|budget| budget.row(outcomes));
    let rows: Vec<_> = [heads.into()].into_iter().chain(rows).collect();
    (rows.len() > 1).then(|| Table::new(rows))
}

impl Budget {
    fn row(&self, outcomes: &[Outcome]) -> Option<Vec<String>> {
        let outcome = outcomes.iter().find(|outcome| outcome.scene.name == self.scene)?;
        let (measured, unit) = match self.against {
            Against::Row(to) => (outcome.ratio(self.row, self.figure, to)?, format!(" x {to}")),
            Against::Itself("") => (outcome.value(self.row, self.figure)?, String::new()),
            Against::Itself(unit) => (outcome.value(self.row, self.figure)?, format!(" {unit}")),
        };
        let verdict = |bound: Option<f64>| {
            let Some(bound) = bound else { return String::new() };
            format!("{}: {}", short(bound, &unit), if measured <= bound { "met" } else { "NOT met" })
        };
        Some(vec![self.what.to_owned(), short(measured, &unit), verdict(self.bar), verdict(self.moonshot)])
    }
}

fn short(value: f64, unit: &str) -> String {
    let decimals = if unit.contains('x') { 2 } else { usize::from(unit == " MB") };
    format!("{value:.decimals$}{unit}")
}
