//! Config centers, each against a stub that was written from the protocol's own documents.

mod center_stub;
mod client;
mod stub;
mod tcp_stub;

mod apollo;
mod config_map;
mod consul;
mod etcd;
mod nacos;
mod plain_http;
mod redis;
mod redis_stub;
mod zookeeper;
mod zookeeper_stub;
