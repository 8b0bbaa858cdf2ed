//! `synth new`, and what `synth init` writes with `--code`: first drafts.

mod command;
mod crates;
mod drafts;
