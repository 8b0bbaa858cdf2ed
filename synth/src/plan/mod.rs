//! The plan that the function follows, and the event filter that is compiled from it.

pub mod compile;
pub mod filter;
