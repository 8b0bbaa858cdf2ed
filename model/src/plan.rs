//! The plan: which runs are ours and what each of them does. `synth` writes it, `handler` follows it.
//!
//! [`Document`] is `plan.json`. [`Plan`] is the same with every template compiled; compiling is the only way to make
//! one.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::entity::{Entity, EntityFault, Room};
use crate::jq::{Context, Expressions, Program};
use crate::operation::Operation;
use crate::reading::{Reading, Unreadable};
use crate::run::Run;
use crate::template::Tree;

/// The version that this code writes. It has [`Document::synth`] and [`ActionDocument::code`], which no function of version
/// 1 reads.
pub const VERSION: u32 = 2;
/// The versions that a function reads.
pub const VERSIONS: RangeInclusive<u32> = 1..=VERSION;

/// `plan.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// One of [`VERSIONS`]. A function refuses a plan with any other version.
    pub version: u32,
    /// The version of the `synth` that wrote it, for people. Plans of the first version do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synth: Option<String>,
    /// Whether the event source mapping accepts Kafka's partial batch response, which requires provisioned polling.
    /// Without it, a batch with anything unfinished fails as a whole.
    pub partial_batch_response: bool,
    /// How many runs of a batch are carried out concurrently.
    pub concurrency: usize,
    /// How a message's signature is checked.
    pub signatures: Signatures,
    /// How many seconds the times of the signature and the record may differ.
    pub replay_window: u32,
    /// Which runs get a line in their log in Port.
    #[serde(default, skip_serializing_if = "LoggedRuns::is_default")]
    pub run_log: LoggedRuns,
    /// In the order of the blueprints' files, and of the actions in each file.
    pub actions: Vec<ActionDocument>,
}

/// One action of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionDocument {
    /// The identifier that Port has.
    pub action: String,
    /// Other names in messages: an action that was converted from v1 was known without its blueprint's prefix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The blueprint of its entity.
    pub blueprint: String,
    /// What it does to the entity.
    pub operation: Operation,
    /// Whether its work is a team's own code, without which the function must not start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code: bool,
    /// Inputs that arrive encrypted, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub encrypted: BTreeMap<String, Encryption>,
    /// The entity to write, as templates. For DELETE only the identifier counts.
    pub entity: EntityTemplate,
}

/// How a message's signature is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signatures {
    /// It is not checked.
    Off,
    /// A message may be unsigned, but one with a wrong signature is rejected. Whether Port signs runs for Kafka is
    /// undocumented.
    #[default]
    IfPresent,
    /// An unsigned message is rejected, too.
    Required,
}

/// Which runs get a line about their end in their log in Port, besides the summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoggedRuns {
    /// Only those that fail.
    #[default]
    Failures,
    /// All of them, which costs one more call per run.
    All,
}

impl LoggedRuns {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How an input is encrypted (documentation, "Secret inputs").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// By Port, under the organisation's client secret.
    #[serde(rename = "aes256-gcm")]
    Aes256Gcm,
    /// By the browser, for a public key of the team's. The function has the private key.
    ClientSide,
}

impl ActionDocument {
    /// Returns the identifier and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.action.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// An entity as templates. `runner.entity` of an input file has the same keys.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityTemplate {
    /// Must return a legal identifier.
    pub identifier: Value,
    /// Left out if it returns null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub title: Value,
    /// Left out if it returns null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub icon: Value,
    /// Left out if it returns null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub team: Value,
    /// By property.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    /// By relation.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub relations: Map<String, Value>,
}

impl Document {
    /// Whether an input of an action is encrypted by the browser, so that the function needs a private key.
    pub fn needs_input_key(&self) -> bool {
        let mut encrypted = self.actions.iter().flat_map(|action| action.encrypted.values());
        encrypted.any(|how| *how == Encryption::ClientSide)
    }

