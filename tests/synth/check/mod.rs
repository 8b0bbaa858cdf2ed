//! `synth check`: errors, warnings, and how they are shown.

mod cases;
mod command;
mod entities;
mod formats;
mod input;
mod many;
mod mixed;
mod port_documents;
mod typos;
