//! How requests fare under each strategy: a simulation that picks with the router's own code.
//!
//!     cargo bench --bench simulation
//!
//! It writes `docs/strategies.md` and its pictures, the same bytes on every machine: chance comes
//! from a seed, and time is a number. It fails if a strategy is no better than round robin where
//! the report says that it is.
#![allow(clippy::print_stdout, missing_docs, reason = "a program for people")]

mod chance;
#[path = "../plot/frame.rs"]
mod frame;
#[path = "../plot/lines.rs"]
mod plot;
mod replica;
mod report;
mod scenes;
mod world;

use std::path::Path;

use report::Measured;
use scenes::{ROUND_ROBIN, scenes};

fn main() {
    // `cargo test --benches` wants to know whether it starts, not what comes out.
    if std::env::args().all(|arg| arg != "--bench") {
        return;
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let pictures = docs.join("strategies");
    std::fs::create_dir_all(&pictures).expect("the folder of a clone can be written");
    let mut text = report::beginning();
    for scene in scenes() {
        let measured = Measured::of(scene);
        for (name, svg) in measured.pictures() {
            std::fs::write(pictures.join(name), svg).expect("the folder of a clone can be written");
        }
        let section = measured.section();
        println!("{section}");
        text += &section;
        for (policy, gained) in measured.claims() {
            println!("{policy} is {gained:.1} times as good as {}", ROUND_ROBIN.name);
            assert!(gained > 1.0, "{policy} is no better than {}", ROUND_ROBIN.name);
        }
    }
    std::fs::write(docs.join("strategies.md"), text + &report::end()).expect("the folder can be written");
}