    /// Whether a function does the same with both plans, whichever version of `synth` wrote them.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        let unwritten = |plan: &Self| Self { version: VERSION, synth: None, ..plan.clone() };
        unwritten(self) == unwritten(other)
    }

    /// Reads `plan.json` to compare it with another one. Settings that the first plans did not have yet get the values
    /// that the function used then. A function itself does not follow such a plan.
    ///
    /// # Errors
    /// When it is not JSON, not a plan, or a plan of a newer version.
    pub fn from_older_json(json: &str) -> Result<Self, PlanError> {
        let version = Versioned::of(json.as_bytes())?;
        if version > u64::from(VERSION) {
            return Err(PlanError::Newer(version));
        }
        let mut document: Map<String, Value> = serde_json::from_str(json)?;
        for (key, then) in [("concurrency", 16.into()), ("signatures", "off".into()), ("replayWindow", 300.into())] {
            document.entry(key).or_insert(then);
        }
        Ok(serde_json::from_value(Value::Object(document))?)
    }
}

/// Any plan, of which only the version is read: a newer one may have other fields.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

impl Versioned {
    fn of(json: &[u8]) -> Result<u64, PlanError> {
        let Self { version } = serde_json::from_slice(json)?;
        Ok(version)
    }
}

/// A plan that can be followed.
#[derive(Debug)]
pub struct Plan {
    /// See [`Document::partial_batch_response`].
    pub partial_batch_response: bool,
    /// See [`Document::concurrency`].
    pub concurrency: usize,
    /// See [`Document::signatures`].
    pub signatures: Signatures,
    /// See [`Document::replay_window`].
    pub replay_window: u32,
    /// See [`Document::run_log`].
    pub run_log: LoggedRuns,
    actions: Vec<PlannedAction>,
    names: BTreeMap<String, Vec<usize>>,
    program: Program,
}

/// An action with its templates compiled.
#[derive(Debug)]
pub struct PlannedAction {
    /// The identifier that Port has.
    pub action: String,
    aliases: Vec<String>,
    /// The blueprint of its entity.
    pub blueprint: String,
    /// What it does to the entity.
    pub operation: Operation,
    /// See [`ActionDocument::code`].
    pub code: bool,
    /// Inputs that arrive encrypted, by name.
    pub encrypted: BTreeMap<String, Encryption>,
    entity: CompiledEntity,
}

#[derive(Debug)]
struct CompiledEntity {
    identifier: Tree,
    title: Tree,
    icon: Tree,
    team: Tree,
    properties: Tree,
    relations: Tree,
}

/// Why a plan cannot be followed. `synth` reports the same mistakes with their place in the input; these messages are
/// for a plan that something else wrote.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It is not JSON of the right form.
    #[error("the plan is not valid")]
    Json(#[from] serde_json::Error),
    /// It was written for another version of the function.
    #[error(
        "the plan has version {0}, but this function reads versions {oldest} to {VERSION}: deploy the function that was built with it",
        oldest = VERSIONS.start()
    )]
    Version(u64),
    /// It was written by a newer version of `synth`, to be compared here.
    #[error("it has version {0}, but this synth reads versions up to {VERSION}: update synth")]
    Newer(u64),
    /// A template is wrong.
    #[error("action `{action}` of the plan: {message}")]
    Template {
        /// The action's identifier.
        action: String,
        /// The message.
        message: String,
    },
}

/// A run of ours that a record asks for.
#[derive(Clone, Debug)]
pub struct Recognised<'p> {
    /// What it does.
    pub action: &'p PlannedAction,
    /// The run. Has only ids if its message is unreadable.
    pub run: Run,
    /// Why the run cannot be carried out and must end as a failure.
    pub unreadable: Option<Unreadable>,
    /// How many values its message has.
    pub values: usize,
}

/// Why a record is skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotOurs {
    /// It is not a request to run an action: another form, change log, or a tombstone.
    NoRequest,
    /// It is a request for somebody else.
    OtherAction,
    /// The action is ours, but without an id the run's end cannot be reported.
    NoRunId {
        /// The action's identifier.
        action: String,
    },
    /// It may be a request for us, but it does not say so legibly.
    Illegible(Option<Unreadable>),
}

impl PlannedAction {
    /// Returns whether `name` is its identifier or one of its aliases.
    pub fn is_called(&self, name: &str) -> bool {
        self.action == name || self.aliases.iter().any(|alias| alias == name)
    }
}

