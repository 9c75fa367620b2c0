//! Config centers, each against a stub that was written from the protocol's own documents.

pub(crate) mod client;
mod conformance;
mod foreign;
mod held_port;
mod stub;
mod tcp_stub;
mod tls_front;

mod absence;
mod apollo;
mod cold_start;
mod config_map;
mod consul;
mod encrypted;
pub(crate) mod etcd;
mod filled;
pub(crate) mod nacos;
mod owner;
mod plain_http;
mod push_pull;
mod redis;
mod redis_stub;
mod roster;
mod zookeeper;
mod zookeeper_stub;
