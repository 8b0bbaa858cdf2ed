//! Writes reports and graphs for people and tools. Writers only format; they decide nothing.
//!
//! ```text
//! Report ─ section (phrase) ─► text, markdown, html
//! Graph ──────────────────────► svg ─► html; dot, mermaid
//! ```

mod markup;
mod phrase;
mod section;
mod text;
mod markdown;

mod icon;
mod svg;
mod html;
mod dot;
mod mermaid;

pub use dot::dot;
pub use html::html;
pub use markdown::markdown;
pub use mermaid::mermaid;
pub use phrase::change_lines;
pub use svg::svg;
pub use text::text;
