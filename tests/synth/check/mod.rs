//! `synth check`: what is refused or warned of, and how it is shown.

mod cases;
mod command;
mod entities;
mod formats;
mod many;
mod port_documents;
