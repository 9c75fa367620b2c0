//! The pieces.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use patchbay::front::Framing;
use patchbay::live::{Live, Standings};
use patchbay::relay::{Scanner, peek};
use patchbay::table::{Ticket, candidates};
use patchbay::upstream::Pieces;

use crate::{bodies, tables};

/// Something that is done again and again.
pub(crate) struct Piece {
    pub(crate) name: &'static str,
    /// How often it is done for its instructions to be counted.
    pub(crate) times: u32,
    /// Sets it up.
    pub(crate) prepare: fn() -> Box<dyn FnMut()>,
}

const fn piece(name: &'static str, times: u32, prepare: fn() -> Box<dyn FnMut()>) -> Piece {
    Piece { name, times, prepare }
}

pub(crate) const PIECES: [Piece; 16] = [
    piece("head", 2000, head),
    piece("peek and splice, 1 KB", 2000, || peek_and_splice(1 << 10)),
    piece("peek and splice, 256 KB", 50, || peek_and_splice(256 << 10)),
    piece("find and pick of 10", 5000, || find_and_pick(10)),
    piece("find and pick of 1000", 5000, || find_and_pick(1000)),
    piece("find and pick of 100000", 5000, || find_and_pick(100_000)),
    piece("enter", 5000, enter),
    piece("event, alone", 5000, || scan(1)),
    piece("50 events at once", 500, || scan(50)),
    piece("build of 10", 20, || build(10)),
    piece("build of 1000", 1, || build(1000)),
    piece("build of 10000", 1, || build(10_000)),
    piece("swap of 10", 200, || swap(10)),
    piece("swap of 1000", 5, || swap(1000)),
    piece("swap of 10000", 1, || swap(10_000)),
    piece("no such model of 10000", 1, || unknown(10_000)),
];

/// Where a request begins and ends on its connection.
fn head() -> Box<dyn FnMut()> {
    let request = bodies::request(&bodies::chat(1 << 10));
    let mut framing = Framing::new();
    Box::new(move || {
        assert_eq!(framing.take(black_box(&request)).pass, request.len());
    })
}

/// Reads a body's model and puts another in its place.
fn peek_and_splice(length: usize) -> Box<dyn FnMut()> {
    let (body, name) = (bodies::chat(length), Bytes::from_static(b"\"Qwen/Qwen3-8B\""));
    Box::new(move || {
        let found = peek(black_box(&body)).expect("a good body");
        black_box(Pieces::spliced(&body, found.range, name.clone()));
    })
}

/// Finds the route of a name, and whom to ask first.
fn find_and_pick(models: usize) -> Box<dyn FnMut()> {
    let snapshot = tables::snapshot(models);
    let names: Vec<String> = (0..1000).map(|number| tables::model(number * 7919 % models)).collect();
    let now = Instant::now();
    let mut turn = 0;
    Box::new(move || {
        turn += 1;
        let name = &names[turn % names.len()];
        let found = snapshot.table.find(Some(black_box(name))).expect("a model of the table");
        let loads = Standings::new(&snapshot, now);
        let way = found.route.way_of(None);
        let ticket = Ticket(turn as u64 * 0x9e37_79b9_7f4a_7c15);
        black_box(candidates(way, ticket, None, &loads).next().expect("a candidate").target.backend);
    })
}

/// Takes the present table and counts itself in, and out again.
fn enter() -> Box<dyn FnMut()> {
    let live = Live::new(tables::snapshot(10));
    Box::new(move || drop(black_box(live.enter())))
}

/// Cuts a piece of a stream into its events.
fn scan(count: usize) -> Box<dyn FnMut()> {
    let (stream, mut scanner) = (bodies::events(count), Scanner::default());
    Box::new(move || {
        let mut left = black_box(&stream).clone();
        let mut seen = 0;
        while let Some(piece) = scanner.next(&mut left) {
            seen += 1;
            black_box(piece);
        }
        assert_eq!(seen, count);
    })
}

/// Makes a table of a text.
fn build(models: usize) -> Box<dyn FnMut()> {
    let document = tables::document(models);
    Box::new(move || drop(black_box(tables::built(black_box(&document)))))
}

/// Carries the state over into the next generation and puts it in place. Two tables take turns: making
/// one and letting it go is counted by `build`.
fn swap(models: usize) -> Box<dyn FnMut()> {
    let live = Live::new(tables::snapshot(models));
    let (origin, now) = ("routes.yaml".to_owned(), Instant::now());
    let mut spare = Some(tables::snapshot(models).table);
    Box::new(move || {
        let table = spare.take().expect("the one before");
        let next = live.load().next(table, origin.clone(), SystemTime::UNIX_EPOCH, now);
        spare = Arc::into_inner(live.swap(next)).map(|before| before.table);
    })
}

/// Looks for names that are like one that the table hasn't.
fn unknown(models: usize) -> Box<dyn FnMut()> {
    let snapshot = tables::snapshot(models);
    Box::new(move || {
        assert!(snapshot.table.find(Some("t03/m-x")).is_none());
        black_box(snapshot.table.nearest(black_box("t03/m-x"), 3));
    })
}
