//! The functions that `build.rs` compiled into `synth`.

use std::io::Read as _;

use flate2::read::DeflateDecoder;
use model::marker::Marker;
use model::plan::VERSIONS;

use super::VERSION;
use crate::config::Architecture;

/// A stock function of this version, compressed.
#[derive(Debug)]
pub(super) struct Inside {
    pub(super) architecture: Architecture,
    /// Bytes of the program.
    pub(super) length: usize,
    /// The place of its marker.
    pub(super) at: usize,
    /// Its digest. The rest of its marker is known, and is not kept as it is: otherwise `synth` itself would be taken for a
    /// function.
    digest: &'static str,
    compressed: &'static [u8],
}

/// Those for Lambda, one for each architecture at most.
pub(super) static ALL: &[Inside] = include!(concat!(env!("OUT_DIR"), "/inside.rs"));

/// The one that runs on this machine, if it does not run Linux.
static HOST: Option<Inside> = include!(concat!(env!("OUT_DIR"), "/host.rs"));

impl Inside {
    /// Returns the one that runs on this machine.
    pub(super) fn here() -> Option<&'static Self> {
        if cfg!(target_os = "linux") { Self::of(Architecture::here()?) } else { HOST.as_ref() }
    }

    /// Returns the one for Lambda.
    pub(super) fn of(architecture: Architecture) -> Option<&'static Self> {
        ALL.iter().find(|inside| inside.architecture == architecture)
    }

    pub(super) fn marker(&self) -> Marker {
        Marker {
            version: VERSION.to_owned(),
            architecture: self.architecture.as_str().to_owned(),
            plans: VERSIONS,
            stock: true,
            digest: Some(self.digest.to_owned()),
        }
    }

    /// Returns the program. It always can be decompressed: `build.rs` compressed it.
    pub(super) fn decompress(&self) -> Option<Vec<u8>> {
        let mut program = Vec::with_capacity(self.length);
        DeflateDecoder::new(self.compressed).read_to_end(&mut program).ok()?;
        Some(program)
    }
}
