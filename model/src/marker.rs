//! The marker in the bytes of a function's program: which version it is, for which architecture, which plans it reads.
//!
//! The handler library puts one into every program that is built on it. It is found by its signature and read; the program
//! is never executed. `synth` writes a digest into the marker of each program that it installs.

use std::ops::RangeInclusive;

use memchr::memmem;

/// Begins each marker.
const SIGNATURE: &[u8] = b"\0port-action-runner/function\0sha256=";
/// The marker of the program that is part of `synth`, beside its [`Marker`]. A program with a team's own code has none.
pub const STOCK: [u8; 26] = *b"\0port-action-runner/stock\0";
/// Bytes of a marker. What its text does not need are zeros.
pub const LENGTH: usize = 192;
/// Digits of a digest: SHA-256 in hexadecimal.
pub const DIGEST: usize = 64;

/// What a program says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The version of the handler library.
    pub version: String,
    /// Lambda's name of the architecture: `x86_64` or `arm64`.
    pub architecture: String,
    /// The versions of `plan.json` that it reads.
    pub plans: RangeInclusive<u32>,
    /// Whether it is the program that is part of `synth`, without a team's own code.
    pub stock: bool,
    /// SHA-256 of the program, taken while the digits in its marker were all `0`, in hexadecimal. `None` before `synth` has
    /// written it.
    pub digest: Option<String>,
}

/// Writes a marker for a program, with a digest of zeros. For a `static`, so that it is in the program's bytes.
///
/// `architecture` is Rust's or Lambda's name.
pub const fn mark(version: &str, architecture: &str, plans: &RangeInclusive<u32>) -> [u8; LENGTH] {
    let text = Text { bytes: [0; LENGTH], length: 0 };
    let mut text = text.with(SIGNATURE);
    let mut digits = 0;
    while digits < DIGEST {
        text = text.with(b"0");
        digits += 1;
    }
    let architecture = if let b"aarch64" = architecture.as_bytes() { "arm64" } else { architecture };
    let text = text.with(b" version=").with(version.as_bytes()).with(b" architecture=").with(architecture.as_bytes());
    let text = text.with(b" plans=").number(*plans.start()).with(b"-").number(*plans.end()).with(b" ");
    text.bytes
}

/// A marker while it is written.
struct Text {
    bytes: [u8; LENGTH],
    length: usize,
}

impl Text {
    const fn with(mut self, more: &[u8]) -> Self {
        let mut at = 0;
        while at < more.len() {
            self.bytes[self.length] = more[at];
            self.length += 1;
            at += 1;
        }
        // The last byte ends the text.
        assert!(self.length < LENGTH, "the marker is too long");
        self
    }

    const fn number(self, number: u32) -> Self {
        let text = if number >= 10 { self.number(number / 10) } else { self };
        let digit = b'0' + (number % 10) as u8;
        text.with(&[digit])
    }
}

impl Marker {
    /// Finds a program's marker. Returns it with its place in the bytes.
    pub fn find(program: &[u8]) -> Option<(usize, Self)> {
        let found = |at: usize| Some((at, Self::parse(program.get(at..at + LENGTH)?)?));
        let (at, marker) = memmem::find_iter(program, SIGNATURE).find_map(found)?;
        Some((at, Self { stock: memmem::find(program, &STOCK).is_some(), ..marker }))
    }

    /// Returns the marker as it is in the program's bytes.
    pub fn bytes(&self) -> [u8; LENGTH] {
        let mut bytes = mark(&self.version, &self.architecture, &self.plans);
        if let Some(digest) = &self.digest {
            bytes[Self::digits(0)].copy_from_slice(digest.as_bytes());
        }
        bytes
    }

    /// Returns the place of the digest's digits in a program whose marker is at `at`.
    pub fn digits(at: usize) -> std::ops::Range<usize> {
        let start = at + SIGNATURE.len();
        start..start + DIGEST
    }

    /// Reads the bytes of a marker. `None` if they are something else, such as the signature in another program's data.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes.strip_prefix(SIGNATURE)?).ok()?;
        let mut words = text.trim_end_matches('\0').strip_suffix(' ')?.split(' ');
        let digest = words.next().filter(|digits| digits.len() == DIGEST && digits.bytes().all(is_digit))?;
        let version = words.next()?.strip_prefix("version=")?.to_owned();
        let architecture = words.next()?.strip_prefix("architecture=")?.to_owned();
        let (first, last) = words.next()?.strip_prefix("plans=")?.split_once('-')?;
        let plans = first.parse().ok()?..=last.parse().ok()?;
        let digest = digest.bytes().any(|digit| digit != b'0').then(|| digest.to_owned());
        words.next().is_none().then_some(Self { version, architecture, plans, stock: false, digest })
    }
}

/// Whether a byte is a digit of a digest.
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(mark: &[u8], more: &[u8]) -> Vec<u8> {
        [b"\x7fELF and code", mark, b"data", more, b"the end"].concat()
    }

    #[test]
    fn a_program_says_what_it_is() {
        for (architecture, name) in [("x86_64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")] {
            let (at, marker) = Marker::find(&program(&mark("0.12.0", architecture, &(1..=20)), b"")).unwrap();
            let want = Marker {
                version: "0.12.0".to_owned(),
                architecture: name.to_owned(),
                plans: 1..=20,
                stock: false,
                digest: None,
            };
            assert_eq!((at, marker), (13, want));
        }
        let (_, marker) = Marker::find(&program(&mark("0.1.0", "x86_64", &(1..=1)), &STOCK)).unwrap();
        assert!(marker.stock);
    }

    #[test]
    fn a_digest_has_its_place() {
        let mut bytes = program(&mark("0.1.0", "x86_64", &(1..=1)), b"");
        let digest = "0123456789abcdef".repeat(4);
        bytes[Marker::digits(13)].copy_from_slice(digest.as_bytes());
        let (at, marker) = Marker::find(&bytes).unwrap();
        assert_eq!(bytes[at..at + LENGTH], marker.bytes());
        assert_eq!(marker.digest, Some(digest));
    }

    /// The signature may be in a program that looks for it; only a whole marker counts.
    #[test]
    fn what_is_no_whole_marker_is_passed_over() {
        let whole = mark("0.1.0", "x86_64", &(1..=1));
        for damaged in
            [&whole[..30], &whole[..100], SIGNATURE, b"", &whole.map(|byte| if byte == b'=' { b':' } else { byte })]
        {
            assert_eq!(Marker::find(&program(damaged, b"")), None);
            let both = program(damaged, &whole);
            assert_eq!(Marker::find(&both).map(|(at, _)| at), Some(17 + damaged.len()));
        }
        assert_eq!(Marker::find(&whole[..LENGTH - 1]), None);
    }
}
