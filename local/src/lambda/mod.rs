//! Lambda, as a function sees it: the runtime API, the process, the events, and the event source mapping that decides
//! which records are in them.

mod runtime;
mod process;
mod environment;
mod function;
mod invoke;
mod event;
pub mod mapping;
mod poller;
mod producer;

pub use environment::ExecutionEnvironment;
pub use event::KafkaEvent;
pub use function::{Function, FunctionEvent, FunctionObserver};
pub use invoke::InvokeServer;
pub use mapping::EventSourceMapping;
pub use poller::{KafkaSource, MappingPoller};
pub use process::{LineObserver, Process};
pub use producer::KafkaProducer;
pub use runtime::{Answer, Invocation, LambdaRuntime};

/// The function, as Lambda names it.
pub(crate) const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:000000000000:function:local";
