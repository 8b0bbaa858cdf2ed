//! `synth event` and `synth filter-test`: events as Lambda passes them to the function.

mod command;
mod messages;
