//! The services around the function, each on a port of loopback, with the state that the journal has of them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use local::journal::StateFolder;
use local::kafka::{BrokerEvent, KafkaSettings};
use local::{Credentials, Deployment, FakePort, KafkaBroker, KafkaCredentials, Observer, PortEvent};
use serde_json::json;
use synth::event::ORGANISATION;

use super::args::Args;
use super::event::DevEvent;
use super::kafka::Kafka;
use super::kept::{Kept, identity, random};
use super::recorder::Recorder;

/// The port on which Port's API is served, if it is free.
const PORT_API: u16 = 4568;
/// The port on which Kafka is served, if it is free: that of Port's brokers.
const KAFKA: u16 = 9196;
/// How many ports are tried before any free one is taken.
const TRIED: u16 = 100;
/// The calls that Port remembers. All of them are in the journal, as long as it keeps them.
const CALLS: usize = 1_000;

/// A service with the port that it got.
#[derive(Debug)]
pub(super) struct Placed<T> {
    pub(super) service: T,
    /// The port that it would have had, if something else has it.
    pub(super) taken: Option<u16>,
}

/// Starts a service on its port, or the next one that is free.
fn placed<T>(preferred: u16, start: impl Fn(SocketAddr) -> io::Result<T>) -> io::Result<Placed<T>> {
    let last = preferred.saturating_add(TRIED);
    for port in (preferred..last).chain([0]) {
        match start((Ipv4Addr::LOCALHOST, port).into()) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => {}
            started => {
                return started.map(|service| Placed { service, taken: (port != preferred).then_some(preferred) });
            }
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// Starts the broker, with what it held in earlier sessions.
pub(super) fn broker(
    args: &Args,
    folder: &StateFolder,
    kept: &Kept,
    earlier: &[DevEvent],
    recorder: &Arc<Recorder>,
) -> anyhow::Result<Placed<KafkaBroker>> {
    let identity = identity(folder)?;
    let start = |listen| {
        let recorder = Arc::clone(recorder);
        let observer =
            Observer::new(move |event: &BrokerEvent| recorder.record(DevEvent::Kafka(Box::new(event.clone()))));
        let settings = KafkaSettings {
            listen,
            identity: Some(identity.clone()),
            observer,
            ..KafkaSettings::new(kept.kafka_user.as_str(), kept.kafka_password.as_str())
        };
        KafkaBroker::start(settings)
    };
    let placed = placed(KAFKA, start).context("cannot start the broker")?;
    for event in earlier {
        if let DevEvent::Kafka(event) = event {
            placed
                .service
                .replay(event)
                .context("the journal does not fit the broker\n  help: begin anew with --fresh")?;
        }
    }
    for topic in ["runs", "change.log"].map(|name| format!("{ORGANISATION}.{name}")) {
        placed.service.create_topic(&topic, args.mapping.partitions).context("cannot create a topic")?;
    }
    Ok(placed)
}

/// Starts Port with what it held in earlier sessions, and Secrets Manager.
pub(super) fn deployment(
    args: &Args,
    kept: &Kept,
    earlier: &[DevEvent],
    task_root: &Path,
    recorder: &Arc<Recorder>,
) -> anyhow::Result<Placed<Deployment>> {
    let credentials = Credentials::new(kept.client_id.as_str(), kept.client_secret.as_str());
    let start = |listen| FakePort::start_at(listen, credentials.clone());
    let Placed { service: port, taken } = placed(PORT_API, start).context("cannot start the local Port")?;
    port.limit_calls(CALLS);
    port.close_admin();
    for event in earlier {
        if let DevEvent::Port(event) = event {
            port.replay(event);
        }
    }
    port.set_rate_limit(!args.no_rate_limit);
    let recorder = Arc::clone(recorder);
    port.set_observer(Observer::new(move |event: &PortEvent| recorder.record(DevEvent::Port(Box::new(event.clone())))));
    for (name, last, team) in [("Jo", "Doe", "Platform"), ("Sam", "Lee", "Developers")] {
        port.add_user(json!({
            "email": format!("{}@example.com", name.to_lowercase()),
            "firstName": name,
            "lastName": last,
            "teams": [{ "name": team }],
        }));
    }
    let synth = std::env::current_exe().context("cannot find `synth` itself")?;
    let deployment = Deployment::around(port, &synth, task_root, &credentials);
    let deployment = deployment.context("cannot start Secrets Manager")?;
    // Other programs of this machine reach the port, but do not see the function's environment.
    let session = random()?;
    deployment.secrets.require_session_token(&session);
    Ok(Placed { service: deployment.with_variable("AWS_SESSION_TOKEN", &session), taken })
}

/// Says how consumers sign in, as Port's own agent asks for it.
pub(super) fn hand_out(port: &FakePort, kafka: &Kafka, kept: &Kept) {
    // A password of a person's own Kafka is not handed out.
    if kafka.inside().is_some() {
        let (brokers, username, password) =
            (vec![kafka.brokers.clone()], kept.kafka_user.clone(), kept.kafka_password.clone());
        port.set_kafka_credentials(KafkaCredentials { brokers, username, password });
    }
}
