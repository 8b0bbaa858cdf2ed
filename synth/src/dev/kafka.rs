//! The Kafka of a session: the broker inside of `synth`, or one of a person's own.

use std::io;
use std::sync::Arc;

use anyhow::Context;
use local::journal::StateFolder;
use local::kafka::KafkaRecord;
use local::{KafkaBroker, KafkaProducer, KafkaSource};
use serde_json::json;
use synth::event::ORGANISATION;

use super::args::Args;
use super::bootstrap::Bootstrap;
use super::event::DevEvent;
use super::kept::{CA, Kept};
use super::recorder::Recorder;
use super::surroundings::{self, Placed};

/// The group of the mapping at the broker inside of `synth`, named as in the template.
const GROUP: &str = "port-action-runner";
/// Its group at a Kafka of a person's own, where that of a deployed stack may be.
const GROUP_ELSEWHERE: &str = "synth-dev";

/// Where runs are published, and how they are read.
#[derive(Clone)]
pub(super) struct Kafka {
    /// The brokers, separated by commas.
    pub(super) brokers: String,
    /// The port that the broker inside would have had, if something else has it.
    pub(super) taken: Option<u16>,
    /// The topic of the runs.
    pub(super) topic: String,
    /// The consumer group of the mapping.
    pub(super) group: String,
    /// The user.
    pub(super) user: String,
    password: String,
    /// The file of the certificate to trust.
    pub(super) ca: Option<String>,
    ca_pem: Option<String>,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Inside(Arc<KafkaBroker>),
    Elsewhere(Arc<KafkaProducer>),
}

impl Kafka {
    /// Starts the broker inside with what it held in earlier sessions, or connects to a person's own.
    pub(super) fn of(
        args: &Args,
        folder: &StateFolder,
        kept: &Kept,
        earlier: &[DevEvent],
        recorder: &Arc<Recorder>,
    ) -> anyhow::Result<Self> {
        if !args.bootstrap.brokers.is_empty() {
            return Self::elsewhere(&args.bootstrap);
        }
        let Placed { service: broker, taken } = surroundings::broker(args, folder, kept, earlier, recorder)?;
        Ok(Self {
            brokers: format!("localhost:{}", broker.address().port()),
            taken,
            topic: runs(),
            group: format!("{ORGANISATION}.{GROUP}"),
            user: kept.kafka_user.clone(),
            password: kept.kafka_password.clone(),
            ca: Some(folder.path().join(CA).display().to_string()),
            ca_pem: Some(broker.ca_pem().to_owned()),
            way: Way::Inside(Arc::new(broker)),
        })
    }

    fn elsewhere(bootstrap: &Bootstrap) -> anyhow::Result<Self> {
        let brokers: Vec<String> = bootstrap.brokers.iter().map(ToString::to_string).collect();
        let brokers = brokers.join(",");
        let (user, password) = (bootstrap.kafka_user.clone().unwrap_or_default(), bootstrap.password()?);
        let ca_pem = bootstrap.ca()?;
        let source = source(&brokers, ca_pem.clone(), &user, &password);
        let producer = KafkaProducer::connect(source).with_context(|| format!("cannot connect to `{brokers}`"))?;
        Ok(Self {
            brokers,
            taken: None,
            topic: bootstrap.topic.clone().unwrap_or_else(runs),
            group: format!("{ORGANISATION}.{GROUP_ELSEWHERE}"),
            user,
            password,
            ca: None,
            ca_pem,
            way: Way::Elsewhere(Arc::new(producer)),
        })
    }

    /// Publishes a message on the topic of the runs.
    pub(super) fn publish(&self, message: String) -> io::Result<()> {
        match &self.way {
            Way::Inside(broker) => broker.publish(&self.topic, &KafkaRecord::new(message)).map(drop),
            Way::Elsewhere(producer) => producer.publish(&self.topic, message).map(drop),
        }
    }

    /// Returns how the mapping reads.
    pub(super) fn source(&self) -> KafkaSource {
        source(&self.brokers, self.ca_pem.clone(), &self.user, &self.password)
    }

    /// Returns the broker inside of `synth`.
    pub(super) fn inside(&self) -> Option<&KafkaBroker> {
        match &self.way {
            Way::Inside(broker) => Some(broker),
            Way::Elsewhere(_) => None,
        }
    }
}

/// Returns the name of the topic on which Port publishes runs.
fn runs() -> String {
    format!("{ORGANISATION}.runs")
}

fn source(brokers: &str, ca_pem: Option<String>, user: &str, password: &str) -> KafkaSource {
    let secret = json!({ "username": user, "password": password }).to_string();
    KafkaSource {
        bootstrap_servers: brokers.to_owned(),
        ca_pem,
        secret: Box::new(move || Ok(secret.clone())),
        start_delay: std::time::Duration::ZERO,
    }
}
