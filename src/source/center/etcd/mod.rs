//! etcd v3, by its JSON gateway: a key, read whole and watched from its own revision on.
//!
//! A revision is the key's `mod_revision`. The gateway is plain HTTP, so no protocol compiler and
//! no gRPC stack is needed; it can be switched off (`--enable-grpc-gateway=false`), which is told.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod etcd_center;
mod gateway;
mod lease;
mod messages;
mod roster;

pub use etcd_center::Etcd;
