//! Reproducible randomness: the same seed gives the same identifiers and the same faults.

/// A `SplitMix64` generator.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// Starts the sequence that belongs to the seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// True with the given probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        let draw = u32::try_from(self.bits() >> 32).unwrap_or(u32::MAX);
        f64::from(draw) < probability * (f64::from(u32::MAX) + 1.0)
    }

    /// Sixteen letters and digits, as in Port's `r_…`.
    pub(crate) fn alphanumerics(&mut self) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..16)
            .filter_map(|_| {
                let index = usize::try_from(self.bits() % 62).ok()?;
                ALPHABET.get(index).map(|letter| char::from(*letter))
            })
            .collect()
    }
}
