//! `synth event` and `synth filter-test`: events as Lambda hands them over.

mod command;
mod messages;
