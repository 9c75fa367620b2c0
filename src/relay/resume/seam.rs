//! What the client has of an answer, and how another backend's answer is joined to it.

use bytes::Bytes;

use super::chunk::{Channel, Chunk, Reading};
use super::rewrite::{Edit, quoted, rewritten};
use super::spent::Spent;

/// The most text that is kept of an answer; a longer one can't be resumed.
const MOST: usize = 1 << 20;

/// Looks at every event before the client gets it.
///
/// As long as the first backend answers, events pass as they are. The next one's pass once it has
/// come to where the client is, with the ids of the first, so that the client sees one answer.
#[derive(Debug, Default)]
pub(super) struct Seam {
    /// What the client has of each text.
    said: [String; Channel::COUNT],
    /// How far the present backend has come in each of them.
    at: [usize; Channel::COUNT],
    finish: Option<String>,
    has_usage: bool,
    identity: [Option<Vec<u8>>; 3],
    is_resumed: bool,
    /// The text became too long to be kept.
    is_full: bool,
    pub(super) spent: Spent,
}

/// What becomes of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The client gets this.
    Pass(Bytes),
    /// The client has it already.
    Swallow,
    /// The end, which the client gets.
    Done,
    /// The backend says that it failed.
    Failed,
    /// It can't be followed, or it differs from what the client has, and in what. The first
    /// backend's answer goes on without a way to resume it; another one's must not pass.
    Lost(&'static str),
}

const OTHER_TEXT: Verdict = Verdict::Lost("another text");

// === impl Seam ===

impl Seam {
    /// Looks at the next event of the present backend.
    pub(super) fn take(&mut self, event: &Bytes) -> Verdict {
        match Reading::of(event) {
            Reading::Silent => Verdict::Pass(event.clone()),
            Reading::Done if self.is_behind() => Verdict::Lost("an earlier end"),
            Reading::Done => Verdict::Done,
            Reading::Error => Verdict::Failed,
            Reading::Strange(what) => Verdict::Lost(what),
            Reading::Chunk(chunk) => self.chunk(event, &chunk),
        }
    }

    /// Another backend takes over. It begins at the start, or goes on after the first bytes of one
    /// of the texts.
    pub(super) fn resume(&mut self, from: Option<(Channel, usize)>) {
        self.is_resumed = true;
        self.at = [0; Channel::COUNT];
        if let Some((channel, length)) = from {
            self.at[channel as usize] = length;
        }
        self.spent.resume(from.is_some());
    }

    /// Tells whether the client still misses nothing of what the present backend has to repeat.
    pub(super) fn is_behind(&self) -> bool {
        self.said.iter().zip(self.at).any(|(said, at)| at < said.len())
    }

    /// Returns one of the texts.
    pub(super) fn said(&self, channel: Channel) -> &str {
        &self.said[channel as usize]
    }

    /// Tells whether the client knows how the answer ended.
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Tells whether the client has more than was kept, so that nobody else can take over.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Returns how many characters the client has.
    pub(super) fn length(&self) -> usize {
        self.said.iter().map(|said| said.chars().count()).sum()
    }

    fn chunk(&mut self, event: &Bytes, chunk: &Chunk<'_>) -> Verdict {
        let mut edits: Vec<Edit> = Vec::new();
        let mut fresh: Vec<(Channel, &str)> = Vec::new();
        self.spent.piece(chunk);
        for piece in &chunk.texts {
            let missing = &self.said[piece.channel as usize][self.at[piece.channel as usize]..];
            let known = missing.len().min(piece.said.len());
            if missing.as_bytes()[..known] != piece.said.as_bytes()[..known] {
                return OTHER_TEXT;
            }
            self.at[piece.channel as usize] += known;
            if known < piece.said.len() {
                fresh.push((piece.channel, &piece.said[known..]));
            }
            if known > 0 {
                edits.push((piece.at.clone(), quoted(&piece.said[known..])));
            }
        }
        let new_end = match (&self.finish, &chunk.finish) {
            (Some(known), Some(finish)) if known != finish => return Verdict::Lost("another end"),
            (known, finish) => known.is_none() && finish.is_some(),
        };
        let new_usage = !chunk.has_choice && chunk.usage.is_some() && !self.has_usage;
        let has_news = !fresh.is_empty() || new_end || new_usage;
        if has_news && self.is_behind() {
            return OTHER_TEXT;
        }
        if self.is_resumed && self.finish.is_some() && !fresh.is_empty() {
            return OTHER_TEXT;
        }
        self.keep(fresh);
        self.has_usage |= new_usage;
        if new_end {
            self.finish = chunk.finish.as_deref().map(str::to_owned);
        }
        self.identify(event, chunk, &mut edits);
        if !self.is_resumed {
            return if self.is_full {
                Verdict::Lost("too long a text")
            } else {
                Verdict::Pass(event.clone())
            };
        }
        if !has_news {
            return Verdict::Swallow;
        }
        edits.extend(self.spent.sums(chunk));
        Verdict::Pass(rewritten(event, edits))
    }

    /// Learns the answer's ids from the first who gives them, and writes them over all others.
    fn identify(&mut self, event: &Bytes, chunk: &Chunk<'_>, edits: &mut Vec<Edit>) {
        for (known, place) in self.identity.iter_mut().zip(&chunk.identity) {
            let Some(place) = place else { continue };
            let known = known.get_or_insert_with(|| event[place.clone()].to_vec());
            if self.is_resumed && *known != event[place.clone()] {
                edits.push((place.clone(), known.clone()));
            }
        }
    }

    /// Keeps what the client gets now; once that is too much, nothing.
    fn keep(&mut self, fresh: Vec<(Channel, &str)>) {
        let new: usize = fresh.iter().map(|(_, text)| text.len()).sum();
        self.is_full |= self.said.iter().map(String::len).sum::<usize>() + new > MOST;
        if self.is_full {
            self.said = Default::default();
            self.at = Default::default();
            return;
        }
        for (channel, text) in fresh {
            self.said[channel as usize].push_str(text);
            self.at[channel as usize] = self.said[channel as usize].len();
        }
    }
}
