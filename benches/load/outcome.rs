//! What a scene has shown.

use crate::figure::{Figure, Row};
use crate::scene::Scene;
use crate::tally::Tally;

/// The name under which the mock itself was asked.
pub(crate) const DIRECT: &str = "direct";

/// A scene with those who were in it.
pub(crate) struct Outcome {
    pub(crate) scene: Scene,
    /// Requests a second, where that was fixed.
    pub(crate) rate: Option<u32>,
    pub(crate) contenders: Vec<Contender>,
}

/// One who was asked, in each round.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    rounds: Vec<Row>,
    /// All rounds together.
    pub(crate) tally: Option<Tally>,
}

impl Contender {
    /// Begins without a round.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rounds: Vec::new(), tally: None }
    }

    /// Adds a round.
    pub(crate) fn add(&mut self, row: Row, tally: Tally) {
        self.rounds.push(row);
        match &mut self.tally {
            Some(all) => all.merge(&tally),
            none => *none = Some(tally),
        }
    }
}

impl Outcome {
    /// Returns the median of a figure; times are over those of the same round without a proxy.
    pub(crate) fn value(&self, name: &str, figure: Figure) -> Option<f64> {
        let contender = self.contender(name)?;
        let direct = self.contender(DIRECT).filter(|_| figure.is_over_direct() && name != DIRECT);
        let rounds = contender.rounds.iter().enumerate().filter_map(|(n, row)| {
            let base = match direct {
                Some(direct) => *direct.rounds.get(n)?.get(&figure)?,
                None => 0.0,
            };
            Some(row.get(&figure)? - base)
        });
        figure.settle(rounds.collect())
    }

    /// Returns how many times another's figure one's is; differences below zero are noise and have no ratio.
    pub(crate) fn ratio(&self, name: &str, figure: Figure, to: &str) -> Option<f64> {
        let (mine, theirs) = (self.value(name, figure)?, self.value(to, figure)?);
        (mine >= 0.0 && theirs > 0.0).then(|| mine / theirs)
    }

    /// Returns the heading: the title, and the rate where there is one.
    pub(crate) fn heading(&self) -> String {
        let title = self.scene.title;
        self.rate.map_or_else(|| title.to_owned(), |rate| format!("{title}: {rate}/s"))
    }

    /// Returns what stands above a figure; where nobody was asked directly, times are whole ones.
    pub(crate) fn title(&self, figure: Figure) -> &'static str {
        let title = figure.title(self.scene.stream.is_some());
        if self.contender(DIRECT).is_some() { title } else { title.trim_start_matches("added ") }
    }

    fn contender(&self, name: &str) -> Option<&Contender> {
        self.contenders.iter().find(|contender| contender.name == name)
    }
}
