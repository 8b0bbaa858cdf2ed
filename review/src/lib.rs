//! What a change does to a deployed stack, in words and pictures. Any SAM or CloudFormation template will do.
//!
//! ```text
//! template ─► Stack ─┬─ compare ─► Report ─┬─ write ─► text, Markdown, HTML
//!                    └─ graph ───► Graph ──┴─ write ─► SVG, DOT, Mermaid
//! ```
//!
//! Everything here is a function of its arguments: no I/O, no clock, no environment.

pub mod compare;
pub mod graph;
pub mod template;
pub mod write;

pub use compare::{Report, Side, diff};
