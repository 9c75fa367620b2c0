//! What is asked of each proxy, as data.

use std::time::Duration;

use crate::figure::Figure;
use crate::mock::Shape;

/// How requests follow one another.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// So many connections, each asks again at once; they begin over some time.
    Closed { connections: u32, spread: Duration },
    /// A rate, whatever becomes of earlier requests.
    Open(Rate),
    /// A rate, once with the table at rest and once with switches of it; the own router only.
    Switching(Rate),
}

/// Requests a second.
#[derive(Clone, Copy)]
pub(crate) enum Rate {
    Fixed(u32),
    /// Half of what the slowest proxy answers at most.
    Held,
}

/// One load.
#[derive(Clone, Copy)]
pub(crate) struct Scene {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) pace: Pace,
    /// Bytes of the prompt.
    pub(crate) prompt: usize,
    /// How the answer comes, if it is streamed.
    pub(crate) stream: Option<Shape>,
    /// Whether the proxy shares the CPU of mock and load.
    pub(crate) one_cpu: bool,
    /// Whether a slow proxy would take minutes for it.
    pub(crate) heavy: bool,
    pub(crate) figures: &'static [Figure],
}

const KB: usize = 1024;
const COMMON: Scene = Scene {
    name: "",
    title: "",
    pace: Pace::Closed { connections: 1, spread: Duration::ZERO },
    prompt: KB,
    stream: None,
    one_cpu: false,
    heavy: false,
    figures: &[Figure::Cpu, Figure::P50, Figure::P99, Figure::Failed],
};

/// All of them, in the order of the page.
pub(crate) const SCENES: [Scene; 10] = [
    Scene {
        name: "unary",
        title: "1 KB prompts, 32 connections, as fast as it goes",
        pace: Pace::Closed { connections: 32, spread: Duration::ZERO },
        figures: &[
            Figure::PerSecond,
            Figure::Cpu,
            Figure::P50,
            Figure::P99,
            Figure::Idle,
            Figure::Peak,
            Figure::Failed,
        ],
        ..COMMON
    },
    Scene { name: "one", title: "1 KB prompts, one connection", ..COMMON },
    Scene {
        name: "one-cpu",
        title: "1 KB prompts, one connection, everything on one CPU",
        one_cpu: true,
        ..COMMON
    },
    Scene {
        name: "burst",
        title: "bursts: 200 events at once, 8 connections",
        pace: Pace::Closed { connections: 8, spread: Duration::ZERO },
        stream: Some(Shape { events: 200, gap: Duration::ZERO }),
        figures: &[Figure::PerSecond, Figure::Cpu, Figure::First50, Figure::First99, Figure::Failed],
        ..COMMON
    },
    Scene {
        name: "large",
        title: "256 KB prompts, 8 connections",
        pace: Pace::Closed { connections: 8, spread: Duration::ZERO },
        prompt: 256 * KB,
        figures: &[Figure::PerSecond, Figure::Cpu, Figure::P50, Figure::P99, Figure::Peak, Figure::Failed],
        ..COMMON
    },
    Scene {
        name: "streams",
        title: "1,000 streams at once, 50 events of each, 20 ms apart",
        pace: Pace::Closed { connections: 1_000, spread: Duration::from_secs(1) },
        stream: Some(Shape { events: 50, gap: Duration::from_millis(20) }),
        heavy: true,
        figures: &[
            Figure::PerSecond,
            Figure::Cpu,
            Figure::First99,
            Figure::Delay99,
            Figure::Jitter99,
            Figure::Idle,
            Figure::Growth,
            Figure::Peak,
            Figure::Failed,
        ],
        ..COMMON
    },
    Scene {
        name: "lone",
        title: "a lone stream, events 5 ms apart, everything on one CPU",
        stream: Some(Shape { events: 4, gap: Duration::from_millis(5) }),
        one_cpu: true,
        figures: &[
            Figure::First50,
            Figure::First99,
            Figure::Delay50,
            Figure::Delay99,
            Figure::Jitter99,
            Figure::Failed,
        ],
        ..COMMON
    },
    Scene {
        name: "open",
        title: "a fixed rate, 1 KB prompts",
        pace: Pace::Open(Rate::Fixed(500)),
        heavy: true,
        ..COMMON
    },
    Scene {
        name: "held",
        title: "a fixed rate, half of what the slowest carries, 1 KB prompts",
        pace: Pace::Open(Rate::Held),
        heavy: true,
        ..COMMON
    },
    Scene {
        name: "switches",
        title: "20 switches of the table a second, at a fixed rate",
        pace: Pace::Switching(Rate::Fixed(500)),
        figures: &[Figure::Cpu, Figure::P50, Figure::P99, Figure::Turns, Figure::Failed],
        ..COMMON
    },
];
