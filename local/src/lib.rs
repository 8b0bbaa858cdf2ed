//! The other end of both wires, for tests and for development; never deployed.
//!
//! A stateful Port, a Secrets Manager, a Lambda runtime API and the process that Lambda would start, and an oracle that
//! knows what must come of it. Every server
//! listens on `127.0.0.1`, lives on a thread of its own, and stops when its handle is dropped, so a test stays plain
//! synchronous code.

#![forbid(unsafe_code)]

// What everything here stands on.
mod lock;
mod clock;
mod random;
mod server;

// The services.
pub mod port;
mod secrets;
mod lambda;

// All of them around one function.
mod deployment;

// Whether it kept its promises.
pub mod oracle;

pub use deployment::Deployment;
pub use lambda::{
    Answer, Batch, EventSourceMapping, ExecutionEnvironment, Invocation, KafkaEvent, LambdaRuntime, Partition, Process,
    Redelivery, Topic,
};
pub use port::{Call, Credentials, Effect, FakePort, Fault, Progress};
pub use random::Random;
pub use secrets::FakeSecretsManager;
