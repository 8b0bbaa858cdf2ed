//! The entity that a run writes: its mapping, the values that its form allows, and whether they fit the blueprint.

mod complete;
pub(crate) mod pattern;
mod format;
pub(crate) mod fit;
mod sample;
pub mod check;

pub use complete::{complete, suggestion, unplaced};
