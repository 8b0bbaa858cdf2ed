//! The same work on many items, on every processor.

use rayon::prelude::*;

/// Calls `f` for each item and keeps the order. Threads are started for many items only.
pub fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    if items.len() < MANY { items.iter().map(f).collect() } else { items.par_iter().map(f).collect() }
}

/// So many items are worth starting threads for.
const MANY: usize = 8;
