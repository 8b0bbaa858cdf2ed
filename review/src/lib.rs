//! Shows what a change does to a deployed stack, as text and diagrams. Works with any SAM or CloudFormation template.
//!
//! ```text
//! template ◄── compare ◄── graph ◄── write      a module depends only on modules to its left
//!
//! template ─► Stack ─┬─ compare ─► Report ─┬─ write ─► text, Markdown, HTML
//!                    └─ graph ───► Graph ──┴─ write ─► SVG, DOT, Mermaid
//! ```
//!
//! Within each module, submodules are declared in dependency order, lowest first:
//!
//! ```text
//! template  intrinsic ◄ limit (size ◄ known ◄ scale) ◄ json ◄ yaml; foreach; guard, node ◄ statement; schema; normal ⇄ normal::policy; sam ◄ stack
//! compare   report, words ◄ difference ◄ rename, update;
//!           value (mapping, parameter ◄ followed ◄ condition ◄ possible; redefined);
//!           draft ◄ follow; risk ◄ resources; package;
//!           failure (key, refused); protection (strength ◄ table; path; lifecycle);
//!           permission (condition, branch ◄ known; same; attach ◄ collect ⇄ document, notation ◄ assume ◄ grant;
//!           cover, flag, principal); unknown; delivery; settings;
//!           exposure (address ◄ network; table; lock, gate, firewall; api, definition; policy);
//!           port (consequence, json ◄ field ◄ action, blueprint; documents; plan)
//! graph     kind ◄ model ◄ edges, facts ◄ builder; mark; face ◄ card ◄ adjacency ◄ order; route ◄ layout
//! write     markup, phrase ◄ section ◄ text, markdown; icon ◄ svg ◄ html; dot; mermaid
//! ```
//!
//! The only cycle is a recursion: a policy is a value, and the terms of its statements are values too.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no environment.

mod aside;
pub mod template;
pub mod compare;
pub mod graph;
pub mod write;

pub use aside::both;
pub use compare::{Report, Side, diff};
