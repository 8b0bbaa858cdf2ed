//! The services at the other end of both connections, for tests and development. Never deployed.
//!
//! A stateful Port, a Kafka broker, a Secrets Manager, Lambda with its runtime API and event source mapping, and an oracle that checks
//! which promises a function kept. Every server listens on `127.0.0.1`, runs in its own thread, and stops when its
//! handle is dropped, so tests remain plain synchronous code.

#![forbid(unsafe_code)]

// What the servers are built from.
mod lock;
mod clock;
mod random;
mod observer;
mod server;
mod loopback;

// The services.
mod port;
pub mod kafka;
mod secrets;
mod lambda;

// Everything around one function.
mod deployment;

// What goes wrong on purpose, as one writes it.
mod fault_spec;

// What happened, kept on the disk.
pub mod journal;

// Whether the function kept its promises.
pub mod oracle;

pub use deployment::Deployment;
pub use fault_spec::{EFFECTS, FaultSpec};
pub use kafka::KafkaBroker;
pub use lambda::{
    Answer, EventSourceMapping, ExecutionEnvironment, Function, FunctionEvent, FunctionObserver, Invocation,
    InvokeServer, KafkaEvent, KafkaProducer, KafkaSource, LambdaRuntime, LineObserver, MappingPoller, Process, mapping,
};
pub use loopback::check_loopback;
pub use observer::Observer;
pub use port::{
    Call, Credentials, DueRun, Effect, FakePort, Fault, KafkaCredentials, LateWrites, PortDocument, PortEvent, Progress,
};
pub use random::Random;
pub use secrets::FakeSecretsManager;
