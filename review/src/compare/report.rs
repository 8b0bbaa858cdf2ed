//! What a change of a template does, as data: everything that text, markdown and other forms show, in their order.
//!
//! Nothing here depends on when or where it was made; equal sides give an empty report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of this form: one more whenever a key changes its meaning or goes.
pub const VERSION: u32 = 1;

/// What becomes of a deployed stack when one template follows another.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this form: one more whenever a key changes its meaning or goes.
    pub version: u32,
    /// Where the old side is from, such as `main (1a2b3c4)` or a path.
    pub old: String,
    /// Where the new side is from.
    pub new: String,
    /// The figures of the first line.
    #[serde(rename = "verdict")]
    pub summary: Summary,
    /// In our own words, from the plan and Port's documents: what people and runs will notice.
    #[serde(rename = "meaning")]
    pub consequences: Vec<Consequence>,
    /// Every resource that something happens to, what SAM makes of a function among them; worst first, then by id.
    pub resources: Vec<ResourceChange>,
    /// Who may do more, then who may do less.
    pub permissions: Vec<PermissionChange>,
    /// How messages reach the function, by event source mapping.
    pub delivery: Vec<DeliveryChange>,
    /// Everything of the template beside its resources: parameters, conditions, mappings, outputs.
    pub settings: Vec<SettingChange>,
    /// What Port will hold once `out/port/` is published.
    pub port: Vec<DocumentChange>,
    /// What could not be read or compared, for the reader to judge.
    pub notes: Vec<String>,
}

/// How much happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Resources that are new.
    pub added: usize,
    /// Resources that change where they are.
    pub changed: usize,
    /// Resources of which a new one takes the place; or may, as CloudFormation decides when it deploys.
    pub replaced: usize,
    /// How many of `replaced` only may be.
    pub maybe_replaced: usize,
    /// Resources that go with what they hold, or may.
    pub deleted: usize,
    /// How many of `deleted` only may be: a condition decides.
    pub maybe_deleted: usize,
    /// Resources with another logical id: each is one deletion and one creation, and counted here alone.
    pub renamed: usize,
    /// Resources that leave the stack and stay in the account.
    pub released: usize,
    /// Somebody may do what nobody could before; also where that cannot be told.
    pub widened: bool,
    /// Somebody may no longer do something.
    pub narrowed: bool,
}

/// What becomes of a resource, from the mildest to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceEffect {
    /// Updated where it is.
    Changed,
    /// New.
    Added,
    /// Leaves the stack; its deletion policy keeps it in the account.
    Released,
    /// Replaced in some cases, which CloudFormation tells when it deploys.
    MayBeReplaced,
    /// Deleted, and created under another logical id.
    Renamed,
    /// A new one is made and the old one deleted.
    Replaced,
    /// A condition decides whether it stays.
    MayBeDeleted,
    /// Deleted with what it holds.
    Deleted,
}

impl ResourceEffect {
    /// Whether something that exists goes, or may go.
    pub fn is_destructive(self) -> bool {
        self > Self::Released
    }
}

/// A resource that something happens to.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceChange {
    /// Its logical id: in the new template, or in the old one if it goes.
    pub id: String,
    /// Its logical id in the old template, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_id: Option<String>,
    /// Its type: in the new template, or in the old one if it goes.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource of the template that SAM makes it of, where it does not stand there itself.
    #[serde(rename = "madeOf", skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<String>,
    /// What becomes of it.
    pub effect: ResourceEffect,
    /// Why it is more than a change in place, or changes although nothing of its own does.
    pub reasons: Vec<Reason>,
    /// What is at stake, where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    /// Its property tree. Empty for one that is added, goes, or only follows others.
    pub changes: Vec<ValueChange>,
}

/// Why something happens to a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// JSON Pointer below the resource, such as `/Properties/QueueName`; empty for the resource as a whole.
    pub pointer: String,
    /// In a sentence without a full stop; what is code stands in backticks.
    pub text: String,
    /// The resource, parameter, condition or mapping that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
}

/// What is lost with a resource, or kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// What it holds, such as `secret values`.
    pub data: String,
    /// False where a policy of the template keeps it.
    pub lost: bool,
    /// What becomes of the data, in a sentence without a full stop.
    pub text: String,
}

/// One difference between two trees of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueChange {
    /// JSON Pointer. An item of a set has `-` as its last step, as it has no place.
    pub pointer: String,
    /// What was there. Scalars of a template are text, as CloudFormation takes them; intrinsics in their long form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// Something that a person or a run notices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consequence {
    /// What it is about.
    pub subject: Subject,
    /// The blueprint concerned; empty for what concerns all.
    pub blueprint: String,
    /// The action concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The input, property or relation concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What happens to it.
    #[serde(rename = "happens")]
    pub kind: ChangeKind,
    /// In a sentence without a full stop; what is code stands in backticks.
    pub text: String,
}

