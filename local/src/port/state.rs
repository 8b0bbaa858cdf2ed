//! The state of the fake Port, and the ways to change it: each reports what it changed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::answer::{Object, Refusal};
use super::call::Calls;
use super::documents::{Documents, PortDocument};
use super::fault::Faults;
use super::feed::PortEvent;
use super::kafka_credentials::KafkaCredentials;
use super::outbox::Outbox;
use super::rate::RateLimits;
use super::run::{Script, StoredRun};
use super::token::{Credentials, Tokens};
use crate::clock;
use crate::observer::Observer;
use crate::random::Random;

/// What becomes of a write to an entity that names a run which has ended. Port documents that the entity is linked only
/// while the run is in progress, not what becomes of the write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LateWrites {
    /// The entity is written and not linked. The harder case for a client, hence the default.
    #[default]
    Untied,
    /// The write is refused with 422.
    Refused,
}

/// The keys that say who wrote a document and when.
const STAMPS: [&str; 4] = ["createdAt", "createdBy", "updatedAt", "updatedBy"];

/// The identifiers of a blueprint and an entity.
pub(super) type EntityKey = (String, String);

/// The whole state, under one lock.
#[derive(Debug)]
pub(super) struct State {
    /// The only client.
    pub(super) credentials: Credentials,
    /// Its token.
    pub(super) tokens: Tokens,
    /// Blueprints, actions, and everything else with an identifier of its own.
    pub(super) documents: Documents,
    /// By blueprint and identifier.
    pub(super) entities: BTreeMap<EntityKey, Object>,
    /// By id.
    pub(super) runs: BTreeMap<String, StoredRun>,
    /// What happens to the runs that are started, by the action's identifier.
    pub(super) scripts: BTreeMap<String, Script>,
    /// The runs that are to be published.
    pub(super) outbox: Outbox,
    /// What Port says about its Kafka.
    pub(super) kafka: Option<KafkaCredentials>,
    /// Whether there are paths below `/_local/`.
    pub(super) has_admin: bool,
    /// What becomes of a write that names a closed run.
    pub(super) late_writes: LateWrites,
    /// The calls received.
    pub(super) calls: Calls,
    /// The scripted faults.
    pub(super) faults: Faults,
    /// The duration of every call.
    pub(super) latency: Duration,
    /// How many calls are left.
    pub(super) rate_limits: RateLimits,
    /// Sees every change.
    pub(super) observer: Observer<PortEvent>,
    counter: u64,
    replayed: u64,
}

