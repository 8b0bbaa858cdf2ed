//! Reproducible randomness: the same seed gives the same identifiers, faults and timings.

use std::time::Duration;

use uuid::Builder;

/// A `SplitMix64` generator.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts the sequence for a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns another generator with independent numbers.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.bits())
    }

    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns true with the given probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        let draw = u32::try_from(self.bits() >> 32).unwrap_or(u32::MAX);
        f64::from(draw) < probability * (f64::from(u32::MAX) + 1.0)
    }

    /// Returns a number from 0 up to, but not including, `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        self.bits().checked_rem(bound).and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
    }

    /// Returns true this many times in a hundred.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Returns one item of a list; `None` for an empty list.
    pub fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let index = self.below(list.len());
        list.get(index)
    }

    /// Returns a number from `least` up to, but not including, `most`.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let micros = usize::try_from(most.saturating_sub(least).as_micros()).unwrap_or(usize::MAX);
        least + Duration::from_micros(self.below(micros) as u64)
    }

    /// Returns a UUID of version 4.
    pub(crate) fn uuid(&mut self) -> String {
        let bytes = u128::from(self.bits()) << 64 | u128::from(self.bits());
        Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid().to_string()
    }

    /// Returns sixteen letters and digits, as in Port's `r_…`.
    pub(crate) fn alphanumerics(&mut self) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..16).filter_map(|_| self.one_of(ALPHABET).map(|letter| char::from(*letter))).collect()
    }
}