/// What a meaning is about.
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
    /// What a run writes.
    Mapping,
}

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is another.
    Changed,
    /// It is gone.
    Removed,
}

/// One permission that is there on one side only: a principal, an action, a resource, a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PermissionChange {
    /// Whether more or less is allowed by it.
    pub direction: AccessChange,
    /// Who: a role's logical id, or what a resource policy names.
    pub principal: String,
    /// `Allow`, `Deny`, or what stands for a permission without being a statement.
    pub effect: Grant,
    /// The action as it is written; for a managed policy its name or ARN.
    pub action: String,
    /// The resource, with `${LogicalId.Attribute}` for what is known only when deployed.
    pub resource: String,
    /// The conditions of the statement; null where it has none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub condition: Value,
    /// Conditions of the template under which it holds, such as `HasKmsKey` or `not HasKmsKey`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_if: Vec<String>,
    /// The resource of the template that says so.
    pub at: String,
    /// What deserves a second look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// What it was, or is now, where that is a part of this or this a part of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<String>,
    /// Why this is not certain; it is taken as said all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<String>,
}

/// More or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessChange {
    /// More is allowed.
    Widened,
    /// Less is allowed.
    Narrowed,
}

/// What gives or takes a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Grant {
    /// A statement that allows.
    Allow,
    /// A statement that denies.
    Deny,
    /// A policy by name, whose statements are not in the template.
    ManagedPolicy,
    /// A boundary, which takes away whatever it does not allow.
    Boundary,
}

/// A difference in how messages reach the function.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryChange {
    /// The event source mapping.
    pub mapping: String,
    /// What of it.
    pub what: Delivery,
    /// As it was; null where there was none.
    pub old: Value,
    /// As it is; null where there is none.
    pub new: Value,
    /// In a sentence without a full stop; what is code stands in backticks.
    pub text: String,
}

/// What decides on delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Which messages invoke the function.
    Filter,
    /// Whether it is switched on.
    Enabled,
    /// Where messages are read.
    Brokers,
    /// What is read.
    Topic,
    /// Whose place in the topic is kept.
    ConsumerGroup,
    /// Where a group without a place starts.
    StartingPosition,
    /// How it logs in.
    Credentials,
    /// How many records at once, and how long it waits for them.
    Batch,
    /// Provisioned pollers.
    Pollers,
    /// Tries, ages, partial responses.
    Retries,
    /// Where batches go that are given up.
    FailureDestination,
    /// The function that is invoked.
    Function,
}

/// A difference outside of resources.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettingChange {
    /// The section of the template, such as `Parameters`.
    pub section: String,
    /// Its key there; empty for a section that has none, such as `Description`.
    pub name: String,
    /// Which way.
    #[serde(rename = "happens")]
    pub kind: ChangeKind,
    /// What it means for whoever deploys, in a sentence without a full stop; empty where the tree says all.
    pub text: String,
    /// Resources that depend on it.
    pub reaches: Vec<String>,
    /// Its tree.
    pub changes: Vec<ValueChange>,
}

/// A document of Port's that is another.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentChange {
    /// `blueprint` or `action`.
    #[serde(rename = "kind")]
    pub subject: Subject,
    /// Its identifier.
    pub identifier: String,
    /// Which way.
    #[serde(rename = "happens")]
    pub kind: ChangeKind,
    /// Its tree; empty where the document is new or gone.
    pub changes: Vec<ValueChange>,
}

impl Summary {
    /// Counts what happens.
    pub(super) fn new(resources: &[ResourceChange], permissions: &[PermissionChange]) -> Self {
        let went = |direction: AccessChange| permissions.iter().any(|change| change.direction == direction);
        let (widened, narrowed) = (went(AccessChange::Widened), went(AccessChange::Narrowed));
        let mut summary = Self { widened, narrowed, ..Self::default() };
        for resource in resources {
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

impl Report {
    /// Nothing at all is another.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
            && self.permissions.is_empty()
            && self.delivery.is_empty()
            && self.settings.is_empty()
            && self.consequences.is_empty()
            && self.port.is_empty()
    }

    /// Resources that go or may go, worst first.
    pub fn destructive(&self) -> impl Iterator<Item = &ResourceChange> {
        self.resources.iter().filter(|resource| resource.effect.is_destructive())
    }
}
