//! The other end of both wires, for tests and for development; never deployed.
//!
//! A stateful Port, a Secrets Manager, Lambda with its runtime API and its event source mapping, and an oracle that says
//! which promises a function kept. Every server listens on `127.0.0.1`, lives on a thread of its own, and stops when its
//! handle is dropped, so a test stays plain synchronous code.

#![forbid(unsafe_code)]

// What the servers are made of.
mod lock;
mod clock;
mod random;
mod server;

// The services.
mod port;
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
