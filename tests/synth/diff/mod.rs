//! `synth diff`: reports of what a change does to a deployed stack.

pub(crate) mod cases;
mod command;
mod every_change;
mod forecast;
mod github;
pub(crate) mod grants;
mod law;
mod limits;
mod ways;
mod widening;
