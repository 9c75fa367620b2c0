//! What holds for any bytes of a `ZooKeeper` server.

use std::sync::LazyLock;

use super::Zookeeper;
use super::jute::{self, Reader};
use super::messages::{Head, Stat, fault, is_of_node, names, welcome};
use crate::source::center::any_bytes::{self, address, told};

static CENTER: LazyLock<Zookeeper> =
    LazyLock::new(|| Zookeeper::new(address("zookeeper://h/routes.yaml")).expect("it needs no server yet"));

/// Reads messages as a session does, each as every answer that it might be.
pub(in crate::source::center) fn messages(bytes: &[u8]) {
    for message in any_bytes::taken(bytes, jute::take) {
        told(welcome(message.clone()));
        let mut reader = Reader::new(message.clone());
        let Some(head) = told(Head::read(&mut reader)) else { continue };
        told(Err::<(), _>(fault(head.error)));
        let body = message.slice(16..);
        let reader = || Reader::new(body.clone());
        any_bytes::fetched(CENTER.fetched(reader()), body.len());
        told(is_of_node(&mut reader()));
        told(Stat::read(&mut reader()).and_then(Stat::revision));
        let listed = told(names(&mut reader())).unwrap_or_default();
        assert!(listed.len() * 4 <= body.len(), "a name takes four bytes at least");
    }
}
