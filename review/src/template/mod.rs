//! Any template as what it deploys, in the one form in which equal values are equal.

mod foreach;
pub(crate) mod node;
pub(crate) mod normal;
pub(crate) mod policy;
pub(crate) mod replacement;
pub(crate) mod sam;
pub(crate) mod stack;
pub mod yaml;
