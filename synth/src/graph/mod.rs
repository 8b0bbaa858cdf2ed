//! The architecture of a stack as a picture.
//!
//! ```text
//! template ─ Graph::of ─► Graph ─┬─ layout ─ route ─► svg
//!            (marks: before and  ├─► dot
//!             after a change)    └─► mermaid
//! ```
//!
//! Pure: the same template gives the same bytes. Nothing here asks another program to draw.

mod dot;
mod edges;
mod facts;
mod icon;
mod kind;
mod layout;
mod mark;
mod mermaid;
mod model;
mod route;
mod svg;
pub(crate) mod text;

pub use dot::dot;
pub use kind::Kind;
pub use layout::Columns;
pub use mark::{Mark, marked};
pub use mermaid::mermaid;
pub use model::{Edge, Fact, Graph, Meaning, Node};
pub(crate) use route::sentence;
pub use svg::svg;
pub(crate) use svg::{STYLE, svg_within};