impl Plan {
    /// Reads and compiles `plan.json`.
    ///
    /// # Errors
    /// When its version is not one of [`VERSIONS`], or `synth` did not write it.
    pub fn from_json(json: &[u8]) -> Result<Self, PlanError> {
        let version = Versioned::of(json)?;
        if !VERSIONS.into_iter().any(|read| u64::from(read) == version) {
            return Err(PlanError::Version(version));
        }
        Self::compile(serde_json::from_slice(json)?)
    }

    /// Compiles every template.
    ///
    /// # Errors
    /// When the version is different, or a template is wrong.
    pub fn compile(document: Document) -> Result<Self, PlanError> {
        if !VERSIONS.contains(&document.version) {
            return Err(PlanError::Version(document.version.into()));
        }
        let mut expressions = Expressions::default();
        let mut actions = Vec::with_capacity(document.actions.len());
        let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, action) in document.actions.into_iter().enumerate() {
            for name in action.names() {
                names.entry(name.to_owned()).or_default().push(index);
            }
            let entity = CompiledEntity::parse(action.entity, &mut expressions)
                .map_err(|message| PlanError::Template { action: action.action.clone(), message })?;
            actions.push(PlannedAction {
                action: action.action,
                aliases: action.aliases,
                blueprint: action.blueprint,
                operation: action.operation,
                code: action.code,
                encrypted: action.encrypted,
                entity,
            });
        }
        let program = expressions.compile().map_err(|faults| PlanError::Template {
            action: "?".to_owned(),
            message: faults.first().map_or_else(String::new, |(_, fault)| fault.to_string()),
        })?;
        Ok(Self {
            partial_batch_response: document.partial_batch_response,
            concurrency: document.concurrency,
            signatures: document.signatures,
            replay_window: document.replay_window,
            run_log: document.run_log,
            actions,
            names,
            program,
        })
    }

    /// Returns all actions, in order.
    pub fn actions(&self) -> &[PlannedAction] {
        &self.actions
    }

    /// Returns the run that a record asks for, with its action.
    ///
    /// # Errors
    /// When the record is to be skipped.
    pub fn recognise(&self, record: &[u8]) -> Result<Recognised<'_>, NotOurs> {
        let reading = Reading::of(record);
        let foreign = reading.is_foreign(|name| self.names.contains_key(name));
        let skipped = |why| if foreign { why } else { NotOurs::Illegible(reading.unreadable.clone()) };
        let Some(message) = reading.message else { return Err(skipped(NotOurs::NoRequest)) };
        let action = self.find(&message.action, message.blueprint.as_deref());
        // Without the rest of a damaged text, an alias may belong to any blueprint.
        let lost = reading.unreadable.is_some() && message.blueprint.is_none();
        let action = action.filter(|action| !lost || action.action == message.action);
        let action = action.ok_or_else(|| skipped(NotOurs::OtherAction))?;
        let run = Run::asked_by(message, &action.action, &action.blueprint, action.operation)
            .ok_or_else(|| NotOurs::NoRunId { action: action.action.clone() })?;
        Ok(Recognised { action, run, unreadable: reading.unreadable, values: reading.values })
    }

    /// Returns the identifier of the entity that `run` of `action` concerns.
    ///
    /// # Errors
    /// When its inputs do not make one.
    pub fn identifier(&self, action: &PlannedAction, run: &Run) -> Result<String, EntityFault> {
        let context = Context::from(&run.context());
        Entity::identifier(&action.entity.identifier.render(&self.program, &context)?)
    }

    /// Returns the entity that `run` of `action` writes.
    ///
    /// # Errors
    /// When its inputs do not make one.
    pub fn entity(&self, action: &PlannedAction, run: &Run) -> Result<Entity, EntityFault> {
        let context = Context::from(&run.context());
        let mut room = Room::default();
        let mut part = |tree: &Tree| {
            let value = tree.render(&self.program, &context)?;
            room.take(&value).map(|()| value)
        };
        let text = |value: Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        let entity = &action.entity;
        let identifier = Entity::identifier(&part(&entity.identifier)?)?;
        let (title, icon) = (text(part(&entity.title)?), text(part(&entity.icon)?));
        let team = Some(part(&entity.team)?).filter(|team| !team.is_null());
        let mut fields = |tree: &Tree| tree.render_fields(&self.program, &context, |value| room.take(value));
        let properties = fields(&entity.properties)?;
        Ok(Entity { identifier, title, icon, team, properties, relations: fields(&entity.relations)? })
    }

    /// Finds an action by name and blueprint. A message without a blueprint finds an action only if the name is unique.
    fn find(&self, name: &str, blueprint: Option<&str>) -> Option<&PlannedAction> {
        let candidates = self.names.get(name)?;
        let index = match blueprint {
            Some(blueprint) => *candidates
                .iter()
                .find(|index| self.actions.get(**index).is_some_and(|action| action.blueprint == blueprint))?,
            None => match candidates.as_slice() {
                [one] => *one,
                _ => return None,
            },
        };
        self.actions.get(index)
    }
}

