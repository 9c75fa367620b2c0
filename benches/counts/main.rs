//! The pieces of the hot path, one by one: what `benches/counts.py` counts the instructions of.
//!
//!     cargo bench --profile load --bench counts                    each for a while, by the clock (criterion)
//!     cargo bench --profile load --bench counts -- NAME TIMES      one, so many times
//!
//! Setting a piece up costs instructions as well, so the script takes the difference between twice
//! as many times and so many.
#![allow(clippy::print_stdout, missing_docs, reason = "a program for people")]

mod bodies;
mod pieces;
mod tables;

use std::process::ExitCode;
use std::time::Duration;

use criterion::Criterion;
use pieces::{PIECES, Piece};

/// How long the clock looks at one, and how long it lets it warm up.
const A_WHILE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // `cargo test --benches` wants to know whether it starts, not what comes out.
        [] if std::env::args().all(|word| word != "--bench") => {}
        [] => {
            let mut clock =
                Criterion::default().warm_up_time(A_WHILE).measurement_time(A_WHILE).sample_size(10);
            for piece in &PIECES {
                by_the_clock(&mut clock, piece);
            }
            clock.final_summary();
        }
        ["--list"] => PIECES.iter().for_each(|piece| println!("{} {}", piece.name, piece.times)),
        [name, times] => {
            let Some(piece) = PIECES.iter().find(|piece| piece.name == name) else { return usage() };
            let Ok(times) = times.parse::<u32>() else { return usage() };
            let mut run = (piece.prepare)();
            (0..times).for_each(|_| run());
        }
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("counts [--list | NAME TIMES]");
    ExitCode::from(2)
}

fn by_the_clock(clock: &mut Criterion, piece: &Piece) {
    clock.bench_function(piece.name, |bencher| bencher.iter((piece.prepare)()));
}
