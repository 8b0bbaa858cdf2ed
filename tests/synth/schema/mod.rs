//! `synth schema`: the JSON Schemas for editors.

mod command;
mod editors;