impl CompiledEntity {
    fn parse(template: EntityTemplate, expressions: &mut Expressions) -> Result<Self, String> {
        let mut parse = |value: &Value| {
            Tree::parse(value, expressions).map_err(|faults| {
                faults.first().map_or_else(String::new, |fault| format!("{}: {fault}", fault.pointer))
            })
        };
        Ok(Self {
            identifier: parse(&template.identifier)?,
            title: parse(&template.title)?,
            icon: parse(&template.icon)?,
            team: parse(&template.team)?,
            properties: parse(&Value::Object(template.properties))?,
            relations: parse(&Value::Object(template.relations))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan() -> Plan {
        let document = json!({
            "version": 1,
            "partialBatchResponse": false, "concurrency": 16, "signatures": "off", "replayWindow": 300,
            "actions": [
                {"action": "vm_create_vm", "aliases": ["create_vm"], "blueprint": "vm", "operation": "CREATE", "entity": {
                    "identifier": "{{ .inputs.title // .run.id | slug }}",
                    "title": "{{ .inputs.title }}",
                    "properties": {"cpu": "{{ .inputs.cpu }}", "memory": "{{ .inputs.memory }}", "deployed": "Deploying", "cleared": null},
                    "relations": {"zone": "{{ .inputs.zone }}"}}},
                {"action": "db_create_vm", "aliases": ["create_vm"], "blueprint": "db", "operation": "CREATE", "entity": {"identifier": "{{ .run.id }}"}},
                {"action": "delete_vm", "blueprint": "vm", "operation": "DELETE", "entity": {"identifier": "{{ .entity.identifier }}"}},
            ]
        });
        Plan::from_json(document.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_run_is_recognised_by_action_and_blueprint() {
        let plan = plan();
        let found = |value: Value| {
            plan.recognise(value.to_string().as_bytes())
                .map(|recognised| (recognised.action.action.clone(), recognised.run.id))
        };
        let ours = |action: &str| Ok((action.to_owned(), "r".to_owned()));
        for (value, want) in [
            (json!({"action": "create_vm", "context": {"blueprint": "vm", "runId": "r"}}), ours("vm_create_vm")),
            (json!({"action": "vm_create_vm", "context": {"blueprint": "vm", "runId": "r"}}), ours("vm_create_vm")),
            (json!({"action": "create_vm", "context": {"blueprint": "db", "runId": "r"}}), ours("db_create_vm")),
            (json!({"action": "delete_vm", "run": {"id": "r"}}), ours("delete_vm")),
            (json!({"action": "create_vm", "runId": "r"}), Err(NotOurs::OtherAction)),
            (json!({"action": "delete_vm", "context": {"blueprint": "db", "runId": "r"}}), Err(NotOurs::OtherAction)),
            (json!({"action": "other", "context": {"blueprint": "vm", "runId": "r"}}), Err(NotOurs::OtherAction)),
            (
                json!({"action": "delete_vm", "context": {"blueprint": "vm"}}),
                Err(NotOurs::NoRunId { action: "delete_vm".into() }),
            ),
            (json!(null), Err(NotOurs::NoRequest)),
        ] {
            assert_eq!(found(value.clone()), want, "{value}");
        }
    }

    #[test]
    fn inputs_become_the_entity() {
        let plan = plan();
        let message = json!({"action": "create_vm", "context": {"blueprint": "vm", "runId": "r_1"}, "inputs": {"title": "Backend Prod VM", "cpu": 2}});
        let Recognised { action, run, .. } = plan.recognise(message.to_string().as_bytes()).unwrap();
        let entity = plan.entity(action, &run).unwrap();
        assert_eq!(
            serde_json::to_value(&entity).unwrap(),
            json!({"identifier": "backend-prod-vm", "title": "Backend Prod VM", "properties": {"cpu": 2, "deployed": "Deploying", "cleared": null}})
        );
    }

    #[test]
    fn an_entity_without_a_title_is_named_after_its_run() {
        let plan = plan();
        let message = json!({"action": "create_vm", "context": {"blueprint": "vm", "runId": "r_Ab1"}, "inputs": {}});
        let Recognised { action, run, .. } = plan.recognise(message.to_string().as_bytes()).unwrap();
        let entity = plan.entity(action, &run).unwrap();
        assert_eq!((entity.identifier.as_str(), entity.title), ("r_ab1", None));
    }

    #[test]
    fn a_message_with_too_many_values_is_refused() {
        let plan = plan();
        for (count, refused) in [(9_900, false), (10_000, true)] {
            let inputs = json!({"title": "A", "list": vec![0; count]});
            let message =
                json!({"action": "create_vm", "context": {"blueprint": "vm", "runId": "r"}, "inputs": inputs});
            let recognised = plan.recognise(message.to_string().as_bytes()).unwrap();
            assert_eq!(recognised.unreadable, refused.then_some(Unreadable::TooLarge), "{count}");
            assert_eq!(recognised.run.inputs.is_empty(), refused, "{count}");
        }
    }

    #[test]
    fn the_first_plans_can_be_compared_but_not_followed() {
        let json = r#"{"version": 1, "partialBatchResponse": false, "actions": []}"#;
        let document = Document::from_older_json(json).unwrap();
        assert_eq!((document.signatures, document.concurrency, document.replay_window), (Signatures::Off, 16, 300));
        assert!(Plan::from_json(json.as_bytes()).is_err());
        assert!(Document::from_older_json("[]").is_err());
        let newer = Document::from_older_json(r#"{"version": 3, "steps": []}"#).unwrap_err();
        assert_eq!(newer.to_string(), "it has version 3, but this synth reads versions up to 2: update synth");
    }

    /// The version decides before any field: a newer plan has fields that this code does not know.
    #[test]
    fn a_plan_with_another_version_is_refused() {
        for (version, more) in [(0, ""), (3, r#", "steps": []"#), (9, ""), (u64::MAX, r#", "actions": {}"#)] {
            let error = Plan::from_json(format!(r#"{{"version": {version}{more}}}"#).as_bytes()).unwrap_err();
            let want = format!(
                "the plan has version {version}, but this function reads versions 1 to 2: deploy the function that was built with it"
            );
            assert_eq!(error.to_string(), want);
        }
        for json in ["{}", "[]", "", r#"{"version": "2"}"#, r#"{"version": -1}"#] {
            assert_eq!(Plan::from_json(json.as_bytes()).unwrap_err().to_string(), "the plan is not valid", "{json}");
        }
    }

    /// Whether a plan asks for code has no other effect on what it says, and plans of version 1 do not ask.
    #[test]
    fn code_is_read_and_version_1_has_none() {
        for (version, code) in [(1, None), (2, None), (2, Some(false)), (2, Some(true))] {
            let mut action = json!({"action": "a", "blueprint": "vm", "operation": "CREATE", "entity": {"identifier": "{{ .run.id }}"}});
            if let Some(code) = code {
                action["code"] = json!(code);
            }
            let json = json!({
                "version": version, "partialBatchResponse": false, "concurrency": 16, "signatures": "off", "replayWindow": 300,
                "actions": [action],
            });
            let plan = Plan::from_json(json.to_string().as_bytes()).unwrap();
            assert_eq!(plan.actions()[0].code, code == Some(true), "{json}");
            let document = Document::from_older_json(&json.to_string()).unwrap();
            let written = serde_json::to_value(&document).unwrap();
            assert_eq!(written["actions"][0].get("code"), (code == Some(true)).then_some(&json!(true)), "{written}");
        }
    }
}
