//! The plan that the function follows, and the event filter that matches it.

pub mod compile;
pub mod filter;
