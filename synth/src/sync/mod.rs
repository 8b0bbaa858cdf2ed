//! Port in sync: what Port holds beside what it should hold, and the steps from one to the other.
//!
//! ```text
//! blueprints/*.json ─► wanted ─┐
//!                              ├─ plan ─► steps ─ order ─► apply
//! Port's API ────────► held ───┘
//! ```
//!
//! Planning is a function of the two sides. Only the one who applies a plan talks to Port.

mod state;
mod normalize;
mod order;
mod plan;
mod text;
mod inputs;

pub use inputs::inputs;
pub use normalize::{normalized, sent, written};
pub use plan::{Options, Step, SyncPlan, Verb, plan};
pub use state::{PortState, ResourceKind};
pub use text::text;
