//! Runs the built `bootstrap` against a Lambda runtime API, a fake Secrets Manager and a fake Port, all on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

// The setting.
mod deployment;
mod function;
mod messages;

// The main job, and the faults of the tutorial's handler.
mod tutorial;
mod tutorial_faults;

// What a batch contains, and what becomes of its runs.
mod batches;
mod records;
mod unreadable;
mod signatures;
mod vectors;
mod own_code;
mod failures;
mod reports;
mod requests;

// What can go wrong around it.
mod start;
mod credentials;
mod outages;
mod proxies;
mod answers;
mod waits;
mod redelivery;
mod largest_batch;

// What an operator sees.
mod marker;
mod printed;
mod levels;
mod metrics;
