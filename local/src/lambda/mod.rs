//! Lambda, as a function sees it: the runtime API, the process, the events, and the event source mapping that decides
//! which records are in them.

mod runtime;
mod process;
mod environment;
mod event;
mod mapping;

pub use environment::ExecutionEnvironment;
pub use event::KafkaEvent;
pub use mapping::{Batch, EventSourceMapping, Partition, Redelivery, Topic};
pub use process::Process;
pub use runtime::{Answer, Invocation, LambdaRuntime};
