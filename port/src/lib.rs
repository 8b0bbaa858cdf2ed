//! Port's REST API (<https://docs.port.io/api-reference/port-api>), as far as a runner needs it.
//!
//! One [`Client`] keeps the connections and the token. What can be repeated is repeated here, until a [`Deadline`]. The
//! result is an answer or a [`Failure`], which says which of three things to do: give up on the run, give up on the
//! credentials, or try again later.

mod answer;
mod catalog;
mod circuit;
mod client;
mod deadline;
mod entities;
mod failure;
mod held;
pub mod http;
mod outline;
mod region;
pub mod retry;
mod runs;
mod tally;
mod token;

pub use catalog::Collection;
pub use client::Client;
pub use deadline::Deadline;
pub use entities::Written;
pub use failure::{Cause, Failure};
pub use held::HeldEntity;
pub use region::Region;
pub use runs::{LogLevel, RunReport, RunState, Status, is_node_run};
pub use tally::Tally;
pub use token::Credentials;
