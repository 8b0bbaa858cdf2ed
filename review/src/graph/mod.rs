//! Draws the architecture of a stack as a diagram.
//!
//! ```text
//! template ─ builder ─► Graph ─┬─ card, adjacency ─ order ─ layout ─ route ─► svg
//!      (edges, facts)  (mark)  ├─► dot
//!                              └─► mermaid
//! ```
//!
//! Pure: the same template gives the same bytes. No other program is needed to draw.

mod kind;
mod model;
mod edges;
mod facts;
mod builder;
mod mark;

pub(crate) mod face;
pub(crate) mod card;
mod adjacency;
mod order;
pub(crate) mod route;
pub(crate) mod layout;

pub use card::Columns;
pub use kind::NodeKind;
pub use mark::mark;
pub use model::{Edge, EdgeKind, Fact, Graph, GraphNode, Mark};
