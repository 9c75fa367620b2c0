//! What the scenes have shown, as pictures.

use crate::bars::{Bars, Group};
use crate::figure::Figure;
use crate::lines::{Line, Plot};
use crate::outcome::{DIRECT, Outcome};
use crate::table::MEASURES;

/// A file with its picture and what it shows.
pub(crate) struct Picture {
    pub(crate) file: &'static str,
    pub(crate) shows: &'static str,
    pub(crate) svg: String,
}

/// Draws all for which there are figures.
pub(crate) fn pictures(outcomes: &[Outcome]) -> Vec<Picture> {
    let cpu =
        [("unary", Figure::Cpu), ("burst", Figure::Cpu), ("large", Figure::Cpu), ("streams", Figure::Cpu)];
    let added = [("one-cpu", Figure::P50), ("one-cpu", Figure::P99), ("lone", Figure::First50)];
    let memory = [("unary", Figure::Idle), ("streams", Figure::Peak)];
    let shows = ["CPU time of the proxy", "added latency", "memory"];
    let drawn = [
        bars("cpu.svg", shows[0], "CPU time of the proxy, as a multiple of nginx's", outcomes, &cpu, true),
        bars("added.svg", shows[1], "added latency, as a multiple of nginx's", outcomes, &added, true),
        bars("memory.svg", shows[2], "resident memory in MB", outcomes, &memory, false),
        percentiles("open.svg", "latency at a fixed rate", outcomes, "open"),
        percentiles("switches.svg", "latency while the table is switched", outcomes, "switches"),
    ];
    drawn.into_iter().flatten().collect()
}

fn bars(
    file: &'static str,
    shows: &'static str,
    title: &str,
    outcomes: &[Outcome],
    what: &[(&str, Figure)],
    as_ratio: bool,
) -> Option<Picture> {
    let groups = what.iter().filter_map(|(scene, figure)| {
        let outcome = outcomes.iter().find(|outcome| outcome.scene.name == *scene)?;
        let value = |name| {
            if as_ratio { outcome.ratio(name, *figure, MEASURES[0]) } else { outcome.value(name, *figure) }
        };
        let names = outcome.contenders.iter().map(|contender| contender.name);
        let bars: Vec<_> =
            names.filter(|name| *name != DIRECT).filter_map(|name| Some((name, value(name)?))).collect();
        // A multiple has no unit.
        let figure = outcome.title(*figure).replace(if as_ratio { " µs" } else { "" }, "");
        let title = format!("{}: {figure}", outcome.heading());
        (!bars.is_empty()).then_some(Group { title, bars })
    });
    let groups: Vec<Group> = groups.collect();
    let (line, most) = if as_ratio { (Some(1.0), 8.0) } else { (None, f64::INFINITY) };
    let bars = Bars { title: title.to_owned(), groups, whose: "patchbay", line, most };
    (!bars.groups.is_empty()).then(|| Picture { file, shows, svg: bars.svg() })
}

/// Draws how slow the slowest are: all requests, a tenth of them, a hundredth, a thousandth.
fn percentiles(
    file: &'static str,
    shows: &'static str,
    outcomes: &[Outcome],
    scene: &str,
) -> Option<Picture> {
    let outcome = outcomes.iter().find(|outcome| outcome.scene.name == scene)?;
    let lines = outcome.contenders.iter().filter_map(|contender| {
        let latency = &contender.tally.as_ref()?.latency;
        let point = |step: u32| {
            let nines = f64::from(step) / 10.0;
            Some((nines, latency.below(1.0 - 10_f64.powf(-nines))? / 1e3))
        };
        Some(Line { name: contender.name, points: (0..=30).map(point).collect::<Option<_>>()? })
    });
    let lines: Vec<Line> = lines.collect();
    // The slowest routers would press the others flat.
    let tail = |line: &Line| line.points.last().map_or(0.0, |(_, y)| *y);
    let of = |name: &str| lines.iter().find(|line| line.name == name).map(tail);
    let all = lines.iter().map(tail).fold(f64::MIN_POSITIVE, f64::max);
    let most = MEASURES.iter().filter_map(|name| of(name)).fold(0.0, f64::max) * 1.5;
    let plot = Plot {
        title: outcome.heading(),
        x: "share of requests that are faster",
        y: "milliseconds",
        most: if most > 0.0 { most.min(all) } else { all },
        steps: 3,
        label: |nines| format!("{} %", 100.0 * (1.0 - 10_f64.powf(-nines))),
        lines,
    };
    Some(Picture { file, shows, svg: plot.svg() })
}
