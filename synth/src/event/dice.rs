//! A random number generator with a seed: `SplitMix64`, which is well known and takes a few lines.

#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 up to but not including `end`. Low numbers are slightly more frequent, which does not matter
    /// here.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let at = self.below(of.len());
        of.get(at)
    }

    pub(super) fn word(&mut self) -> &'static str {
        const WORDS: [&str; 12] = [
            "amber", "birch", "coral", "delta", "ember", "fjord", "grove", "harbor", "indigo", "jasper", "lotus",
            "maple",
        ];
        self.pick(&WORDS).unwrap_or(&"amber")
    }

    /// Returns letters and digits, as in Port's ids.
    pub(super) fn letters(&mut self, count: usize) -> String {
        let characters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..count).filter_map(|_| self.pick(characters).copied().map(char::from)).collect()
    }
}
