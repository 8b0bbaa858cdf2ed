//! The function that carries out Port's action runs.
//!
//! ```text
//! Lambda event ─ event::Event ─► records ─ Plan::recognise ─► runs ─ queues::Queues ─► carry_out ─► Port: entity, status
//!                                                                         └──── fates ─► verdict::Verdict ─► Lambda
//! ```
//!
//! A team's own code joins at one place: [`Runner::on`].

mod carry_out;
pub mod decryption;
mod environment;
pub mod event;
mod invocation;
mod log;
mod metrics;
mod queues;
mod runner;
mod secret;
mod seen;
pub mod signature;
mod verdict;
mod work;

pub use environment::{Environment, EnvironmentError};
pub use event::Event;
pub use log::{Level, Log};
pub use model::{Plan, Run};
pub use runner::{Runner, StartError};
pub use verdict::Verdict;
pub use work::{Outcome, RunLog};
