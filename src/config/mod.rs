//! The compiler: documents in, a routing table or all problems at once out.
//!
//! Pure. Files, the process environment and clocks belong to `source`, `reload` and `app`, which
//! pass in what they have read.
//!
//! A document goes through these files, in this order: `intake` looks at its bytes, `yaml` (or
//! `dotenv`) makes a tree of it, `reader` and `raw` read values out of the tree, `compile` holds
//! them against each other. A problem found on the way never stops the others from being found.

mod address;
#[cfg(any(test, fuzzing))]
pub(crate) mod any_bytes;
mod build;
mod code;
mod compile;
mod dbgpt;
mod document;
mod dotenv;
mod intake;
mod judge;
mod local;
mod locate;
mod mask;
mod node;
mod outline;
mod place;
mod print;
mod print_health;
mod print_params;
mod print_timeouts;
mod print_tls;
mod print_when;
mod problem;
mod raw;
mod reader;
mod render;
mod schema;
mod secrets;
mod server;
mod suggest;
mod trap;
mod values;
mod variables;
mod yaml;

pub use build::{Built, build};
pub use document::{Document, Format, Needs, Vars};
pub use judge::{Guards, Verdict, judge, removed, removes_most};
pub use local::{fill_address, settings};
pub use locate::locate;
pub use mask::masked;
pub(crate) use node::{Kind, Node, Style, Tree};
pub(crate) use outline::{Outline, OutlinedModel, OutlinedTarget, Variable, shown as shown_target};
pub use place::Place;
pub use print::{shown, shown_as_yaml, to_yaml};
pub use problem::{Problem, Problems, Severity};
pub(crate) use raw::{addresses, is_object, is_url};
pub use schema::SCHEMA;
pub use server::{LogFormat, ServerSettings, TlsFiles, WatchMode};
pub(crate) use suggest::hint;
pub(crate) use values::{Origin, names_variable};
pub use variables::variables;
