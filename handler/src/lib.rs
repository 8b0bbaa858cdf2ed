//! The function that carries out Port's action runs.
//!
//! ```text
//! Lambda event ─ event::Event ─► records ─ Plan::recognise ─► runs ─ batch::Queues ─► carry_out ─► Port: entity, status
//!                                                                         └──── fates ─► verdict::Verdict ─► Lambda
//! ```
//!
//! A team's own code joins at one place: [`Runner::on`].

mod batch;
mod carry_out;
mod environment;
mod event;
mod log;
mod runner;
mod secret;
mod verdict;
mod work;

pub use environment::{Environment, EnvironmentError};
pub use event::Event;
pub use log::{Level, Log};
pub use model::{Plan, Run};
pub use runner::{Runner, StartError};
pub use verdict::Verdict;
pub use work::{Outcome, RunLog};
