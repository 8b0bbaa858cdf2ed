//! The poller with a real broker: ours, or the one that `POLLER_BOOTSTRAP` names.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]

mod stage;

mod groups;
mod positions;
mod problems;
mod reading;
