//! The architecture of a stack as a picture.
//!
//! ```text
//! template ─ Graph::of ─► Graph ─┬─ layout ─ route ─► svg
//!            (marks: before and  ├─► dot
//!             after a change)    └─► mermaid
//! ```
//!
//! Pure: the same template gives the same bytes. Nothing here asks another program to draw.

mod edges;
pub(crate) mod face;
mod facts;
pub(crate) mod icon;
mod kind;
pub(crate) mod layout;
pub(crate) mod mark;
pub(crate) mod model;
pub(crate) mod route;

pub use kind::Kind;
pub use layout::Columns;
pub use mark::{Mark, marked};
pub use model::{Edge, Fact, Graph, Meaning, Node};
