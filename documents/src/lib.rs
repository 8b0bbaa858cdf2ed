//! What people write for Port: read, judged and lifted to one shape.
//!
//! ```text
//! Source ─ parse ─► document ─ shape, sense ─► findings
//!                       └─ lift ─► Catalog
//! ```
//!
//! Everything here is a function of its arguments: no I/O, no clock, no environment.

pub mod catalog;
pub mod document;
pub mod finding;
pub mod grammar;
pub mod lift;
mod publish;
mod sense;
mod shape;
pub mod source;
pub mod style;
pub mod upgrade;

pub use catalog::Catalog;
pub use finding::Findings;
pub use source::Source;
