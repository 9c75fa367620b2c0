//! loom's atomics and locks under the names of `src/sync.rs`.

use std::ops::Deref;

use loom::sync::atomic::AtomicBool;

pub(crate) use loom::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering, fence};
pub(crate) use loom::sync::{Mutex, MutexGuard};
pub(crate) use std::sync::{Arc, PoisonError, Weak};

/// A cell that is written once. loom has none; its threads take turns, so that only the moment at
/// which others see the value needs to be one of loom's.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    is_there: AtomicBool,
    value: std::sync::OnceLock<T>,
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self { is_there: AtomicBool::new(false), value: std::sync::OnceLock::new() }
    }
}

impl<T> OnceLock<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        if self.is_there.load(Ordering::Acquire) { self.value.get() } else { None }
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let value = self.value.get_or_init(make);
        self.is_there.store(true, Ordering::Release);
        value
    }
}

/// A cell whose value is replaced as a whole. arc-swap promises one order of all its operations
/// and of those of others that are `SeqCst`; so does a lock.
#[derive(Debug)]
pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>);

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(value: T) -> Self {
        Self(Mutex::new(Arc::new(value)))
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        Arc::clone(self.lock().deref())
    }

    pub(crate) fn load(&self) -> Arc<T> {
        self.load_full()
    }

    pub(crate) fn swap(&self, next: Arc<T>) -> Arc<T> {
        std::mem::replace(&mut *self.lock(), next)
    }

    fn lock(&self) -> MutexGuard<'_, Arc<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
