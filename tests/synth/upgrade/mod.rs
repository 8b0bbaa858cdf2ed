//! `synth upgrade`: rewrites documents of Port's legacy forms.

mod command;
mod documents;
