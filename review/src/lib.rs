//! What a change does to a deployed stack, in words and pictures. Any SAM or CloudFormation template will do.
//!
//! ```text
//! template ◄── compare ◄── graph ◄── write      who knows whom: no room knows one to its right
//!
//! template ─► Stack ─┬─ compare ─► Report ─┬─ write ─► text, Markdown, HTML
//!                    └─ graph ───► Graph ──┴─ write ─► SVG, DOT, Mermaid
//! ```
//!
//! Inside a room the modules are declared in the order in which they know each other, lowest first:
//!
//! ```text
//! template  yaml; foreach; intrinsic ◄ guard, node ◄ statement; schema; normal ⇄ normal::policy; sam ◄ stack
//! compare   report, words ◄ difference ◄ rename, update; draft ◄ follow; risk ◄ resources; package;
//!           permission (grant ◄ flag, principal; cover); delivery; settings;
//!           port (consequence, json ◄ field ◄ action, blueprint; documents; plan)
//! graph     kind ◄ model ◄ edges, facts ◄ builder; mark; face ◄ card ◄ adjacency ◄ order; route ◄ layout
//! write     markup, phrase ◄ section ◄ text, markdown; icon ◄ svg ◄ html; dot; mermaid
//! ```
//!
//! The one circle is a recursion: a policy is a value, and its words are values.
//!
//! Everything here is a function of its arguments: no I/O, no clock, no environment.

pub mod template;
pub mod compare;
pub mod graph;
pub mod write;

pub use compare::{Report, Side, diff};
