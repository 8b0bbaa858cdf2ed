//! A broker with a topic, a poller, and a function in the test's own process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use krafka::admin::{CreateTopicsOptions, ListConsumerGroupOffsetsOptions, NewTopic};
use krafka::auth::{AuthConfig, TlsConfig};
use krafka::{Kafka, Record};
use local::kafka::{KafkaBroker, KafkaSettings};
use local::mapping::{BatchDelivery, MappingEvent, MappingObserver, MappingSettings, RecordFilter};
use local::{Answer, Invocation, KafkaSource, MappingPoller};
use serde_json::{Value, json};

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A broker, and how to reach it.
pub(crate) struct Cluster {
    /// Ours; nothing if the environment names one.
    pub(crate) broker: Option<KafkaBroker>,
    bootstrap: String,
    ca: String,
    user: String,
    pub(crate) password: Arc<Mutex<String>>,
    runtime: tokio::runtime::Runtime,
}

impl Cluster {
    /// Returns the broker that the environment names, or a new one of ours.
    pub(crate) fn new() -> Self {
        let variable = |name: &str| std::env::var(name);
        match variable("POLLER_BOOTSTRAP") {
            Ok(bootstrap) => {
                let ca = std::fs::read_to_string(variable("POLLER_CA").unwrap()).unwrap();
                Self::of(None, bootstrap, ca, variable("POLLER_USER").unwrap(), variable("POLLER_PASSWORD").unwrap())
            }
            Err(_) => Self::ours(),
        }
    }

    /// Starts our broker, for a test that breaks it.
    pub(crate) fn ours() -> Self {
        let broker = KafkaBroker::start(KafkaSettings::new("port", "password")).unwrap();
        let bootstrap = format!("localhost:{}", broker.address().port());
        let ca = broker.ca_pem().to_owned();
        Self::of(Some(broker), bootstrap, ca, "port".to_owned(), "password".to_owned())
    }

    fn of(broker: Option<KafkaBroker>, bootstrap: String, ca: String, user: String, password: String) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { broker, bootstrap, ca, user, password: Arc::new(Mutex::new(password)), runtime }
    }

    pub(crate) fn ours_of(&self) -> &KafkaBroker {
        self.broker.as_ref().unwrap()
    }

    async fn client(&self) -> Kafka {
        let password = self.password.lock().unwrap().clone();
        let tls = TlsConfig::new().with_ca_cert_pem(self.ca.as_bytes());
        let security = AuthConfig::sasl_scram_sha512(self.user.as_str(), password).with_tls(tls);
        Kafka::builder(self.bootstrap.as_str()).security(security).connect().await.unwrap()
    }

    /// Creates a topic with a name of its own.
    pub(crate) fn topic(&self, name: &str, partitions: i32) -> String {
        let topic = format!("{name}-{}-{}", std::process::id(), self.bootstrap.rsplit(':').next().unwrap());
        self.runtime.block_on(async {
            let new = NewTopic::new(topic.as_str(), partitions, 1).unwrap();
            let admin = self.client().await.admin();
            for result in admin.create_topics([new], CreateTopicsOptions::default()).await.unwrap().into_values() {
                result.unwrap();
            }
        });
        topic
    }

    /// Publishes values to a partition, one batch each.
    pub(crate) fn publish(&self, topic: &str, partition: i32, values: &[String]) {
        self.publish_records(values.iter().map(|value| Record::new(topic, value.clone()).partition(partition)));
    }

    pub(crate) fn publish_records(&self, records: impl Iterator<Item = Record>) {
        self.runtime.block_on(async {
            let producer = self.client().await.producer().build().await.unwrap();
            for record in records {
                let _ = producer.send(record).await.unwrap();
            }
            producer.close().await.unwrap();
        });
    }

    /// Returns what a group has committed for a topic.
    pub(crate) fn committed(&self, group: &str) -> BTreeMap<i32, i64> {
        self.runtime.block_on(async {
            let admin = self.client().await.admin();
            let options = ListConsumerGroupOffsetsOptions::default();
            let offsets = admin.list_consumer_group_offsets(group, options).await.unwrap();
            offsets.into_iter().map(|(place, offset)| (place.partition, offset.unwrap().offset.unwrap())).collect()
        })
    }

    pub(crate) fn source(&self) -> KafkaSource {
        let (user, password) = (self.user.clone(), Arc::clone(&self.password));
        let secret = move || Ok(json!({"username": user, "password": *password.lock().unwrap()}).to_string());
        KafkaSource {
            bootstrap_servers: self.bootstrap.clone(),
            ca_pem: Some(self.ca.clone()),
            secret: Box::new(secret),
            start_delay: Duration::ZERO,
        }
    }
}

