//! What Lambda is to a function: the events, the runtime API, the process.

mod event;
mod process;
mod runtime;

pub use event::KafkaEvent;
pub use process::Process;
pub use runtime::{Answer, Invocation, LambdaRuntime};
