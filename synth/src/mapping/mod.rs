//! The entity that a run writes: which it is, what values its form allows, and whether they fit.

pub mod check;
mod complete;
pub(crate) mod fit;
pub(crate) mod pattern;
pub(crate) mod sample;

pub(crate) use complete::SAME_ENTITY;
pub use complete::{complete, suggestion, unplaced};
