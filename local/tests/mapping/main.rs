//! The event source mapping: Lambda's rules, one test each. What AWS has not published is called `assumed_…`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

mod stage;

mod batching;
mod bisecting;
mod destination;
mod fates;
mod filtering;
mod partitions;
mod retrying;
mod settings;
