//! How much is measured: everything, or just enough to see that it runs.

use std::time::Duration;

/// Sizes and numbers of rounds.
#[derive(Debug)]
pub(crate) struct Effort {
    /// Rounds of `synth build` on the example.
    pub(crate) example: usize,
    /// Generated catalogues: actions, and rounds.
    pub(crate) catalogues: &'static [(u32, usize)],
    /// The number of starts of each function.
    pub(crate) starts: usize,
    /// Warm messages per start.
    pub(crate) messages: u32,
    /// Batches: runs, and rounds.
    pub(crate) batches: &'static [(u32, usize)],
    /// The tutorial's approach is left out if one round would take longer.
    pub(crate) patience: Duration,
}

impl Effort {
    /// Returns the effort for results.
    pub(crate) fn full() -> Self {
        Self {
            example: 40,
            catalogues: &[(100, 30), (1_000, 12), (10_000, 5)],
            starts: 30,
            messages: 100,
            batches: &[(1, 50), (100, 5), (1_000, 3)],
            patience: Duration::from_secs(20),
        }
    }

    /// Returns the effort to see that everything runs.
    pub(crate) fn quick() -> Self {
        Self {
            example: 5,
            catalogues: &[(100, 5), (1_000, 2), (10_000, 1)],
            starts: 5,
            messages: 20,
            batches: &[(1, 5), (10, 2), (100, 1)],
            patience: Duration::from_secs(2),
        }
    }
}
