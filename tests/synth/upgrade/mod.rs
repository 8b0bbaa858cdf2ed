//! `synth upgrade`: documents of Port's older forms rewritten.

mod command;
mod documents;
