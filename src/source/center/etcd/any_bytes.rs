//! What holds for any answer of etcd's gateway.

use std::sync::LazyLock;

use super::Etcd;
use super::messages::{Authenticated, Done, Granted, KeptAlive, Line, Range, Transaction};
use crate::source::center::Answer;
use crate::source::center::any_bytes::{address, fetched, told};

static CENTER: LazyLock<Etcd> =
    LazyLock::new(|| Etcd::new(address("etcd://h/routes.yaml")).expect("it needs no server yet"));

/// Reads an answer as each of those that it might be.
pub(in crate::source::center) fn answer(answer: &Answer) {
    fetched(answer.json::<Range>().and_then(|range| CENTER.fetched(range)), answer.body.len());
    told(answer.json::<Line>().and_then(|line| CENTER.watched(line)));
    told(answer.json::<Transaction>());
    told(answer.json::<Granted>());
    told(answer.json::<KeptAlive>());
    told(answer.json::<Authenticated>());
    told(answer.json::<Done>());
    told(Err::<(), _>(CENTER.gateway.refusal(answer)));
}
