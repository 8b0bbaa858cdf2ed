//! Work on many items, spread over all processors.

use rayon::prelude::*;

/// Calls `f` for each item and returns the results in order. Starts threads only for many items.
pub fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    if items.len() < MANY { items.iter().map(f).collect() } else { items.par_iter().map(f).collect() }
}

/// The least number of items that is worth starting threads for.
const MANY: usize = 8;
