//! What holds for any answer of a Nacos server.

use std::sync::LazyLock;

use super::access::token_in;
use super::roster::Naming;
use super::{Nacos, long_poll, poll};
use crate::source::center::Answer;
use crate::source::center::any_bytes::{address, fetched, told};

static CENTER: LazyLock<Nacos> =
    LazyLock::new(|| Nacos::new(address("nacos://h/routes.yaml")).expect("it needs no server yet"));

/// Reads an answer of the HTTP APIs as each of those that it might be.
pub(in crate::source::center) fn answer(answer: &Answer) {
    let Nacos { access, place, .. } = &*CENTER;
    fetched(poll::fetched(access, place, answer), answer.body.len());
    told(Err::<(), _>(access.refusal(answer)));
    let _is_named = long_poll::names(place, &answer.body);
    if let Some(token) = told(token_in(&answer.body)) {
        assert!(!format!("{token:?}").contains(token.text.expose()) || token.text.expose().len() < 16);
    }
    for naming in [Naming::First, Naming::Third] {
        let cards = naming.cards(answer).unwrap_or_default();
        assert!(cards.iter().map(String::len).sum::<usize>() <= answer.body.len());
        let _is_done = naming.is_done(answer);
    }
}

/// Reads what comes over gRPC.
pub(in crate::source::center) fn pushed(bytes: &[u8]) {
    super::grpc::any_bytes::messages(bytes, &CENTER.place);
}
