//! Any template as what it deploys, in the one form in which equal values are equal.
//!
//! ```text
//! yaml ─► Value ─ foreach, sam ─► resources ─ normal (schema: which lists are sets) ─► node ─► stack
//!                                                └─ guard, statement: policies as what they say
//! ```

pub mod yaml;
mod foreach;
mod intrinsic;
pub(crate) mod guard;
pub(crate) mod node;
pub(crate) mod statement;
pub(crate) mod schema;
pub(crate) mod normal;
mod sam;
pub(crate) mod stack;
