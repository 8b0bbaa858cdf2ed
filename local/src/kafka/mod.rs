//! A Kafka broker of one node, as Port's clients see theirs: `SASL_SSL` with SCRAM-SHA-512, topics, consumer groups.
//!
//! Records are kept in memory as they came. The same port also takes `SASL_PLAINTEXT`, for clients that cannot be given a
//! certificate. It has no transactions, no access rights, no compaction and no groups of the newer protocol (KIP-848).

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio_rustls::rustls::ServerConfig;

use crate::clock::epoch_millis;
use crate::lock::lock;
use crate::observer::Observer;

// What is kept.
mod batch;
mod log;
mod group;
mod fault;
mod feed;
mod scram;
mod state;

// From the connection to a request and back.
mod identity;
mod shape;
mod frame;
mod api;
mod connection;
mod server;

pub use batch::KafkaRecord;
pub use fault::{KafkaEffect, KafkaFault};
pub use feed::BrokerEvent;
pub use identity::Identity;
pub use kafka_protocol::messages::ApiKey;
pub use log::Retention;

use api::Shared;
use batch::Batch;
use connection::Access;
use scram::Account;
use server::{Listeners, Server};
use state::State;

/// The largest batch that clients may send, in bytes: Apache Kafka's `message.max.bytes`.
const LARGEST_BATCH: usize = 1_048_588;

/// What a broker is started with.
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    /// The address to listen on, which must be of loopback; port 0 is any free one.
    pub listen: SocketAddr,
    /// The topics that exist from the start.
    pub topics: Vec<String>,
    /// The number of partitions of each.
    pub partitions: i32,
    /// The only user.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// The certificate; without one, a new one is made.
    pub identity: Option<Identity>,
    /// How much each topic keeps.
    pub retention: Retention,
    /// The largest batch that clients may send, in bytes.
    pub largest_batch: usize,
    /// Receives what happens.
    pub observer: Observer<BrokerEvent>,
}

impl KafkaSettings {
    /// Creates settings for a user: any free port, no topics, one partition.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            topics: Vec::new(),
            partitions: 1,
            user: user.into(),
            password: password.into(),
            identity: None,
            retention: Retention::default(),
            largest_batch: LARGEST_BATCH,
            observer: Observer::default(),
        }
    }
}

/// A running broker. Dropping it stops it.
pub struct KafkaBroker {
    shared: Arc<Shared>,
    address: SocketAddr,
    identity: Identity,
    tls: Arc<ServerConfig>,
    user: String,
    server: Mutex<Option<Server>>,
}

impl std::fmt::Debug for KafkaBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaBroker").field("address", &self.address).finish_non_exhaustive()
    }
}

impl KafkaBroker {
    /// Starts a broker.
    ///
    /// # Errors
    ///
    /// When the address is not of loopback or cannot be bound, when a topic's name or number of partitions is not
    /// allowed, or when the certificate cannot be used.
    pub fn start(settings: KafkaSettings) -> io::Result<Self> {
        let listeners = Listeners::bind(settings.listen)?;
        let address = listeners.address()?;
        let identity = settings.identity.clone().map_or_else(Identity::generate, Ok)?;
        let tls = identity.server()?;
        let user = settings.user.clone();
        let shared = Arc::new(shared(settings, address.port())?);
        let server = Server::start(listeners, Arc::clone(&shared), Arc::clone(&tls))?;
        Ok(Self { shared, address, identity, tls, user, server: Mutex::new(Some(server)) })
    }

