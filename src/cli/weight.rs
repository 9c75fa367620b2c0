//! `patchbay weight`.

use clap_complete::ArgValueCandidates;
use serde_json::{Map, Value, json};

use super::change::{Conditions, Sent, Waiting};
use super::console::Console;
use super::exit::Exit;
use super::names;

/// Splits a model's requests.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -X POST localhost:9998/admin/v1/weight -H 'If-Match: *' -H 'Content-Type: application/json' \\
    -d '{\"model\":\"demo\",\"weights\":{\"blue\":90,\"green\":10}}'
If-Match is the generation that --if-gen names; * takes any. ?dry_run=1 and ?wait=10s as here.")]
pub(super) struct Arguments {
    /// The model, by its name or an alias
    #[arg(add = ArgValueCandidates::new(names::models))]
    model: String,
    /// Every backend that is to get requests, and its share
    #[arg(required = true, value_name = "BACKEND=SHARE", value_parser = share)]
    shares: Vec<(String, u32)>,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    conditions: Conditions,
}

pub(super) fn weight(arguments: &Arguments, console: Console) -> Exit {
    let Arguments { model, shares, waiting, conditions } = arguments;
    let weights: Map<String, Value> =
        shares.iter().map(|(name, share)| (name.clone(), (*share).into())).collect();
    if weights.len() < shares.len() {
        console.talk("error: a backend is named twice");
        return Exit::Usage;
    }
    let sent = Sent::json(
        "weight",
        &json!({"model": model, "weights": weights}),
        Some(format!("{model}: already split so")),
    );
    conditions.send(sent, waiting.wait, console)
}

/// A URL may hold `=`, so the last one counts.
fn share(text: &str) -> Result<(String, u32), &'static str> {
    let pair = text.rsplit_once('=').and_then(|(name, share)| Some((name.to_owned(), share.parse().ok()?)));
    pair.filter(|(name, _)| !name.is_empty()).ok_or("write BACKEND=SHARE, such as blue=90")
}
