//! What threads share by, for the parts whose every order of steps is tried out.
//!
//! `tests/interleavings` builds those parts a second time, with loom's atomics and locks in place
//! of these.

pub(crate) use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering, fence};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

pub(crate) use arc_swap::ArcSwap;
