//! What a template deploys, in a normal form: values that mean the same compare equal.
//!
//! ```text
//! yaml, json ─► Value ─ foreach, sam ─► resources ─ normal (schema: which lists are sets) ─► node ─► stack
//!                                                └─ guard, statement: what policies allow and deny
//! ```

pub mod intrinsic;
pub mod limit;
mod json;
pub mod yaml;
mod foreach;
pub(crate) mod guard;
pub(crate) mod node;
pub(crate) mod statement;
pub(crate) mod schema;
pub(crate) mod normal;
mod sam;
pub(crate) mod stack;

pub(crate) use sam::AS_WRITTEN;
pub use schema::schema_facts;
