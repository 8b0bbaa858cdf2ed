//! The function that carries out Port's action runs.
//!
//! ```text
//! Lambda event ─ event::Event ─► records ─ Plan::recognise ─► runs ─ queues::Queues ─► carry_out ─► Port: entity, status
//!                                                                         └──── fates ─► verdict::Verdict ─► Lambda
//! ```
//!
//! A team adds its own code in one place: [`Runner::on`], in the `main` that [`start`] is.

// The process.
mod runner;
mod environment;
mod secret;
mod rotation;
mod service;

// A batch: from Lambda's event to Lambda's answer.
pub mod event;
mod invocation;
pub mod signature;
mod queues;
mod verdict;

// A run: from the message to its end in Port.
mod seen;
mod fate;
mod carry_out;
mod proxy;
pub mod decryption;
mod work;

// Output.
mod log;
mod metrics;

pub use environment::{Environment, EnvironmentError};
pub use event::Event;
pub use log::{Level, Log};
pub use model::{Plan, Run};
pub use runner::{Runner, StartError, start};
pub use verdict::Verdict;
pub use work::{Outcome, RunLog};
