//! `synth new`: first drafts of blueprints and actions.

mod command;
mod drafts;
