//! Commands on the table, against the real binary: who changes it, changes its owner.

mod applying;
mod conflicts;
mod door;
mod draining;
mod events;
mod overriding;
mod probing;
mod rolling_back;
mod saved;
mod switching;
mod tokens;

use serde_json::Value;

use crate::binary::{Home, Output, Served};

/// A table with a comment that no command may lose.
const TABLE: &str = "\
# what DB-GPT asks for
models:
  demo: blue     # the everyday model
  other: blue
backends:
  blue: echo://blue
  green: echo://green
";

/// The same, with `demo` on the other backend.
fn green() -> String {
    TABLE.replace("demo: blue ", "demo: green ")
}

/// Runs a verb against a router.
fn verb(home: &Home, served: &Served, arguments: &[&str]) -> Output {
    home.run(&[arguments, &["--admin", &served.admin]].concat())
}

async fn generation(served: &Served) -> u64 {
    status(served).await["generation"].as_u64().unwrap()
}

async fn status(served: &Served) -> Value {
    served.get(&format!("{}/admin/v1/status", served.admin)).await.1
}
