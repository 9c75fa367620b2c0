//! What holds for any answer of Consul.

use std::sync::LazyLock;

use super::Consul;
use super::roster::{Created, Held};
use crate::source::center::Answer;
use crate::source::center::any_bytes::{address, fetched, told};

static CENTER: LazyLock<Consul> =
    LazyLock::new(|| Consul::new(address("consul://h/routes.yaml")).expect("it needs no server yet"));

/// Reads an answer as each of those that it might be.
pub(in crate::source::center) fn answer(answer: &Answer) {
    fetched(CENTER.fetched(answer), answer.body.len());
    told(Err::<(), _>(CENTER.refusal(answer)));
    told(answer.json::<Created>());
    let held: Vec<Held> = told(answer.json()).unwrap_or_default();
    let cards = held.iter().filter_map(Held::card).map(|card| card.len());
    assert!(cards.sum::<usize>() <= 3 * answer.body.len());
}
