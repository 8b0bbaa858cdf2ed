//! The entity that a run writes: which it is, what values its form allows, and whether they fit.

mod complete;
pub(crate) mod pattern;
mod format;
pub(crate) mod fit;
mod sample;
pub mod check;

pub use complete::{complete, suggestion, unplaced};
