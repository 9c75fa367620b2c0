//! What is not on disk yet, or can't be.
//!
//! The reload puts a generation here and goes on; whoever looks into the history finds it at once.
//! The writer takes it to the disk, and what is there is let go of, but for the newest.

use std::collections::VecDeque;

use super::shelf::MOST_GENERATIONS;
use super::{Refused, Stored};

/// So many generations that the disk doesn't take are kept with their documents.
const MOST_TEXTS: usize = 32;
/// So many lines of the audit wait for the disk.
const MOST_EVENTS: usize = 256;

/// What is not on disk yet, or can't be.
#[derive(Debug, Default)]
pub(super) struct Memory {
    held: VecDeque<Held>,
    events: VecDeque<Event>,
    /// Lines of the audit that were lost because the disk did not take them.
    pub(super) lost: usize,
    /// Why the disk takes nothing now.
    pub(super) problem: Option<String>,
}

#[derive(Debug)]
struct Held {
    stored: Stored,
    is_saved: bool,
}

/// What the audit is to tell.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A table went live.
    Applied(Stored),
    /// A table serves on that an earlier run has told of; its documents may be others.
    Resumed(Stored),
    /// A change was refused.
    Refused(Refused),
}

// === impl Memory ===

impl Memory {
    /// Takes a generation in, or its documents anew.
    pub(super) fn put(&mut self, stored: Stored) {
        self.held.retain(|held| held.stored.record.generation != stored.record.generation);
        self.held.push_back(Held { stored, is_saved: false });
        if self.held.len() > MOST_GENERATIONS {
            self.held.pop_front();
        }
        if let Some(old) = self.held.len().checked_sub(MOST_TEXTS + 1) {
            self.held[old].stored.documents.clear();
        }
        self.let_go();
    }

    /// Has the audit tell something.
    pub(super) fn tell(&mut self, event: Event) {
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
            self.lost += 1;
        }
        self.events.push_back(event);
    }

    /// Returns the newest generation.
    pub(super) fn newest(&self) -> Option<&Stored> {
        self.held.back().map(|held| &held.stored)
    }

    /// Returns a generation; its documents may be gone.
    pub(super) fn get(&self, generation: u64) -> Option<&Stored> {
        self.held.iter().map(|held| &held.stored).find(|stored| stored.record.generation == generation)
    }

    /// Returns the numbers of all.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.held.iter().map(|held| held.stored.record.generation)
    }

    /// Returns the oldest that is not on disk and can be put there.
    pub(super) fn unsaved(&self) -> Option<Stored> {
        let mut held = self.held.iter();
        let found = held.find(|held| !held.is_saved && !held.stored.documents.is_empty());
        found.map(|held| held.stored.clone())
    }

    /// Notes that this is on disk, unless it is another by now.
    pub(super) fn saved(&mut self, stored: &Stored) {
        if let Some(held) = self.held.iter_mut().find(|held| held.stored == *stored) {
            held.is_saved = true;
        }
        self.let_go();
    }

    /// Returns what the audit is to tell next.
    pub(super) fn event(&self) -> Option<Event> {
        self.events.front().cloned()
    }

    /// Notes that it is told.
    pub(super) fn told(&mut self) {
        self.events.pop_front();
    }

    fn let_go(&mut self) {
        let newest = self.newest().map(|stored| stored.record.generation);
        self.held.retain(|held| !held.is_saved || Some(held.stored.record.generation) == newest);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::config::{Document, Format};
    use crate::history::Record;
    use crate::live::Author;

    fn stored(generation: u64) -> Stored {
        let author = Author { who: "a".to_owned(), how: "file".to_owned(), why: None };
        let at = UNIX_EPOCH + Duration::from_secs(generation);
        let (changes, digest) = (Vec::new(), generation.to_string());
        let record = Record { generation, at, author, changes, digest, took_ms: 1.0 };
        let document =
            Document { name: "r".to_owned(), format: Format::Routes, content: digest_text(generation) };
        Stored { record, saved_at: at, documents: vec![document] }
    }

    fn digest_text(generation: u64) -> bytes::Bytes {
        generation.to_string().into()
    }

    #[test]
    fn what_is_on_disk_is_let_go_of_but_for_the_newest() {
        let mut memory = Memory::default();
        (1..=3).for_each(|n| memory.put(stored(n)));
        while let Some(next) = memory.unsaved() {
            memory.saved(&next);
        }
        assert_eq!(memory.numbers().collect::<Vec<_>>(), [3]);
        memory.put(stored(4));
        assert_eq!(memory.numbers().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn documents_that_changed_while_they_were_written_are_written_again() {
        let mut memory = Memory::default();
        memory.put(stored(1));
        let written = memory.unsaved().unwrap();
        let mut other = stored(1);
        other.documents[0].content = "other".into();
        memory.put(other.clone());
        memory.saved(&written);
        assert_eq!(memory.unsaved(), Some(other));
    }

    #[test]
    fn a_disk_that_takes_nothing_fills_no_memory() {
        let mut memory = Memory::default();
        for n in 1..=1000 {
            memory.put(stored(n));
            memory.tell(Event::Applied(stored(n)));
        }
        assert_eq!(memory.numbers().count(), MOST_GENERATIONS);
        let texts = memory.held.iter().filter(|held| !held.stored.documents.is_empty()).count();
        assert_eq!((texts, memory.events.len(), memory.lost), (MOST_TEXTS, MOST_EVENTS, 1000 - MOST_EVENTS));
        assert_eq!(memory.unsaved().map(|stored| stored.record.generation), Some(1001 - MOST_TEXTS as u64));
    }
}
