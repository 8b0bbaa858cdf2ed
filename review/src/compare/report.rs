//! The report of a comparison as data: everything that the text, Markdown and HTML formats show, in the same order.
//!
//! A report does not depend on when or where it was made; equal sides give an empty report.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of this format; it increases when a key changes its meaning or is removed.
pub const VERSION: u32 = 2;

/// What happens to a deployed stack when one template replaces another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this format; it increases when a key changes its meaning or is removed.
    pub version: u32,
    /// The name of the old side, such as `main (1a2b3c4)` or a path.
    pub old: String,
    /// The name of the new side.
    pub new: String,
    /// Why nothing was compared, and the way out, as a sentence without a full stop, with code in backticks: a side is
    /// larger than what can be compared. Every gate refuses such a report, and every list in it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncompared: Option<String>,
    /// The numbers of the first line.
    #[serde(rename = "verdict")]
    pub summary: Summary,
    /// What changes for users and runs, derived from the plan and Port's documents.
    #[serde(rename = "meaning")]
    pub consequences: Vec<Consequence>,
    /// Why CloudFormation or the service will refuse the deployment, or may; by resource.
    pub failures: Vec<Hazard>,
    /// Every affected resource, including those that SAM generates; most severe first, then by id.
    pub resources: Vec<ResourceChange>,
    /// Permissions that are widened, then permissions that are narrowed.
    pub permissions: Vec<PermissionChange>,
    /// What becomes public, or may; by resource.
    pub exposures: Vec<Hazard>,
    /// Protection of data that is lost or becomes weaker; by resource.
    pub protections: Vec<Hazard>,
    /// Changes to how messages reach the function, by event source mapping.
    pub delivery: Vec<DeliveryChange>,
    /// Changes outside `Resources`: parameters, conditions, mappings, outputs.
    pub settings: Vec<SettingChange>,
    /// Changes to the documents in Port once `out/port/` is published.
    pub port: Vec<DocumentChange>,
    /// What could not be read or compared, for the reader to check.
    pub notes: Vec<String>,
}

/// The number of changes by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// New resources.
    pub added: usize,
    /// Resources that are updated in place.
    pub changed: usize,
    /// Resources that are replaced or may be replaced; CloudFormation decides at deployment.
    pub replaced: usize,
    /// How many of `replaced` are not certain.
    pub maybe_replaced: usize,
    /// Resources that are deleted with their data, or may be deleted.
    pub deleted: usize,
    /// How many of `deleted` are not certain: a condition decides.
    pub maybe_deleted: usize,
    /// Resources with a new logical id. Each is one deletion and one creation, and is counted only here.
    pub renamed: usize,
    /// Resources that are removed from the stack but retained in the account.
    pub released: usize,
    /// Whether a principal gains a permission or something becomes public; also true if that cannot be determined.
    pub widened: bool,
    /// Whether a principal loses a permission or something becomes less public.
    pub narrowed: bool,
    /// Resources whose deployment will fail, or may.
    pub failures: usize,
    /// How many of `failures` are not certain.
    pub maybe_failures: usize,
    /// Resources that become public or lose a lock on public access, or may. Each also means `widened`: somebody may do
    /// more, though no policy says so.
    pub exposures: usize,
    /// How many of `exposures` are not certain.
    pub maybe_exposures: usize,
    /// Resources whose data is less protected, or may be.
    pub protections: usize,
    /// How many of `protections` are not certain.
    pub maybe_protections: usize,
}

/// What happens to a resource, from mildest to most severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceEffect {
    /// Updated in place.
    Changed,
    /// Created.
    Added,
    /// Removed from the stack, but retained in the account by its deletion policy.
    Released,
    /// Replaced in some cases; CloudFormation decides at deployment.
    MayBeReplaced,
    /// Deleted, and created again under a new logical id.
    Renamed,
    /// Replaced: a new one is created, then the old one is deleted.
    Replaced,
    /// Deleted in some cases; a condition decides.
    MayBeDeleted,
    /// Deleted with its data.
    Deleted,
}

impl ResourceEffect {
    /// Whether an existing resource is deleted or replaced, or may be.
    pub fn is_destructive(self) -> bool {
        self > Self::Released
    }
}

