//! The functions that `build.rs` compiled into `synth`.

use std::io::Read as _;

use flate2::read::DeflateDecoder;
use model::marker::LENGTH;

use crate::config::Architecture;

/// A stock function of this version, compressed.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) architecture: Architecture,
    /// Bytes of the program.
    pub(super) length: usize,
    /// The place of its marker.
    pub(super) at: usize,
    /// Its marker, with its digest.
    pub(super) mark: [u8; LENGTH],
    compressed: &'static [u8],
}

/// One for each architecture at most.
pub(super) static ALL: &[Inside] = include!(concat!(env!("OUT_DIR"), "/inside.rs"));

impl Inside {
    pub(super) fn of(architecture: Architecture) -> Option<&'static Self> {
        ALL.iter().find(|inside| inside.architecture == architecture)
    }

    /// Returns the program. It always can be decompressed: `build.rs` compressed it.
    pub(super) fn decompress(&self) -> Option<Vec<u8>> {
        let mut program = Vec::with_capacity(self.length);
        DeflateDecoder::new(self.compressed).read_to_end(&mut program).ok()?;
        Some(program)
    }
}
