//! Requests come, are given to replicas by the router's own pick, and end: events in the order of a
//! clock that nobody waits for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::time::{Duration, Instant};

use patchbay::config::{Document, Format, Vars, build};
use patchbay::load::{Exchange, Tally, warmth};
use patchbay::table::{
    BackendIndex, Condition, Loads, RoutingTable, Standing, StickyKey, Ticket, candidates,
};

use super::chance::Chance;
use super::replica::{COLD, Job, Kind, Replica};

/// How requests come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traffic {
    /// Conversations that begin in a second.
    pub(crate) rate: f64,
    /// Requests of each conversation.
    pub(crate) turns: u32,
    /// Tokens of the first prompt, on average.
    pub(crate) prompt: f64,
    /// Tokens of an answer, on average.
    pub(crate) answer: f64,
}

/// Who picks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// What the report calls it.
    pub(crate) name: &'static str,
    /// The `strategy` of the model.
    pub(crate) strategy: &'static str,
    /// Whether weights follow the speed of the replicas.
    pub(crate) by_speed: bool,
    /// Whether a replica that joins starts slowly.
    pub(crate) slow_start: bool,
}

/// What became of the requests.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Seconds to the first token, sorted.
    waits: Vec<f64>,
    prompts: f64,
    cached: f64,
}

/// How many requests are made where no span of time ends them.
const REQUESTS: usize = 12_000;
/// How often a short span is run, with other chances each time.
const RUNS: u64 = 60;
/// Tokens that a user adds in a turn, and seconds that it takes, on average.
const ADDED: f64 = 150.0;
const THINKING: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Ends(usize),
    Begins(usize),
    Comes(usize),
}

struct World<'w> {
    table: &'w RoutingTable,
    policy: Policy,
    traffic: Traffic,
    chance: Chance,
    epoch: Instant,
    replicas: Vec<Replica>,
    tallies: Vec<Tally>,
    jobs: Vec<(Job, Option<(usize, Exchange)>)>,
    /// In microseconds; the number of the event settles ties.
    events: BinaryHeap<Reverse<(u64, usize, Event)>>,
    n_events: usize,
    tickets: u64,
    outcome: &'w mut Outcome,
    counted: &'w Range<f64>,
}

/// How the replicas are, as a router would know.
#[derive(Debug)]
struct Present<'p> {
    tallies: &'p [Tally],
    replicas: &'p [Replica],
    slow_start: bool,
    at: f64,
    now: Instant,
}

/// Runs one policy under one traffic. `counted` is the span of time whose requests count.
pub(crate) fn run(kinds: &[Kind], policy: Policy, traffic: Traffic, counted: &Range<f64>) -> Outcome {
    let table = table(kinds, policy);
    let mut outcome = Outcome::default();
    for seed in 0..if counted.end.is_finite() { RUNS } else { 1 } {
        let mut world = World {
            table: &table,
            policy,
            traffic,
            chance: Chance::new(seed),
            epoch: Instant::now(),
            replicas: kinds.iter().map(|kind| Replica::new(*kind)).collect(),
            tallies: kinds.iter().map(|_| Tally::default()).collect(),
            jobs: Vec::new(),
            events: BinaryHeap::new(),
            n_events: 0,
            tickets: 0,
            outcome: &mut outcome,
            counted,
        };
        world.begin_conversation(0.0);
        while let Some(Reverse((at, _, event))) = world.events.pop() {
            let at = Duration::from_micros(at).as_secs_f64();
            match event {
                Event::Comes(job) => world.comes(job, at),
                Event::Begins(job) => world.begins(job, at),
                Event::Ends(job) => world.ends(job, at),
            }
        }
    }
    outcome.waits.sort_by(f64::total_cmp);
    outcome
}

fn table(kinds: &[Kind], policy: Policy) -> RoutingTable {
    use std::fmt::Write;
    let (mut backends, mut members) = (String::new(), String::new());
    for (n, kind) in kinds.iter().enumerate() {
        let weight = if policy.by_speed { (kind.speed * 4.0).round() } else { 1.0 };
        write!(backends, "b{n}: echo://b{n}, ").expect("a text takes all");
        write!(members, "b{n}: {weight}, ").expect("a text takes all");
    }
    let strategy = policy.strategy;
    let text =
        format!("backends: {{{backends}}}\nmodels: {{m: {{to: {{{members}}}, strategy: {strategy}}}}}\n");
    let document = Document {
        name: "routes.yaml".to_owned(),
        format: Format::Routes,
        content: text.into_bytes().into(),
    };
    build(&[document], &Vars::new()).unwrap_or_else(|problems| panic!("{problems}")).table
}

