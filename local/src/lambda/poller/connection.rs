//! The connection of a poller: a member of the group on an ordinary client of Kafka, which connects again by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use krafka::auth::{AuthConfig, TlsConfig};
use krafka::consumer::{
    AutoOffsetReset, Consumer, ConsumerRebalanceListener, OffsetAndMetadata, PartitionAssignmentStrategy,
    TopicPartition,
};
use krafka::error::ErrorCode;
use krafka::{CloseOptions, ConsumerRecord, Kafka, KrafkaError, TimestampType};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::{FAREWELL, KafkaSource};
use crate::clock::epoch_millis;
use crate::kafka::KafkaRecord;
use crate::lambda::mapping::{MappingSettings, PlacedRecord, ProcessingResult, StartingPosition};

/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(5);
/// How long a member may be silent before the group goes on without it, and how often it is heard of.
const SESSION: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The pause after something went wrong.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a poll waits for records.
const POLL: Duration = Duration::from_secs(1);

/// What the connection is asked to do. Without anybody who could ask, it leaves the group and ends.
pub(super) enum Order {
    /// To commit offsets.
    Commit(BTreeMap<i32, i64>),
    /// To read all partitions but these.
    Pause(BTreeSet<i32>),
}

/// What the connection reports, in order.
pub(super) enum Report {
    /// It reads.
    Connected,
    /// It does not read.
    Problem(ProcessingResult, String),
    Assigned(Vec<i32>),
    Revoked(Vec<i32>),
    Records(Vec<PlacedRecord>),
    Committed(BTreeMap<i32, i64>),
    /// It has left the group, the last report.
    Left,
}

/// Reads until nobody gives orders any more, and connects again as often as it must.
pub(super) async fn keep(
    settings: MappingSettings,
    source: Arc<KafkaSource>,
    mut orders: UnboundedReceiver<Order>,
    reports: UnboundedSender<Report>,
) {
    tokio::time::sleep(source.start_delay).await;
    loop {
        match connect(&settings, &source, &reports).await {
            Ok(consumer) => {
                let session = Session { consumer, topic: &settings.topic, reports: &reports };
                if session.read(&mut orders).await {
                    break;
                }
                // What was assigned is lost with the member.
                let assigned = session.consumer.assignment().await.into_values().flatten().collect();
                let _ = reports.send(Report::Revoked(assigned));
            }
            Err(error) => {
                let _ = reports.send(problem(&error));
            }
        }
        // Orders are about offsets and partitions of a member that is gone.
        let until = tokio::time::Instant::now() + PAUSE;
        while let Ok(order) = tokio::time::timeout_at(until, orders.recv()).await {
            if order.is_none() {
                let _ = reports.send(Report::Left);
                return;
            }
        }
    }
    let _ = reports.send(Report::Left);
}

/// Connects to the brokers of a source.
pub(crate) async fn client(source: &KafkaSource, name: &str) -> Result<Kafka, KrafkaError> {
    let (user, password) = credentials(source).map_err(|error| KrafkaError::auth(format!("the secret: {error}")))?;
    let tls = TlsConfig::new();
    let tls = match &source.ca_pem {
        Some(pem) => tls.with_ca_cert_pem(pem.as_bytes()),
        None => tls,
    };
    Kafka::builder(source.bootstrap_servers.as_str())
        .client_id(name)
        .security(AuthConfig::sasl_scram_sha512(user, password).with_tls(tls))
        .request_timeout(REQUEST)
        .connect_timeout(REQUEST)
        .allow_auto_create_topics(false)
        .connect()
        .await
}

async fn connect(
    settings: &MappingSettings,
    source: &KafkaSource,
    reports: &UnboundedSender<Report>,
) -> Result<Arc<Consumer>, KrafkaError> {
    let kafka = client(source, "lambda").await?;
    let listener = Arc::new(Listener {
        topic: settings.topic.clone(),
        position: settings.starting_position,
        reports: reports.clone(),
        consumer: OnceLock::new(),
    });
    let reset = match settings.starting_position {
        StartingPosition::TrimHorizon => AutoOffsetReset::Earliest,
        StartingPosition::Latest | StartingPosition::AtTimestamp(_) => AutoOffsetReset::Latest,
    };
    let consumer = kafka
        .consumer(settings.consumer_group_id.as_str())
        .auto_offset_reset(reset)
        .enable_auto_commit(false)
        // A rebalance takes away only what another member gets, where all members can do that.
        .partition_assignment_strategies([
            PartitionAssignmentStrategy::CooperativeSticky,
            PartitionAssignmentStrategy::Range,
        ])
        .session_timeout(SESSION)
        .heartbeat_interval(HEARTBEAT)
        .metrics_push(false)
        .rebalance_listener(Arc::clone(&listener))
        .build()
        .await?;
    let consumer = Arc::new(consumer);
    let _ = listener.consumer.set(Arc::downgrade(&consumer));
    consumer.subscribe([settings.topic.as_str()]).await?;
    Ok(consumer)
}

