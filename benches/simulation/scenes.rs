//! What is simulated, and what must come out.

use super::replica::{COLD, Kind, Replica, seconds};
use super::world::{Outcome, Policy, Traffic, run};

/// One setting, in which policies are held against round robin.
pub(crate) struct Scene {
    /// The name of its pictures.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What the reader is to know of it.
    pub(crate) text: &'static str,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) policies: Vec<Policy>,
    /// Turns, tokens of the first prompt, tokens of an answer.
    pub(crate) traffic: (u32, f64, f64),
    /// The span of time whose requests count, in seconds.
    pub(crate) counted: std::ops::Range<f64>,
    pub(crate) loads: Vec<f64>,
    /// Where the upper end of the picture of the tail is, in seconds.
    pub(crate) most: f64,
    /// Whether caches matter.
    pub(crate) caches: bool,
    /// Who must be better than round robin at this load.
    pub(crate) claim: (&'static [&'static str], f64),
}

/// Everybody in turn: what the others are held against.
pub(crate) const ROUND_ROBIN: Policy =
    Policy { name: "round robin", strategy: "weighted", by_speed: false, slow_start: false };
const WEIGHTED: Policy = Policy { name: "weighted", by_speed: true, ..ROUND_ROBIN };
const LEAST_BUSY: Policy = Policy { name: "least_busy", strategy: "least_busy", ..ROUND_ROBIN };
const FASTEST: Policy = Policy { name: "fastest", strategy: "fastest", ..ROUND_ROBIN };
const STICKY: Policy = Policy { name: "sticky", strategy: "sticky", ..ROUND_ROBIN };
const SLOW_START: Policy = Policy { name: "with slow_start", slow_start: true, ..ROUND_ROBIN };

/// All of them.
pub(crate) fn scenes() -> Vec<Scene> {
    let always = 200.0..f64::INFINITY;
    let ordinary = Kind::of_speed(1.0);
    vec![
        Scene {
            name: "speeds",
            title: "Replicas of different speed",
            text: "Four replicas, two ordinary ones, one twice and one four times as fast. `weighted` has been \
                   told so (4, 4, 8, 16); the others have not.",
            kinds: [1.0, 1.0, 2.0, 4.0].map(Kind::of_speed).to_vec(),
            policies: vec![ROUND_ROBIN, WEIGHTED, LEAST_BUSY, FASTEST],
            traffic: (1, 1000.0, 200.0),
            counted: always.clone(),
            loads: loads(10, 95),
            most: 20.0,
            caches: false,
            claim: (&["weighted", "least_busy", "fastest"], 0.4),
        },
        Scene {
            name: "slow-replica",
            title: "One slow replica",
            text: "Four replicas, one of which has become half as fast as the others, and nobody has noticed.",
            kinds: vec![ordinary, ordinary, ordinary, Kind::of_speed(0.5)],
            policies: vec![ROUND_ROBIN, LEAST_BUSY, FASTEST],
            traffic: (1, 1000.0, 200.0),
            counted: always.clone(),
            loads: loads(10, 95),
            most: 20.0,
            caches: false,
            claim: (&["least_busy", "fastest"], 0.5),
        },
        Scene {
            name: "prefixes",
            title: "Shared prefixes",
            text: "Four like replicas and conversations of twelve turns, each of which sends all earlier ones \
                   again. A replica that has the beginning in its cache reads only what is new. The load is \
                   what it would be if nothing were cached.",
            kinds: vec![ordinary; 4],
            policies: vec![ROUND_ROBIN, LEAST_BUSY, FASTEST, STICKY],
            traffic: (12, 2000.0, 150.0),
            counted: always.clone(),
            loads: loads(10, 120),
            most: 20.0,
            caches: true,
            claim: (&["sticky"], 0.9),
        },
        Scene {
            name: "cold-replica",
            title: "A cold replica joins",
            text: "Three replicas and a fourth one that joins after a minute and is slow for half a minute: \
                   kernels are compiled, caches filled. What counts are the requests of that half minute.",
            kinds: vec![ordinary, ordinary, ordinary, Kind { joins: Some(60.0), ..ordinary }],
            policies: vec![ROUND_ROBIN, SLOW_START],
            traffic: (1, 1000.0, 200.0),
            counted: 60.0..60.0 + COLD,
            loads: loads(10, 70),
            most: 20.0,
            caches: false,
            claim: (&["with slow_start"], 0.5),
        },
    ]
}

fn loads(from: u32, to: u32) -> Vec<f64> {
    (from..=to).step_by(5).map(|percent| f64::from(percent) / 100.0).collect()
}

// === impl Scene ===

impl Scene {
    /// Runs a policy at a load.
    pub(crate) fn outcome(&self, policy: Policy, load: f64) -> Outcome {
        let (turns, prompt, answer) = self.traffic;
        // What all turns of a conversation take together, where nothing is cached.
        let whole: f64 =
            (0..turns).map(|turn| seconds(prompt + f64::from(turn) * (answer + 150.0), answer)).sum();
        let slots = u32::try_from(Replica::SLOTS).expect("few");
        let capacity = self.kinds.iter().map(|kind| kind.speed).sum::<f64>() * f64::from(slots);
        let traffic = Traffic { rate: load * capacity / whole, turns, prompt, answer };
        run(&self.kinds, policy, traffic, &self.counted)
    }
}
