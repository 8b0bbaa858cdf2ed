//! The domain: blueprint, action, run, entity, plan, and the templates between them.
//!
//! All of it is a function of its arguments: no I/O, no async, no clock, no environment. `synth` writes a [`Plan`] and
//! `handler` follows it; they share only this crate.

mod action;
pub mod arn;
mod blueprint;
mod entity;
pub mod filter_pattern;
pub mod identifier;
pub mod jq;
pub mod json;
pub mod marker;
pub mod message;
mod operation;
pub mod plan;
pub mod pointer;
pub mod reading;
mod run;
pub mod template;
pub mod visible;

pub use action::{Action, Input, Presence, Trigger};
pub use blueprint::{Blueprint, Property, Relation, ValueType};
pub use entity::{Entity, EntityFault};
pub use message::Message;
pub use operation::Operation;
pub use plan::{Plan, PlannedAction};
pub use reading::{Reading, Unreadable};
pub use run::Run;