/// A poller with everything that it delivered.
pub(crate) struct Polled {
    pub(crate) poller: MappingPoller,
    delivered: Arc<Mutex<Vec<BatchDelivery>>>,
    events: Arc<Mutex<Vec<MappingEvent>>>,
}

/// Settings for a topic, with a group of its name and no window.
pub(crate) fn settings(topic: &str) -> MappingSettings {
    MappingSettings {
        batching_window: Some(0),
        retry_speed: 100,
        ..MappingSettings::new(topic, format!("{topic}.group"))
    }
}

pub(crate) fn done() -> Answer {
    Answer::Response(json!({"batchItemFailures": []}))
}

impl Polled {
    /// Starts a poller whose function is a closure.
    pub(crate) fn start(
        cluster: &Cluster,
        settings: MappingSettings,
        function: impl Fn(&BatchDelivery) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(cluster.source(), settings, None, function)
    }

    pub(crate) fn start_with(
        source: KafkaSource,
        settings: MappingSettings,
        filter: Option<RecordFilter>,
        function: impl Fn(&BatchDelivery) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let (delivered, events) =
            (Arc::<Mutex<Vec<BatchDelivery>>>::default(), Arc::<Mutex<Vec<MappingEvent>>>::default());
        let (deliveries, seen) = (Arc::clone(&delivered), Arc::clone(&events));
        let invoke = move |delivery: &BatchDelivery| {
            deliveries.lock().unwrap().push(delivery.clone());
            let answer = function(delivery);
            Invocation { request_id: delivery.request_id.clone(), answer, duration: Duration::ZERO }
        };
        let observer = MappingObserver::new(move |event| seen.lock().unwrap().push(event.clone()));
        let poller = MappingPoller::start(settings, source, filter, invoke, observer).unwrap();
        Self { poller, delivered, events }
    }

    /// Waits until the offsets are committed.
    pub(crate) fn wait_committed(&self, offsets: &[(i32, i64)]) {
        let offsets: BTreeMap<i32, i64> = offsets.iter().copied().collect();
        let is_there = self.poller.wait_until(PATIENCE, |status| status.committed == offsets);
        assert!(is_there, "{:?}", self.poller.status());
    }

    /// Waits until the group has assigned this many partitions.
    pub(crate) fn wait_assigned(&self, count: usize) {
        assert!(
            self.poller.wait_until(PATIENCE, |status| status.assigned.len() == count),
            "{:?}",
            self.poller.status()
        );
    }

    pub(crate) fn wait_result(&self, result: &str) {
        let is_there = self.poller.wait_until(PATIENCE, |status| status.result.as_str() == result);
        assert!(is_there, "{:?}", self.poller.status());
    }

    /// Returns the values that were delivered, by partition and in order.
    pub(crate) fn values(&self, topic: &str) -> BTreeMap<i32, Vec<String>> {
        use base64::Engine as _;
        let mut values: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        for delivery in self.delivered.lock().unwrap().iter() {
            let event: Value = serde_json::from_str(&delivery.event).unwrap();
            for partition in delivery.offsets.keys() {
                for record in event["records"][format!("{topic}-{partition}")].as_array().unwrap() {
                    let value = record["value"].as_str().unwrap();
                    let value = base64::prelude::BASE64_STANDARD.decode(value).unwrap();
                    values.entry(*partition).or_default().push(String::from_utf8(value).unwrap());
                }
            }
        }
        values
    }

    pub(crate) fn deliveries(&self) -> Vec<BatchDelivery> {
        self.delivered.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<MappingEvent> {
        self.events.lock().unwrap().clone()
    }
}

pub(crate) fn numbered(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("value {number}")).collect()
}
