//! Drives the built `bootstrap` through a Lambda runtime API, a fake Secrets Manager and a fake Port, all on loopback.

mod messages;
mod promises;
mod stage;
mod tutorial;
mod tutorial_faults;
