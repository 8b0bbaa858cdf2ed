//! Everything that happens in a session, as one kind of event, and how long each matters.

use local::journal::Matter;
use local::kafka::BrokerEvent;
use local::mapping::MappingEvent;
use local::{FunctionEvent, PortDocument, PortEvent};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The runs that are kept.
pub(super) const RUNS: usize = 10_000;
/// The lines that are kept of a run's log.
const LINES: usize = 1_000;
/// The records of a topic that are kept, as many as the broker keeps.
const RECORDS: usize = 10_000;
/// The lines, calls and other things of the past that are kept.
const HISTORY: usize = 20_000;

/// An event, by what reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DevEvent {
    /// At Port.
    Port(Box<PortEvent>),
    /// At the broker.
    Kafka(Box<BrokerEvent>),
    /// About the mapping.
    Mapping(Box<MappingEvent>),
    /// About the function's processes.
    Function(FunctionEvent),
    /// About the input files.
    Files(FilesEvent),
    /// About this session.
    Session(SessionEvent),
}

/// What happens to the input files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum FilesEvent {
    /// They are in force: Port has their documents, and the function their plan.
    Applied {
        /// The identifiers of the blueprints that Port has because of them.
        blueprints: Vec<String>,
        /// The identifiers of the actions.
        actions: Vec<String>,
    },
    /// They have errors; what was in force before still is.
    Refused {
        /// The findings as text.
        findings: String,
    },
}

/// What happens to the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum SessionEvent {
    /// It began.
    Started {
        /// The version of `synth`.
        version: String,
    },
    /// It was ended; a session that was killed has no such event.
    Ended,
}

impl DevEvent {
    /// Returns how long the event matters. Keys end in a slash, so that none is the beginning of another one by accident.
    pub(crate) fn matter(&self) -> Vec<Matter> {
        match self {
            Self::Port(event) => of_port(event),
            Self::Kafka(event) => vec![of_kafka(event)],
            Self::Mapping(_) => vec![newest("history/mapping/", HISTORY)],
            Self::Function(_) => vec![newest("history/function/", HISTORY)],
            Self::Files(FilesEvent::Applied { .. }) => vec![latest("files/".to_owned())],
            Self::Files(FilesEvent::Refused { .. }) => vec![newest("history/files/", 10)],
            Self::Session(_) => vec![newest("history/session/", 100)],
        }
    }
}

fn latest(key: String) -> Matter {
    Matter::Latest { key, series: None }
}

fn newest(name: &str, most: usize) -> Matter {
    Matter::Series { name: name.to_owned(), most }
}

fn of_kafka(event: &BrokerEvent) -> Matter {
    match event {
        BrokerEvent::TopicCreated { topic, .. } => latest(format!("topic/{topic}/created/")),
        BrokerEvent::TopicDeleted { topic } => Matter::End { prefix: format!("topic/{topic}/") },
        BrokerEvent::Produced { topic, .. } => newest(&format!("topic/{topic}/records/"), RECORDS),
        BrokerEvent::Committed { group, topic, partition, .. } => {
            latest(format!("topic/{topic}/committed/{partition}/{group}/"))
        }
        BrokerEvent::GroupDeleted { group } => latest(format!("group/{group}/")),
        BrokerEvent::MemberJoined { .. }
        | BrokerEvent::MemberLeft { .. }
        | BrokerEvent::Rebalanced { .. }
        | BrokerEvent::SignedIn { .. } => newest("history/kafka/", HISTORY),
    }
}

fn of_port(event: &PortEvent) -> Vec<Matter> {
    match event {
        PortEvent::CallEnded { .. } => vec![newest("history/calls/", HISTORY)],
        PortEvent::EntityChanged { before, after, .. } => changed(before.as_ref(), after.as_ref(), |entity| {
            let text = |key: &str| entity[key].as_str().unwrap_or_default().to_owned();
            format!("entity/{}/{}/", escaped(&text("blueprint")), escaped(&text("identifier")))
        }),
        PortEvent::DocumentChanged { kind, before, after } => {
            changed(before.as_ref(), after.as_ref(), |document| document_key(*kind, document))
        }
        PortEvent::RunChanged { run } => {
            let key = format!("run/{}/", run["id"].as_str().unwrap_or_default());
            vec![Matter::Latest { key, series: Some(("runs".to_owned(), RUNS)) }]
        }
        PortEvent::RunLogged { run, .. } => vec![newest(&format!("run/{run}/log/"), LINES)],
        PortEvent::RunDue { run } | PortEvent::RunPublished { run, .. } => vec![latest(format!("run/{run}/due/"))],
    }
}

/// Returns how long a change of something matters that has a key before, afterwards, or both, and perhaps not the same.
fn changed(before: Option<&Value>, after: Option<&Value>, key: impl Fn(&Value) -> String) -> Vec<Matter> {
    let (before, after) = (before.map(&key), after.map(&key));
    let gone = before.filter(|before| Some(before) != after.as_ref());
    gone.map(|prefix| Matter::End { prefix }).into_iter().chain(after.map(latest)).collect()
}

fn document_key(kind: PortDocument, document: &Value) -> String {
    let identifier = ["identifier", "email", "name", "id"].into_iter().find_map(|key| document[key].as_str());
    format!("document/{kind:?}/{}/", escaped(identifier.unwrap_or_default()))
}

/// Returns an identifier without slashes.
fn escaped(identifier: &str) -> String {
    identifier.replace('%', "%25").replace('/', "%2F")
}
