//! A key of a Kubernetes `ConfigMap`, by the API: read whole, watched from its `resourceVersion`
//! on, replaced if it still has that one.
//!
//! It needs a role with `get`, `list` and `watch` on this one `ConfigMap`, and `update` (`create`)
//! to be written. A `ConfigMap` that is mounted as a folder is the file source's business.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod api;
mod map_center;
mod messages;

pub use map_center::ConfigMap;
