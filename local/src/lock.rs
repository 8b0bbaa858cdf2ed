//! Locking that outlives a panicking test: the data behind a poisoned lock is still what the wire said.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The data behind the lock, poisoned or not.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
