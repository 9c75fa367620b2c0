//! A model server: so many sequences at once, a queue before them, and a cache of prefixes.

use std::collections::VecDeque;

/// Tokens of a prompt that are read in a second, one sequence alone.
const PREFILL: f64 = 2000.0;
/// Tokens of an answer that are written in a second, for each sequence.
const DECODE: f64 = 40.0;

/// What a replica is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// How fast it is beside an ordinary one.
    pub(crate) speed: f64,
    /// From when it is there, cold at first; an ordinary one always was.
    pub(crate) joins: Option<f64>,
}

/// How long a replica that joins is slow, in seconds.
pub(crate) const COLD: f64 = 30.0;

/// One request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    /// Which conversation it belongs to.
    pub(crate) conversation: u64,
    /// How many turns are to come after it.
    pub(crate) turns_left: u32,
    /// Tokens of the prompt, all earlier turns included.
    pub(crate) prompt: f64,
    /// Tokens of the answer.
    pub(crate) answer: f64,
    /// When it came, in seconds.
    pub(crate) at: f64,
}

/// What a job takes once it has a slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// Seconds to the first token.
    pub(crate) first_token: f64,
    /// Seconds to the last.
    pub(crate) whole: f64,
    /// How much of the prompt was in the cache.
    pub(crate) cached: f64,
}

/// A replica at work.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) kind: Kind,
    pub(crate) queue: VecDeque<usize>,
    busy: usize,
    /// Conversations with their tokens, the last used at the end.
    cache: Vec<(u64, f64)>,
}

// === impl Kind ===

impl Kind {
    /// An ordinary replica, or one so many times as fast.
    pub(crate) fn of_speed(speed: f64) -> Self {
        Self { speed, joins: None }
    }

    fn speed_at(&self, now: f64) -> f64 {
        match self.joins {
            Some(joined) => self.speed * ((now - joined) / COLD).clamp(0.15, 1.0),
            None => self.speed,
        }
    }
}

// === impl Replica ===

impl Replica {
    /// Sequences at once.
    pub(crate) const SLOTS: usize = 8;
    /// Tokens that the cache holds.
    const CACHE: f64 = 80_000.0;

    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, queue: VecDeque::new(), busy: 0, cache: Vec::new() }
    }

    /// Takes the next job out of the queue, if a slot is free.
    pub(crate) fn take(&mut self) -> Option<usize> {
        let next = if self.busy < Self::SLOTS { self.queue.pop_front() } else { None };
        self.busy += usize::from(next.is_some());
        next
    }

    /// Tells what a job takes that begins now.
    pub(crate) fn serve(&mut self, job: &Job, now: f64) -> Service {
        let place = self.cache.iter().position(|(conversation, _)| *conversation == job.conversation);
        let kept = place.map(|place| self.cache.remove(place));
        let cached = kept.map_or(0.0, |(_, tokens)| tokens.min(job.prompt));
        self.cache.push((job.conversation, job.prompt));
        let speed = self.kind.speed_at(now);
        let first_token = (job.prompt - cached) / PREFILL / speed + 1.0 / DECODE / speed;
        Service { first_token, whole: first_token + job.answer / DECODE / speed, cached }
    }

    /// Gives the slot of a job back, and keeps its tokens as long as there is room.
    pub(crate) fn end(&mut self, job: &Job) {
        self.busy -= 1;
        if let Some((_, tokens)) = self.cache.iter_mut().find(|(id, _)| *id == job.conversation) {
            *tokens = job.prompt + job.answer;
        }
        while self.cache.iter().map(|(_, tokens)| tokens).sum::<f64>() > Self::CACHE {
            self.cache.remove(0);
        }
    }
}

/// Seconds of a slot that a request takes on an ordinary replica with a cold cache.
pub(crate) fn seconds(prompt: f64, answer: f64) -> f64 {
    prompt / PREFILL + answer / DECODE
}
