//! Keeps Port in step with the input: compares what Port has with what it should have, and plans the steps.
//!
//! ```text
//! blueprints/*.json ─► wanted ─┐
//!                              ├─ plan ─► steps ─ order ─► apply
//! Port's API ────────► held ───┘
//! ```
//!
//! Planning is a function of the two. Only `synth port` itself talks to Port.

mod state;
mod normalize;
mod order;
mod plan;
mod text;
mod inputs;

pub use inputs::{Encrypted, Given, inputs, value};
pub use normalize::{normalized, sent, written};
pub use plan::{Options, Step, SyncPlan, Verb, plan};
pub use state::{PortState, ResourceKind};
pub use text::text;
