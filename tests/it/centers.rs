//! Config centers, each against a stub that was written from the protocol's own documents.

mod client;
mod conformance;
mod stub;
mod tcp_stub;

mod config_map;
mod consul;
mod etcd;
mod nacos;
mod plain_http;
mod redis;
mod redis_stub;
mod zookeeper;
mod zookeeper_stub;