/// A change to a resource.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChange {
    /// Its logical id in the new template, or in the old one if it is deleted.
    pub id: String,
    /// Its logical id in the old template, if it is different.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_id: Option<String>,
    /// Its type in the new template, or in the old one if it is deleted.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource that SAM generates it from, if it is not in the template itself.
    #[serde(rename = "madeOf", skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<String>,
    /// What happens to it.
    pub effect: ResourceEffect,
    /// Why it is more than an update in place, or why it changes although its own properties stay the same.
    pub reasons: Vec<Reason>,
    /// What happens to its data, if it is deleted or replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// The properties that change. Empty if the resource is added or deleted, or only follows other changes.
    pub changes: Vec<ValueChange>,
}

/// A reason for a change to a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// A JSON Pointer below the resource, such as `/Properties/QueueName`; empty for the whole resource.
    pub pointer: String,
    /// A sentence without a full stop, with code in backticks.
    pub text: String,
    /// The resource, parameter, condition or mapping that causes the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
}

/// What happens to the data of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// The data, such as `secret values`.
    pub data: String,
    /// False if a deletion or update policy keeps it.
    pub lost: bool,
    /// What happens to the data, as a phrase without a full stop.
    pub text: String,
}

/// A danger of a change that its values alone do not show.
#[derive(Default, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hazard {
    /// The logical id of the resource in the new template, or in the old one if it is deleted.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// A JSON Pointer below the resource, such as `/Properties/QueueName`; empty for the whole resource.
    pub pointer: String,
    /// What happens, as a sentence without a full stop, with code in backticks.
    pub text: String,
    /// The way out, as a sentence without a full stop, with code in backticks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it only may happen: it depends on what is known only at deployment.
    pub uncertain: bool,
}

/// One difference between two values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueChange {
    /// A JSON Pointer. An item of an unordered list has `-` instead of an index.
    pub pointer: String,
    /// The old value. Scalars of a template are text, as CloudFormation reads them; intrinsics are in their long form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// A change for users or runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consequence {
    /// The kind of thing that changes.
    pub subject: Subject,
    /// The blueprint; empty if the change applies to all blueprints.
    pub blueprint: String,
    /// The action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The input, property or relation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is added, changed or removed.
    #[serde(rename = "happens")]
    pub kind: ChangeKind,
    /// A sentence without a full stop, with code in backticks.
    pub text: String,
}

/// The kind of thing that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The function as a whole.
    Function,
    /// A blueprint.
    Blueprint,
    /// A property of a blueprint.
    Property,
    /// A relation of a blueprint.
    Relation,
    /// An action.
    Action,
    /// An input of an action.
    Input,
    /// The entity that a run writes.
    Mapping,
}

/// Whether something is added, changed or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Added.
    Added,
    /// Changed.
    Changed,
    /// Removed.
    Removed,
}

/// A permission that only one side has: a principal, an action, a resource, a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionChange {
    /// Whether the change allows more or less. What may allow and deny is reported once for each.
    pub direction: AccessChange,
    /// Whether the new side has it or the old one.
    #[serde(rename = "happens")]
    pub kind: ChangeKind,
    /// The principal: the logical id of a role, or the principal of a resource policy.
    pub principal: String,
    /// `Allow`, `Deny`, or what else grants or limits permissions.
    pub effect: Grant,
    /// The action as written; for a managed policy, role or group its name or ARN; for what is unknown its text.
    pub action: String,
    /// The resource, with `${LogicalId.Attribute}` for what is known only at deployment.
    pub resource: String,
    /// The conditions of the statement; null without conditions.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub condition: Value,
    /// The template conditions that it depends on, such as `HasKmsKey` or `not HasKmsKey`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_if: Vec<String>,
    /// The resource that contains the statement.
    pub at: String,
    /// Why the reviewer should check it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// What was, or is now, granted instead, if one covers the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<String>,
    /// Why the change is not certain. It is reported all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<String>,
}

/// Whether access is widened or narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessChange {
    /// More is allowed.
    Widened,
    /// Less is allowed.
    Narrowed,
}

/// What grants, denies or limits a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Grant {
    /// A statement with effect `Allow`.
    Allow,
    /// A statement with effect `Deny`.
    Deny,
    /// A managed policy whose statements are not in the template.
    ManagedPolicy,
    /// A SAM policy template, which only allows.
    PolicyTemplate,
    /// A role outside of the template that a resource takes on.
    Role,
    /// A group outside of the template that a user is in.
    Group,
    /// A permissions boundary outside of the template, which denies everything that it does not allow.
    Boundary,
    /// A statement with effect `Allow` where a policy only limits: a VPC endpoint, a boundary, an organization.
    Limit,
    /// What is known only at deployment: a policy by reference, a nested stack, a module, a macro.
    Unknown,
}