    /// Returns the address that clients connect to. The certificate is also valid for `localhost`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the certificate that clients must trust, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.identity.ca
    }

    /// Returns the certificate with its key, to start another broker that the same clients trust.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Creates a topic. Does nothing if it exists.
    ///
    /// # Errors
    ///
    /// When its name or its number of partitions is not allowed.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> io::Result<()> {
        self.shared.change(|state| create(state, topic, partitions))
    }

    /// Appends a record, as a producer would that needs no connection. Records with the same key get into the same
    /// partition, those without one into the shortest. Returns partition and offset.
    ///
    /// # Errors
    ///
    /// When the topic does not exist, or while the broker is down.
    pub fn publish(&self, topic: &str, record: &KafkaRecord) -> io::Result<(i32, i64)> {
        if lock(&self.server).is_none() {
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the broker is down"));
        }
        self.shared.change(|state| {
            let known = state.topics.get(topic);
            let missing = || io::Error::new(io::ErrorKind::NotFound, format!("the topic `{topic}` does not exist"));
            let partition = known.ok_or_else(missing)?.place(record.key.as_deref());
            let offset = state.append(topic, partition, Batch::of(record)).map_err(io::Error::other)?;
            Ok((partition, offset))
        })
    }

    /// Returns the records of a partition between two offsets, as far as they are kept. Those of compressed batches are
    /// left out.
    #[must_use]
    pub fn records(&self, topic: &str, partition: i32, offsets: Range<i64>) -> Vec<(i64, KafkaRecord)> {
        let state = lock(&self.shared.state);
        let log = state.topics.get(topic).and_then(|topic| topic.partition(partition));
        log.map(|log| log.records(&offsets)).unwrap_or_default()
    }

    /// Returns the offsets that each partition of a topic keeps; the end is the offset of the next record.
    #[must_use]
    pub fn offsets(&self, topic: &str) -> Vec<Range<i64>> {
        let state = lock(&self.shared.state);
        let logs = state.topics.get(topic).map(|topic| topic.partitions.as_slice()).unwrap_or_default();
        logs.iter().map(|log| log.start()..log.end()).collect()
    }

    /// Returns what a group has committed: the offset of the next record, by topic and partition.
    #[must_use]
    pub fn committed(&self, group: &str) -> BTreeMap<(String, i32), i64> {
        let state = lock(&self.shared.state);
        let commits = state.groups.get(group).map(|known| &known.commits);
        commits.into_iter().flatten().map(|(partition, commit)| (partition.clone(), commit.offset)).collect()
    }

    /// Returns the ids of the members of a group.
    #[must_use]
    pub fn members(&self, group: &str) -> Vec<String> {
        let state = lock(&self.shared.state);
        state.groups.get(group).map(|known| known.group.members.keys().cloned().collect()).unwrap_or_default()
    }

    /// Replaces the password. Connections live on; clients that connect from now on need the new one.
    ///
    /// # Errors
    ///
    /// When the operating system has no random numbers.
    pub fn rotate_password(&self, password: &str) -> io::Result<()> {
        let account = Account::new(&self.user, password)?;
        lock(&self.shared.state).account = account;
        Ok(())
    }

    /// Adds a fault. Of the faults that fit a request, the first one happens.
    pub fn script(&self, fault: KafkaFault) {
        lock(&self.shared.state).script(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        lock(&self.shared.state).clear_faults();
    }

    /// Closes every connection. Clients may connect again at once.
    pub fn drop_connections(&self) {
        self.shared.cut.notify_waiters();
    }

    /// Closes every connection and stops to listen. What is kept stays.
    pub fn down(&self) {
        let server = lock(&self.server).take();
        drop(server);
    }

    /// Listens again on the same address. Does nothing if the broker is up.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound.
    pub fn up(&self) -> io::Result<()> {
        let mut server = lock(&self.server);
        if server.is_none() {
            let listeners = Listeners::bind(self.address)?;
            *server = Some(Server::start(listeners, Arc::clone(&self.shared), Arc::clone(&self.tls))?);
        }
        Ok(())
    }

    /// Repeats what an event of an earlier broker says, without reporting it: topics, batches and commits come back.
    ///
    /// # Errors
    ///
    /// When the event does not fit, such as a damaged batch.
    pub fn replay(&self, event: &BrokerEvent) -> io::Result<()> {
        self.shared.change(|state| state.replay(event))
    }

    /// Returns what the broker answers to the bytes of a connection, without a network: for tests of hostile ones. What
    /// would wait for something ends with the bytes.
    ///
    /// # Errors
    ///
    /// When the connection would be closed before the bytes end, or no timer can be made.
    pub fn rehearse(&self, bytes: &[u8], signed_in: bool) -> io::Result<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let access = if signed_in { Access::Granted } else { Access::None };
        let mut answer = Vec::new();
        let stream = tokio::io::join(bytes, &mut answer);
        runtime.block_on(connection::converse(&self.shared, stream, false, access))?;
        Ok(answer)
    }
}

impl KafkaRecord {
    /// Creates a record of this moment without key and headers.
    #[must_use]
    pub fn new(value: impl Into<bytes::Bytes>) -> Self {
        Self { timestamp: epoch_millis(), value: Some(value.into()), ..Self::default() }
    }
}

fn shared(settings: KafkaSettings, port: u16) -> io::Result<Shared> {
    let account = Account::new(&settings.user, &settings.password)?;
    let mut state = State::new(account, settings.retention, settings.largest_batch, settings.observer);
    for topic in &settings.topics {
        create(&mut state, topic, settings.partitions)?;
    }
    Ok(Shared { state: Mutex::new(state), port, appended: Notify::new(), regrouped: Notify::new(), cut: Notify::new() })
}

fn create(state: &mut State, topic: &str, partitions: i32) -> io::Result<()> {
    if state.topics.contains_key(topic) {
        return Ok(());
    }
    let invalid = |(_, text)| io::Error::new(io::ErrorKind::InvalidInput, format!("the topic `{topic}`: {text}"));
    state.create_topic(topic, partitions).map_err(invalid)
}
