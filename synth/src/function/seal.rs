//! The digest that a program carries in its marker, so that a damaged one is noticed. `build.rs` uses this too.

use std::fmt::Write as _;

use model::marker::Marker;
use sha2::{Digest, Sha256};

/// Writes the digest of a program into its marker. Returns the marker with its place. `None` without a marker.
pub(super) fn seal(program: &mut [u8]) -> Option<(usize, Marker)> {
    let (at, mut marker) = Marker::find(program)?;
    let digest = digest(program, at);
    program.get_mut(Marker::digits(at))?.copy_from_slice(digest.as_bytes());
    marker.digest = Some(digest);
    Some((at, marker))
}

/// Returns SHA-256 of a program, in hexadecimal, as if the digits of the digest in its marker were zeros.
pub(super) fn digest(program: &[u8], at: usize) -> String {
    let digits = Marker::digits(at);
    let hash = Sha256::new()
        .chain_update(program.get(..digits.start).unwrap_or_default())
        .chain_update("0".repeat(digits.len()))
        .chain_update(program.get(digits.end..).unwrap_or_default())
        .finalize();
    hash.iter().fold(String::with_capacity(digits.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
