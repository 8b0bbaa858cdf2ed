//! `synth port`: the built command against a Port on this machine.

mod command;
mod failures;
pub(crate) mod organization;
mod synchronization;
