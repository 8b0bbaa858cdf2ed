//! `synth build`: from input files to everything that is deployed.

mod cases;
mod command;
mod crates;
mod folder;
mod overrides;
mod own_code;
mod package;
mod quotas;
mod secrets;
mod template;
mod verify;
mod versions;
mod existing_stacks;
