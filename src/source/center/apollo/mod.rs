//! Apollo: a document is a namespace of an app in a cluster, its version the key of a release.
//!
//! The config service is asked which release is the newest, and holds that question for a minute.
//! It looks for releases once a second, so a change takes about that long. A namespace whose name
//! ends in `.yaml` holds one text; one of properties is read as a `.env`.
//!
//! Only the portal can be written to, and it compares nothing: what is released is read before and
//! afterwards, and who releases between the two is not noticed. Two writers should not share a
//! namespace.

#[cfg(any(test, fuzzing))]
pub(super) mod any_bytes;
mod center;
mod notifications;
mod place;
mod portal;
mod properties;
mod signature;

pub use center::Apollo;
