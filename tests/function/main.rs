//! Drives the built `bootstrap` through a Lambda runtime API, a fake Secrets Manager and a fake Port, all on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![expect(clippy::print_stdout, reason = "figures and skipped tests are there to be read")]

mod messages;
mod own_code;
mod promises;
mod signed;
mod stage;
mod tutorial;
mod tutorial_faults;
mod vectors;
mod world;
