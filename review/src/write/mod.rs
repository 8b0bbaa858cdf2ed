//! Reports and graphs as people and tools read them. Writers show and decide nothing.

mod dot;
mod html;
mod icon;
mod markdown;
mod markup;
mod mermaid;
mod svg;
mod text;

pub use dot::dot;
pub use html::html;
pub use markdown::markdown;
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::{text, tree as change_lines};