impl State {
    /// Creates an empty organisation.
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            tokens: Tokens::new(),
            documents: Documents::default(),
            entities: BTreeMap::new(),
            runs: BTreeMap::new(),
            scripts: BTreeMap::new(),
            outbox: Outbox::default(),
            kafka: None,
            has_admin: true,
            late_writes: LateWrites::default(),
            calls: Calls::new(),
            faults: Faults::default(),
            latency: Duration::ZERO,
            rate_limits: RateLimits::default(),
            observer: Observer::default(),
            counter: 0,
            replayed: 0,
        }
    }

    /// Returns who changes documents here: the only client.
    pub(super) fn author(&self) -> String {
        format!("{}@clients", self.credentials.client_id)
    }

    /// Returns the next number, which orders documents by creation.
    pub(super) fn tick(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Returns a new identifier. What was made before a replay has others.
    pub(super) fn fresh_id(&mut self, prefix: &str) -> String {
        let seed = self.tick() ^ (self.replayed << 32);
        format!("{prefix}_{}", Random::new(seed).alphanumerics())
    }

    /// Returns one blueprint, or 404.
    pub(super) fn known_blueprint(&self, identifier: &str) -> Result<&Object, Refusal> {
        self.documents.known(PortDocument::Blueprint, identifier)
    }

    /// Returns one entity.
    pub(super) fn entity(&self, blueprint: &str, identifier: &str) -> Option<&Object> {
        self.entities.get(&(blueprint.to_owned(), identifier.to_owned()))
    }

    /// Returns one run, or 404.
    pub(super) fn known_run(&self, id: &str) -> Result<&StoredRun, Refusal> {
        self.runs.get(id).ok_or_else(|| Refusal::not_found("Run", id))
    }

    /// Replaces a document by another, which may have another identifier. Either may be absent.
    pub(super) fn put(&mut self, kind: PortDocument, before: Option<&Object>, after: Option<Object>) {
        self.observer.observe(&PortEvent::DocumentChanged {
            kind,
            before: before.cloned().map(Value::Object),
            after: after.clone().map(Value::Object),
        });
        self.documents.replace(kind, before, after);
    }

    /// Adds or replaces a document that is added without checking, unless it has no identifier or says nothing new.
    pub(super) fn put_unless_known(&mut self, kind: PortDocument, mut document: Object) {
        let Some(identifier) = kind.identifier(&document) else { return };
        let earlier = self.documents.get(kind, identifier).cloned();
        let is_known = earlier.as_ref().is_some_and(|earlier| {
            let written = |(key, _): &(&String, &Value)| !STAMPS.contains(&key.as_str());
            earlier.iter().filter(written).eq(document.iter().filter(written))
        });
        if !is_known {
            self.stamp(&mut document, earlier.as_ref());
            self.put(kind, earlier.as_ref(), Some(document));
        }
    }

    /// Replaces an entity by another, which may have another identifier or belong to another blueprint. Either may be
    /// absent.
    pub(super) fn put_entity(&mut self, before: Option<&Object>, after: Option<Object>, run: Option<&str>) {
        self.observer.observe(&PortEvent::EntityChanged {
            before: before.cloned().map(Value::Object),
            after: after.clone().map(Value::Object),
            run: run.map(str::to_owned),
        });
        self.replace_entity(before, after);
    }

    fn replace_entity(&mut self, before: Option<&Object>, after: Option<Object>) {
        if let Some(key) = before.and_then(entity_key) {
            self.entities.remove(&key);
        }
        if let Some(after) = after
            && let Some(key) = entity_key(&after)
        {
            self.entities.insert(key, after);
        }
    }

    /// Adds or replaces a run.
    pub(super) fn put_run(&mut self, run: StoredRun) {
        self.observer.observe(&PortEvent::RunChanged { run: Value::Object(run.document.clone()) });
        self.runs.insert(run.text("id").to_owned(), run);
    }

    /// Changes a run, reports what is new about it, and returns it. A run that goes on after its approval is to be
    /// published.
    pub(super) fn change_run(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut StoredRun) -> Result<(), Refusal>,
    ) -> Result<&StoredRun, Refusal> {
        let run = self.runs.get_mut(id).ok_or_else(|| Refusal::not_found("Run", id))?;
        let (before, lines) = (run.document.clone(), run.logs.len());
        let waited = run.text("status") == "WAITING_FOR_APPROVAL";
        change(run)?;
        if run.document != before {
            self.observer.observe(&PortEvent::RunChanged { run: Value::Object(run.document.clone()) });
        }
        for line in run.logs.iter().skip(lines) {
            self.observer.observe(&PortEvent::RunLogged { run: id.to_owned(), line: line.clone() });
        }
        if waited && run.text("status") == "IN_PROGRESS" {
            self.make_due(id);
        }
        self.known_run(id)
    }

    /// Notes that a run is to be published.
    pub(super) fn make_due(&mut self, id: &str) {
        self.observer.observe(&PortEvent::RunDue { run: id.to_owned() });
        self.outbox.add(id);
    }

    /// Repeats what an event of an earlier Port says, without reporting it.
    pub(super) fn replay(&mut self, event: &PortEvent) {
        let object = |value: &Option<Value>| value.as_ref().and_then(Value::as_object).cloned();
        self.replayed += 1;
        match event {
            PortEvent::CallEnded { call } => drop(self.calls.add((**call).clone())),
            PortEvent::EntityChanged { before, after, .. } => {
                self.replace_entity(object(before).as_ref(), object(after));
            }
            PortEvent::DocumentChanged { kind, before, after } => {
                self.documents.replace(*kind, object(before).as_ref(), object(after));
            }
            PortEvent::RunChanged { run: Value::Object(document) } => {
                let number = self.tick();
                let run = StoredRun::new(document.clone(), number);
                self.runs.entry(run.text("id").to_owned()).or_insert(run).document.clone_from(document);
            }
            PortEvent::RunChanged { .. } => {}
            PortEvent::RunLogged { run, line } => {
                if let Some(run) = self.runs.get_mut(run) {
                    run.logs.push(line.clone());
                }
            }
            PortEvent::RunDue { run } => self.outbox.add(run),
            PortEvent::RunPublished { run, .. } => self.outbox.remove(run),
        }
    }

    /// Refuses a `run_id` of an unknown run and, where [`LateWrites`] says so, that of a closed one.
    pub(super) fn tie(&self, run_id: Option<&str>) -> Result<(), Refusal> {
        let Some(id) = run_id else { return Ok(()) };
        let run = self.known_run(id)?;
        match self.late_writes {
            LateWrites::Untied => Ok(()),
            LateWrites::Refused => run.refuse_closed(),
        }
    }

    /// Sets who created and changed a document and when. Keeps an earlier version's creation.
    pub(super) fn stamp(&self, document: &mut Object, earlier: Option<&Object>) {
        let author = Value::from(self.author());
        let now = Value::from(clock::now());
        let was = |key: &str| earlier.and_then(|earlier| earlier.get(key)).cloned();
        document.insert("createdAt".to_owned(), was("createdAt").unwrap_or_else(|| now.clone()));
        document.insert("createdBy".to_owned(), was("createdBy").unwrap_or_else(|| author.clone()));
        document.insert("updatedAt".to_owned(), now);
        document.insert("updatedBy".to_owned(), author);
    }
}

/// Returns under which identifiers an entity is kept.
fn entity_key(entity: &Object) -> Option<EntityKey> {
    let text = |key: &str| entity.get(key)?.as_str().map(str::to_owned);
    Some((text("blueprint")?, text("identifier")?))
}
