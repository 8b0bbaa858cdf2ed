//! What a session says about itself when it is ready.

use std::fmt;
use std::time::Duration;

use documents::wording::plural;
use serde_json::{Value, json};

/// Where everything is.
#[derive(Debug)]
pub(super) struct Banner {
    /// The base URL of Port's API.
    pub(super) port: String,
    /// The port that it would have had.
    pub(super) port_taken: Option<u16>,
    /// The id of Port's client.
    pub(super) client_id: String,
    /// The file of its secret and of Kafka's password.
    pub(super) credentials: String,
    /// The brokers.
    pub(super) kafka: String,
    /// The port that the broker would have had.
    pub(super) kafka_taken: Option<u16>,
    /// Kafka's user.
    pub(super) kafka_user: String,
    /// The file of the certificate to trust; nothing for a broker of one's own.
    pub(super) ca: Option<String>,
    /// The topic of the runs.
    pub(super) topic: String,
    /// The consumer group of the mapping.
    pub(super) group: String,
    /// The function, in words.
    pub(super) function: String,
    /// Its memory in the template, in MB.
    pub(super) memory: u64,
    /// The time for an invocation.
    pub(super) timeout: Duration,
    /// The mapping's batches, in words.
    pub(super) mapping: String,
    /// The folder of what is kept.
    pub(super) folder: String,
    /// The length of a torn line that was dropped from the journal, in bytes.
    pub(super) torn: u64,
    /// The runs and entities at Port.
    pub(super) runs: usize,
    pub(super) entities: usize,
    /// The time from the start of the process.
    pub(super) ready: Duration,
}

impl fmt::Display for Banner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = |port: Option<u16>| port.map(|port| format!("   (port {port} is taken)")).unwrap_or_default();
        writeln!(
            f,
            "  port API  {}  client {}, secret in {}{}",
            self.port,
            self.client_id,
            self.credentials,
            taken(self.port_taken)
        )?;
        let ca = self.ca.as_ref().map(|ca| format!(", CA {ca}")).unwrap_or_default();
        writeln!(
            f,
            "  kafka     {}  SASL_SSL, SCRAM-SHA-512, user {}{ca}{}",
            self.kafka,
            self.kafka_user,
            taken(self.kafka_taken)
        )?;
        writeln!(f, "            topic {}, group {}", self.topic, self.group)?;
        writeln!(f, "  function  {}  {} MB, {} s", self.function, self.memory, self.timeout.as_secs())?;
        writeln!(f, "  mapping   {}", self.mapping)?;
        if self.torn > 0 {
            writeln!(
                f,
                "            the last event of the session before was not whole and was dropped ({} bytes)",
                self.torn
            )?;
        }
        let entities = if self.entities == 1 { "1 entity".to_owned() } else { format!("{} entities", self.entities) };
        let held = format!("{}, {entities}", plural(self.runs, "run"));
        writeln!(
            f,
            "  kept in   {}  ({held}; --fresh starts empty)   ready in {} ms",
            self.folder,
            self.ready.as_millis()
        )
    }
}

impl Banner {
    /// Returns the same for programs, with whole paths.
    pub(super) fn json(&self) -> Value {
        let whole =
            |path: &String| std::path::absolute(path).map_or_else(|_| path.clone(), |path| path.display().to_string());
        json!({ "ready": {
            "port": self.port,
            "clientId": self.client_id,
            "credentials": whole(&self.credentials),
            "kafka": self.kafka,
            "kafkaUser": self.kafka_user,
            "ca": self.ca.as_ref().map(whole),
            "topic": self.topic,
            "group": self.group,
            "function": self.function,
            "mapping": self.mapping,
            "folder": whole(&self.folder),
            "torn": self.torn,
            "runs": self.runs,
            "entities": self.entities,
            "milliseconds": u64::try_from(self.ready.as_millis()).unwrap_or(u64::MAX),
        } })
    }
}
