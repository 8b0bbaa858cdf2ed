//! The SAM template: its types, its synthesis, overrides, the checks that it must pass, and its text.

pub mod types;
pub mod synthesize;
mod intrinsic;
mod literal;
pub mod verify;
pub mod overrides;
pub mod emit;
