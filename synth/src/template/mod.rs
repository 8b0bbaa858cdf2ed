//! The SAM template: its types, how it is put together, what a team may change in it, what must hold of it, and its text.

pub mod types;
pub mod synthesize;
mod intrinsic;
pub mod verify;
pub mod overrides;
pub mod emit;
