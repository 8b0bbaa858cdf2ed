//! Drives the built `bootstrap` through a Lambda runtime API, a fake Secrets Manager and a fake Port, all on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

// What is staged.
mod deployment;
mod function;
mod messages;

// The main job, and what the tutorial's handler got wrong.
mod tutorial;
mod tutorial_faults;

// What a batch holds, and what becomes of its runs.
mod records;
mod signatures;
mod vectors;
mod own_code;
mod failures;
mod reports;

// What goes wrong around it.
mod credentials;
mod outages;
mod redelivery;
mod largest_batch;

mod printed;
