//! Config centers, each against a stub that was written from the protocol's own documents.

mod center_stub;
mod stub;
mod tcp_stub;

mod nacos;
mod redis;
mod redis_stub;
mod zookeeper;
mod zookeeper_stub;
