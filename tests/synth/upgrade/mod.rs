//! `synth upgrade`: rewrites documents of Port's legacy formats.

mod command;
mod documents;
