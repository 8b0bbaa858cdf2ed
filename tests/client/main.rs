//! The client of Port's API against the local Port: each call, what it sends, and what it makes of answers that are late,
//! broken, refused, or somebody else's.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod stage;

mod calls;
mod failures;
mod tokens;
