//! Locks that survive a panicking test: the data behind a poisoned lock is still valid.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Returns the data behind the lock, poisoned or not.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