/// A change to how messages reach the function.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryChange {
    /// The logical id of the event source mapping.
    pub mapping: String,
    /// The aspect of delivery that changes.
    pub what: Delivery,
    /// The old value; null if it was unset.
    pub old: Value,
    /// The new value; null if it is unset.
    pub new: Value,
    /// A sentence without a full stop, with code in backticks.
    pub text: String,
}

/// An aspect of event delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The filter: which messages invoke the function.
    Filter,
    /// Whether the mapping is enabled.
    Enabled,
    /// The brokers or the event source.
    Brokers,
    /// The topic or queue.
    Topic,
    /// The consumer group.
    ConsumerGroup,
    /// The starting position of a consumer group without committed offsets.
    StartingPosition,
    /// How the mapping authenticates.
    Credentials,
    /// The batch size and the batching window.
    Batch,
    /// Provisioned pollers.
    Pollers,
    /// Retries, maximum record age, partial batch responses.
    Retries,
    /// The on-failure destination.
    FailureDestination,
    /// The invoked function.
    Function,
}

/// A change outside `Resources`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingChange {
    /// The section of the template, such as `Parameters`.
    pub section: String,
    /// Its key in the section; empty for a section without keys, such as `Description`.
    pub name: String,
    /// Whether it is added, changed or removed.
    #[serde(rename = "happens")]
    pub kind: ChangeKind,
    /// What it means for the deployment, as a sentence without a full stop; empty if `changes` says it all.
    pub text: String,
    /// Resources that depend on it.
    pub reaches: Vec<String>,
    /// The values that change.
    pub changes: Vec<ValueChange>,
}

/// A change to a document in Port.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentChange {
    /// Its kind: `blueprint` or `action`.
    #[serde(rename = "kind")]
    pub subject: Subject,
    /// Its identifier.
    pub identifier: String,
    /// Whether it is added, changed or removed.
    #[serde(rename = "happens")]
    pub kind: ChangeKind,
    /// The values that change; empty if the document is added or removed.
    pub changes: Vec<ValueChange>,
}

impl Summary {
    /// Counts the changes of a report.
    pub(super) fn of(report: &Report) -> Self {
        let has = |direction: AccessChange| report.permissions.iter().any(|change| change.direction == direction);
        let (failures, maybe_failures) = endangered(&report.failures);
        let (exposures, maybe_exposures) = endangered(&report.exposures);
        let (protections, maybe_protections) = endangered(&report.protections);
        let mut summary = Self {
            widened: has(AccessChange::Widened) || exposures > 0,
            narrowed: has(AccessChange::Narrowed),
            failures,
            maybe_failures,
            exposures,
            maybe_exposures,
            protections,
            maybe_protections,
            ..Self::default()
        };
        for resource in &report.resources {
            match resource.effect {
                ResourceEffect::Added => summary.added += 1,
                ResourceEffect::Changed => summary.changed += 1,
                ResourceEffect::Released => summary.released += 1,
                ResourceEffect::Renamed => summary.renamed += 1,
                ResourceEffect::Replaced => summary.replaced += 1,
                ResourceEffect::Deleted => summary.deleted += 1,
                ResourceEffect::MayBeReplaced => {
                    summary.replaced += 1;
                    summary.maybe_replaced += 1;
                }
                ResourceEffect::MayBeDeleted => {
                    summary.deleted += 1;
                    summary.maybe_deleted += 1;
                }
            }
        }
        summary
    }
}

/// Counts the resources of hazards, and those that only may be in danger.
fn endangered(hazards: &[Hazard]) -> (usize, usize) {
    let ids =
        |hazards: &mut dyn Iterator<Item = &Hazard>| hazards.map(|hazard| hazard.id.clone()).collect::<BTreeSet<_>>();
    let all = ids(&mut hazards.iter()).len();
    (all, all - ids(&mut hazards.iter().filter(|hazard| !hazard.uncertain)).len())
}

impl Report {
    /// Whether nothing changes. What was not compared may change.
    pub fn is_empty(&self) -> bool {
        self.uncompared.is_none()
            && self.resources.is_empty()
            && self.permissions.is_empty()
            && self.failures.is_empty()
            && self.exposures.is_empty()
            && self.protections.is_empty()
            && self.delivery.is_empty()
            && self.settings.is_empty()
            && self.consequences.is_empty()
            && self.port.is_empty()
    }

    /// Returns the resources that are deleted or replaced, or may be; most severe first.
    pub fn destructive(&self) -> impl Iterator<Item = &ResourceChange> {
        self.resources.iter().filter(|resource| resource.effect.is_destructive())
    }
}