fn credentials(source: &KafkaSource) -> io::Result<(String, String)> {
    let secret: Value = serde_json::from_str(&(source.secret)()?)?;
    let text = |name: &str| {
        let missing = || io::Error::new(io::ErrorKind::InvalidData, format!("`{name}` is missing"));
        secret.get(name).and_then(Value::as_str).map(str::to_owned).ok_or_else(missing)
    };
    Ok((text("username")?, text("password")?))
}

/// A member of the group.
struct Session<'a> {
    consumer: Arc<Consumer>,
    topic: &'a str,
    reports: &'a UnboundedSender<Report>,
}

type Polling = Pin<Box<dyn Future<Output = krafka::Result<Vec<ConsumerRecord>>> + Send>>;
type Committing = Pin<Box<dyn Future<Output = (BTreeMap<i32, i64>, krafka::Result<()>)> + Send>>;

impl Session<'_> {
    /// Reads and commits until the member has left (true) or must connect again (false).
    async fn read(&self, orders: &mut UnboundedReceiver<Order>) -> bool {
        let mut polling: Option<Polling> = None;
        let mut committing: Option<Committing> = None;
        let mut due: Option<BTreeMap<i32, i64>> = None;
        let mut committed: BTreeMap<i32, i64> = BTreeMap::new();
        loop {
            if committing.is_none()
                && let Some(offsets) = due.take().filter(|due| *due != committed)
            {
                committing = Some(self.commit(offsets));
            }
            let poll = polling.get_or_insert_with(|| self.poll());
            tokio::select! {
                result = poll => {
                    polling = None;
                    if let Err(error) = self.polled(result) {
                        let _ = self.reports.send(problem(&error));
                        if error.is_fatal() {
                            return false;
                        }
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                (offsets, result) = finished(&mut committing) => {
                    committing = None;
                    match result {
                        Ok(()) => {
                            committed.extend(&offsets);
                            let _ = self.reports.send(Report::Committed(offsets));
                        }
                        // What is not committed is delivered again, to this member or another one. The poll says what is
                        // wrong; the next commit takes this one's place.
                        Err(error) if error.is_fatal() => {}
                        Err(_) => {
                            due = due.or(Some(offsets));
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                }
                order = orders.recv() => match order {
                    Some(Order::Commit(offsets)) => due = Some(offsets),
                    Some(Order::Pause(partitions)) => self.pause(&partitions).await,
                    None => {
                        drop(polling);
                        if let Some(committing) = committing {
                            let (offsets, result) = committing.await;
                            self.report(offsets, &result);
                        }
                        if let Some(offsets) = due {
                            let (offsets, result) = self.commit(offsets).await;
                            self.report(offsets, &result);
                        }
                        let _ = self.consumer.close_with(CloseOptions::new().timeout(FAREWELL)).await;
                        return true;
                    }
                },
            }
        }
    }

    /// Polls, and asks for the end of the topic if there was nothing: the client itself is silent about a broker that is
    /// away, a topic that does not exist, and credentials that are refused to a later connection.
    fn poll(&self) -> Polling {
        let (consumer, topic) = (Arc::clone(&self.consumer), self.topic.to_owned());
        Box::pin(async move {
            let records = consumer.poll(POLL).await?;
            if records.is_empty() {
                for (_, offset) in consumer.offsets_for_times_for_topic(&topic, epoch_millis()).await? {
                    offset?;
                }
            }
            Ok(records)
        })
    }

    fn polled(&self, result: krafka::Result<Vec<ConsumerRecord>>) -> krafka::Result<()> {
        let records = result?;
        let _ = self.reports.send(Report::Connected);
        if !records.is_empty() {
            let _ = self.reports.send(Report::Records(records.into_iter().map(placed).collect()));
        }
        Ok(())
    }

    fn commit(&self, offsets: BTreeMap<i32, i64>) -> Committing {
        let (consumer, topic) = (Arc::clone(&self.consumer), self.topic.to_owned());
        Box::pin(async move {
            let one = |(partition, offset): (&i32, &i64)| {
                (TopicPartition::new(topic.as_str(), *partition), OffsetAndMetadata::new(*offset))
            };
            let all: Vec<_> = offsets.iter().map(one).collect();
            let result = consumer.commit_offsets(all).await;
            (offsets, result)
        })
    }

    fn report(&self, offsets: BTreeMap<i32, i64>, result: &krafka::Result<()>) {
        if result.is_ok() {
            let _ = self.reports.send(Report::Committed(offsets));
        }
    }

    async fn pause(&self, partitions: &BTreeSet<i32>) {
        let paused = self.consumer.paused_partitions().await.into_iter().map(|(_, partition)| partition);
        let resumed: Vec<i32> = paused.filter(|partition| !partitions.contains(partition)).collect();
        self.consumer.resume(self.topic, &resumed).await;
        let partitions: Vec<i32> = partitions.iter().copied().collect();
        self.consumer.pause(self.topic, &partitions).await;
    }
}

async fn finished(committing: &mut Option<Committing>) -> (BTreeMap<i32, i64>, krafka::Result<()>) {
    match committing {
        Some(committing) => committing.await,
        None => std::future::pending().await,
    }
}

fn placed(record: ConsumerRecord) -> PlacedRecord {
    let ConsumerRecord { partition, offset, timestamp, timestamp_type, key, value, headers, .. } = record;
    let appended = timestamp_type == TimestampType::LogAppendTime;
    PlacedRecord { partition, offset, appended, record: KafkaRecord { timestamp, key, value, headers } }
}

fn problem(error: &KrafkaError) -> Report {
    let result = match error {
        KrafkaError::Auth { .. } => ProcessingResult::AuthenticationFailed,
        KrafkaError::Broker { code, .. } => match code {
            ErrorCode::SaslAuthenticationFailed => ProcessingResult::AuthenticationFailed,
            ErrorCode::TopicAuthorizationFailed
            | ErrorCode::GroupAuthorizationFailed
            | ErrorCode::ClusterAuthorizationFailed => ProcessingResult::Unauthorized,
            _ => ProcessingResult::ConnectionError,
        },
        _ => ProcessingResult::ConnectionError,
    };
    Report::Problem(result, error.to_string())
}

/// Reports what a rebalance changes, and finds the starting position of `AT_TIMESTAMP`.
struct Listener {
    topic: String,
    position: StartingPosition,
    reports: UnboundedSender<Report>,
    consumer: OnceLock<std::sync::Weak<Consumer>>,
}

impl Listener {
    /// Lets partitions without a commit begin at the first record of a time, or behind the last one.
    async fn seek(&self, partitions: &[TopicPartition], timestamp: i64) -> krafka::Result<()> {
        let Some(consumer) = self.consumer.get().and_then(std::sync::Weak::upgrade) else { return Ok(()) };
        let names: Vec<(&str, i32)> = partitions.iter().map(|one| (one.topic.as_str(), one.partition)).collect();
        let committed = consumer.committed(&names).await?;
        let new: Vec<(&str, i32)> = names
            .into_iter()
            .filter(|(topic, partition)| !committed.contains_key(&((*topic).to_owned(), *partition)))
            .collect();
        for ((_, partition), offset) in consumer.offsets_for_times(&new, timestamp).await {
            match offset? {
                // No record is that new: the end, where Kafka itself begins by default.
                ..0 => {}
                offset => consumer.seek(&self.topic, partition, offset).await?,
            }
        }
        Ok(())
    }
}

impl ConsumerRebalanceListener for Listener {
    async fn on_partitions_assigned(&self, partitions: &[TopicPartition]) {
        let _ = self.reports.send(Report::Assigned(partitions.iter().map(|one| one.partition).collect()));
        if let StartingPosition::AtTimestamp(timestamp) = self.position
            && let Err(error) = self.seek(partitions, timestamp).await
        {
            let _ = self.reports.send(problem(&error));
        }
    }

    async fn on_partitions_revoked(&self, partitions: &[TopicPartition]) {
        let _ = self.reports.send(Report::Revoked(partitions.iter().map(|one| one.partition).collect()));
    }

    async fn on_partitions_lost(&self, partitions: &[TopicPartition]) {
        let _ = self.reports.send(Report::Revoked(partitions.iter().map(|one| one.partition).collect()));
    }
}