// === impl World ===

impl World<'_> {
    fn begin_conversation(&mut self, now: f64) {
        if self.jobs.len() >= REQUESTS || now > self.counted.end {
            return;
        }
        let at = now + self.chance.exponential(1.0 / self.traffic.rate);
        let job = Job {
            conversation: self.n_events as u64,
            turns_left: self.traffic.turns - 1,
            prompt: self.chance.exponential(self.traffic.prompt),
            answer: self.chance.exponential(self.traffic.answer),
            at,
        };
        self.push(job);
    }

    fn push(&mut self, job: Job) {
        self.jobs.push((job, None));
        self.at(job.at, Event::Comes(self.jobs.len() - 1));
    }

    fn at(&mut self, at: f64, event: Event) {
        let micros = u64::try_from(Duration::from_secs_f64(at).as_micros()).expect("not so far away");
        self.events.push(Reverse((micros, self.n_events, event)));
        self.n_events += 1;
    }

    fn moment(&self, at: f64) -> Instant {
        self.epoch + Duration::from_secs_f64(at)
    }

    fn comes(&mut self, id: usize, now: f64) {
        let (job, moment) = (self.jobs[id].0, self.moment(now));
        if self.traffic.turns == job.turns_left + 1 {
            self.begin_conversation(now);
        }
        let present = Present {
            tallies: &self.tallies,
            replicas: &self.replicas,
            slow_start: self.policy.slow_start,
            at: now,
            now: moment,
        };
        let key = StickyKey::of([&job.conversation.to_le_bytes()[..]]);
        let route = &self.table.routes()[0];
        let picked = candidates(route.way_of(None), Ticket(self.tickets), Some(key), &present).next();
        let place = picked.expect("every member has a weight").target.backend.position();
        self.tickets += 1;
        self.jobs[id].1 = Some((place, self.tallies[place].begin(moment)));
        self.replicas[place].queue.push_back(id);
        self.start(place, now);
    }

    fn start(&mut self, place: usize, now: f64) {
        while let Some(id) = self.replicas[place].take() {
            let job = self.jobs[id].0;
            let service = self.replicas[place].serve(&job, now);
            self.at(now + service.first_token, Event::Begins(id));
            self.at(now + service.whole, Event::Ends(id));
            if self.counted.contains(&job.at) {
                self.outcome.prompts += job.prompt;
                self.outcome.cached += service.cached;
                self.outcome.waits.push(now + service.first_token - job.at);
            }
        }
    }

    fn begins(&mut self, id: usize, now: f64) {
        let moment = self.moment(now);
        if let Some((_, exchange)) = &mut self.jobs[id].1 {
            exchange.begun(moment);
        }
    }

    fn ends(&mut self, id: usize, now: f64) {
        let job = self.jobs[id].0;
        let Some((place, mut exchange)) = self.jobs[id].1.take() else { return };
        exchange.complete();
        drop(exchange);
        self.replicas[place].end(&job);
        self.start(place, now);
        if job.turns_left > 0 {
            let added = self.chance.exponential(ADDED);
            let next = Job {
                turns_left: job.turns_left - 1,
                prompt: job.prompt + job.answer + added,
                answer: self.chance.exponential(self.traffic.answer),
                at: now + self.chance.exponential(THINKING),
                ..job
            };
            self.push(next);
        }
    }
}

impl Loads for Present<'_> {
    fn standing(&self, backend: BackendIndex) -> Standing {
        let place = backend.position();
        let joins = self.replicas[place].kind.joins;
        let passed = joins.map(|joined| Duration::try_from_secs_f64(self.at - joined));
        let (condition, warmth) = match passed {
            Some(Err(_)) => (Condition::Out, 1.0),
            Some(Ok(passed)) if self.slow_start => {
                (Condition::Well, warmth(passed, Duration::from_secs_f64(COLD)))
            }
            Some(Ok(_)) | None => (Condition::Well, 1.0),
        };
        Standing { in_flight: self.tallies[place].in_flight(), condition, warmth, ..Standing::default() }
    }

    fn latency(&self, backend: BackendIndex) -> Duration {
        self.tallies[backend.position()].latency(self.now)
    }
}

// === impl Outcome ===

impl Outcome {
    /// Seconds to the first token that this share of the requests didn't exceed.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let rank = ((self.waits.len() as f64 * share).ceil() as usize).max(1);
        self.waits.get(rank - 1).copied().unwrap_or(f64::NAN)
    }

    /// The part of all tokens of prompts that was in a cache.
    pub(crate) fn hits(&self) -> f64 {
        self.cached / self.prompts
    }
}
