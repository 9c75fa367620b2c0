//! A waiting line that is fair between callers.

use std::collections::VecDeque;

/// Who waits. Each caller has a turn after the other, however many requests it has in the line;
/// among the requests of one caller the first that came is the first that goes.
#[derive(Debug)]
pub(super) struct Line<W> {
    /// One lane a caller who waits, the next whose turn it is in front. None is empty.
    lanes: VecDeque<Lane<W>>,
    length: usize,
}

#[derive(Debug)]
struct Lane<W> {
    caller: Box<str>,
    /// In the order of their numbers.
    waiting: VecDeque<(Number, W)>,
}

/// Which request of a line; numbers grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Number(pub(super) u64);

impl<W> Default for Line<W> {
    fn default() -> Self {
        Self { lanes: VecDeque::new(), length: 0 }
    }
}

// === impl Line ===

impl<W> Line<W> {
    /// Returns how many wait.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Lets one more wait, and returns its place: 1 is the next to go if nobody else comes.
    pub(super) fn join(&mut self, caller: &str, number: Number, waiter: W) -> usize {
        let at = self.lane(caller).unwrap_or_else(|| {
            self.lanes.push_back(Lane { caller: caller.into(), waiting: VecDeque::new() });
            self.lanes.len() - 1
        });
        let own = self.lanes[at].waiting.len();
        let others = self.lanes.iter().enumerate().filter(|(lane, _)| *lane != at);
        let others = others.map(|(lane, other)| other.waiting.len().min(own + usize::from(lane < at)));
        let place = 1 + own + others.sum::<usize>();
        self.lanes[at].waiting.push_back((number, waiter));
        self.length += 1;
        place
    }

    /// Takes out whose turn it is.
    pub(super) fn next(&mut self) -> Option<(Number, W)> {
        let mut lane = self.lanes.pop_front()?;
        let next = lane.waiting.pop_front()?;
        self.length -= 1;
        if !lane.waiting.is_empty() {
            self.lanes.push_back(lane);
        }
        Some(next)
    }

    /// Finds one who waits.
    pub(super) fn find(&mut self, caller: &str, number: Number) -> Option<&mut W> {
        let (lane, at) = self.place(caller, number)?;
        self.lanes[lane].waiting.get_mut(at).map(|(_, waiter)| waiter)
    }

    /// Takes one out who no longer wants to wait.
    pub(super) fn give_up(&mut self, caller: &str, number: Number) -> Option<W> {
        let (lane, at) = self.place(caller, number)?;
        let (_, waiter) = self.lanes[lane].waiting.remove(at)?;
        self.length -= 1;
        if self.lanes[lane].waiting.is_empty() {
            self.lanes.remove(lane);
        }
        Some(waiter)
    }

    fn place(&self, caller: &str, number: Number) -> Option<(usize, usize)> {
        let lane = self.lane(caller)?;
        let at = self.lanes[lane].waiting.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some((lane, at))
    }

    fn lane(&self, caller: &str) -> Option<usize> {
        self.lanes.iter().position(|lane| &*lane.caller == caller)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    /// What happens to a line.
    #[derive(Debug, Clone)]
    enum Event {
        Comes(u8),
        Goes,
        GivesUp(Index),
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            4 => (0_u8..5).prop_map(Event::Comes),
            2 => Just(Event::Goes),
            1 => any::<Index>().prop_map(Event::GivesUp),
        ];
        proptest::collection::vec(event, 0..120)
    }

    fn name(caller: u8) -> String {
        format!("caller-{caller}")
    }

    /// Plays events; gives the line, and who is in it in the order of coming.
    fn played(events: &[Event]) -> (Line<u8>, Vec<(Number, u8)>) {
        let (mut line, mut inside) = (Line::default(), Vec::new());
        for (number, event) in (0..).map(Number).zip(events) {
            match event {
                Event::Comes(caller) => {
                    line.join(&name(*caller), number, *caller);
                    inside.push((number, *caller));
                }
                Event::Goes => {
                    if let Some((gone, _)) = line.next() {
                        inside.retain(|(number, _)| *number != gone);
                    }
                }
                Event::GivesUp(index) if !inside.is_empty() => {
                    let (number, caller) = inside.remove(index.index(inside.len()));
                    assert_eq!(line.give_up(&name(caller), number), Some(caller));
                    assert_eq!(line.give_up(&name(caller), number), None);
                }
                Event::GivesUp(_) => {}
            }
        }
        (line, inside)
    }

    proptest! {
        #[test]
        fn nobody_is_lost_and_nobody_goes_twice(events in events()) {
            let (mut line, inside) = played(&events);
            prop_assert_eq!(line.len(), inside.len());
            let gone: HashSet<Number> = std::iter::from_fn(|| line.next()).map(|(number, _)| number).collect();
            prop_assert_eq!(gone, inside.into_iter().map(|(number, _)| number).collect());
            prop_assert_eq!(line.len(), 0);
        }

        #[test]
        fn everyone_who_waits_has_a_turn_before_another_has_two(events in events()) {
            let (mut line, inside) = played(&events);
            let mut left: HashMap<u8, usize> = HashMap::new();
            for (_, caller) in &inside {
                *left.entry(*caller).or_default() += 1;
            }
            while line.len() > 0 {
                let waiting: HashSet<u8> = left.iter().filter(|(_, n)| **n > 0).map(|(caller, _)| *caller).collect();
                let round: Vec<u8> = (0..waiting.len()).filter_map(|_| line.next()).map(|(_, caller)| caller).collect();
                prop_assert_eq!(round.iter().copied().collect::<HashSet<_>>(), waiting);
                for caller in round {
                    *left.entry(caller).or_default() -= 1;
                }
            }
        }

        #[test]
        fn the_requests_of_one_caller_go_as_they_came(events in events()) {
            let (mut line, inside) = played(&events);
            let mut went: HashMap<u8, Vec<Number>> = HashMap::new();
            while let Some((number, caller)) = line.next() {
                went.entry(caller).or_default().push(number);
            }
            for (caller, numbers) in went {
                let came: Vec<Number> = inside.iter().filter(|(_, c)| *c == caller).map(|(n, _)| *n).collect();
                prop_assert_eq!(numbers, came);
            }
        }

        #[test]
        fn a_place_is_the_turn_on_which_one_goes(events in events(), caller in 0_u8..6) {
            let (mut line, _) = played(&events);
            let own = Number(u64::MAX);
            let place = line.join(&name(caller), own, caller);
            let turn = std::iter::from_fn(|| line.next()).position(|(number, _)| number == own);
            prop_assert_eq!(turn.map(|turn| turn + 1), Some(place));
        }
    }
}
