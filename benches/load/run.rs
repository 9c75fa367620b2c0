//! A scene with all proxies, in rounds that take turns.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::ask::Ask;
use crate::closed::Closed;
use crate::figure::{Figure, Row};
use crate::machine::{Begun, Quiet};
use crate::mock::Mock;
use crate::open::Open;
use crate::options::Options;
use crate::outcome::{Contender, DIRECT, Outcome};
use crate::peers::{self, Peer, Place, Recipe};
use crate::scene::{Pace, Rate, Scene};
use crate::switches;
use crate::tally::Tally;
use crate::{LOAD_CPU, PROXY_CPU};

/// What all scenes have in common.
pub(crate) struct Bench {
    pub(crate) options: Options,
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) folder: std::path::PathBuf,
    /// Whom all proxies forward to, and whom a switch leads to.
    pub(crate) mocks: [Mock; 2],
    pub(crate) quiet: Quiet,
    /// What the slowest proxy answered at most in a second.
    pub(crate) slowest: Option<f64>,
}

impl Bench {
    /// Tells whether a peer takes part.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.recipes.iter().any(|recipe| recipe.name == name)
    }

    /// Runs a scene. Its proxies are started for it, so that no earlier one is in their memory.
    pub(crate) async fn scene(&mut self, scene: Scene) -> io::Result<Outcome> {
        let switching = matches!(scene.pace, Pace::Switching(_));
        let fits = |recipe: &&Recipe| {
            !(scene.heavy && recipe.slow) && (!switching || recipe.name == switches::WHOSE)
        };
        let recipes: Vec<Recipe> = self.recipes.iter().filter(fits).copied().collect();
        let (mock, folder) = (self.mocks[0].address, self.folder.join(scene.name));
        let patchbay = self.options.patchbay.clone();
        let place = move |at| Place { mock, at, folder: folder.clone(), patchbay: patchbay.clone() };
        let cpu = if scene.one_cpu { LOAD_CPU } else { PROXY_CPU };
        let peers = tokio::task::spawn_blocking(move || peers::start(&recipes, cpu, place)).await?;
        self.mocks[0].stream(scene.stream.unwrap_or_default());
        let mut outcome = Outcome { scene, rate: self.rate(&scene), contenders: Vec::new() };
        if switching {
            outcome.contenders = switches::run(self, &outcome, &peers).await?;
        } else {
            outcome.contenders = self.rounds(&outcome, &peers).await;
        }
        let slowest = |peer: &Peer| outcome.value(peer.name, Figure::PerSecond);
        if scene.name == "unary" {
            self.slowest = peers.iter().filter(|peer| !peer.slow).filter_map(slowest).reduce(f64::min);
        }
        Ok(outcome)
    }

    async fn rounds(&mut self, outcome: &Outcome, peers: &[Peer]) -> Vec<Contender> {
        let direct = (DIRECT, None, self.mocks[0].address);
        let all: Vec<_> = [direct]
            .into_iter()
            .chain(peers.iter().map(|peer| (peer.name, Some(peer), peer.address)))
            .collect();
        let mut contenders: Vec<Contender> = all.iter().map(|(name, ..)| Contender::new(name)).collect();
        for round in 0..self.options.rounds {
            for ((_, peer, at), contender) in all.iter().zip(&mut contenders) {
                if round == 0 && !outcome.scene.heavy {
                    self.fire(outcome, *at, Duration::from_millis(200)).await;
                }
                let (row, tally) = self.measure(outcome, *peer, *at).await;
                contender.add(row, tally);
            }
        }
        contenders
    }

    /// Measures one round of one proxy.
    pub(crate) async fn measure(
        &mut self,
        outcome: &Outcome,
        peer: Option<&Peer>,
        at: SocketAddr,
    ) -> (Row, Tally) {
        let before = peer.map(|peer| peer.group.cpu()).unwrap_or_default();
        let begun = Begun::now();
        let tally = self.fire(outcome, at, self.options.length()).await;
        let used = peer.map(|peer| peer.group.cpu()).unwrap_or_default().saturating_sub(before);
        self.quiet.end(&begun, used);
        let row = row(&tally, outcome.scene.stream.is_some(), peer, used);
        (row, tally)
    }

    async fn fire(&self, outcome: &Outcome, at: SocketAddr, length: Duration) -> Tally {
        let scene = outcome.scene;
        let ask = Arc::new(Ask::new(scene.prompt, scene.stream.map_or(0, |shape| shape.events)));
        match (scene.pace, outcome.rate) {
            (Pace::Closed { connections, spread }, _) => {
                Closed { connections, spread, length }.fire(at, &ask).await
            }
            (_, rate) => Open { rate: rate.unwrap_or(1), length }.fire(at, &ask).await,
        }
    }

    fn rate(&self, scene: &Scene) -> Option<u32> {
        let (Pace::Open(rate) | Pace::Switching(rate)) = scene.pace else { return None };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hundreds a second")]
        let held = || self.slowest.map_or(1_000, |most| (most / 200.0).max(1.0) as u32 * 100);
        Some(self.options.rate.unwrap_or_else(|| match rate {
            Rate::Fixed(rate) => rate,
            Rate::Held => held(),
        }))
    }
}

fn row(tally: &Tally, streamed: bool, peer: Option<&Peer>, used: Duration) -> Row {
    let (answers, events) = tally.per_second();
    let units = if streamed { tally.events } else { tally.answers };
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let (units, failed) = (units.max(1) as f64, tally.failed as f64);
    let mut row =
        Row::from([(Figure::PerSecond, if streamed { events } else { answers }), (Figure::Failed, failed)]);
    let times = [
        (Figure::P50, &tally.latency, 0.5),
        (Figure::P99, &tally.latency, 0.99),
        (Figure::First50, &tally.first, 0.5),
        (Figure::First99, &tally.first, 0.99),
        (Figure::Delay50, &tally.delay, 0.5),
        (Figure::Delay99, &tally.delay, 0.99),
        (Figure::Jitter99, &tally.jitter, 0.99),
    ];
    row.extend(times.into_iter().filter_map(|(figure, times, share)| Some((figure, times.below(share)?))));
    if let Some(peer) = peer {
        let peak = peer.group.peak();
        row.insert(Figure::Cpu, used.as_secs_f64() * 1e6 / units);
        row.insert(Figure::Idle, peer.idle);
        row.insert(Figure::Peak, peak);
        row.insert(Figure::Growth, (peak - peer.idle).max(0.0));
    }
    row
}
