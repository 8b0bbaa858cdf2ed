//! Which properties protect data, and how strongly each value does.
//!
//! Names and defaults are those of the CloudFormation Template Reference (TR), the service's API Reference (API), its user
//! guide (Guide), or the response to a minimal request in the AWS CLI's examples (CLI), which each row names. A default that
//! none of them documents, or on which they differ, is unknown.

mod deletion;
mod retention;
mod encryption;

use super::strength::Strength;

/// A property that protects data.
#[derive(Debug)]
pub(in crate::compare::protection) struct Row {
    /// The resource types that have it.
    pub(in crate::compare::protection) types: &'static [&'static str],
    /// The way to it below `Properties`. `List[Key=word]` is the item with that member, `List[Key]` each item by that member.
    pub(in crate::compare::protection) path: &'static str,
    /// How strongly its values protect.
    pub(in crate::compare::protection) strength: Strength,
    /// What happens if it becomes weaker, as a sentence without a full stop.
    pub(in crate::compare::protection) lost: &'static str,
    /// Where AWS documents the values and the default.
    #[cfg_attr(not(test), expect(dead_code, reason = "documentation that a test reads"))]
    pub(in crate::compare::protection) source: &'static str,
}

use Strength::{Duration, Key, Longer, Set, Words};

/// The default of a property whose default is not documented.
const UNKNOWN: &str = "?";
/// A switch that is off unless it is set.
const OFF: Strength = Words(&["false", "true"], "false");
/// A switch that is on unless it is set.
const ON: Strength = Words(&["false", "true"], "true");
/// A switch whose default is not documented.
const SWITCH: Strength = Words(&["false", "true"], UNKNOWN);
/// A switch that protects when it is false, as it is unless it is set.
const UNLESS_ON: Strength = Words(&["true", "false"], "false");
/// No retention rule at all: what is unset is kept forever.
const FOREVER: Strength = Longer { unset: Some(f64::INFINITY), forever: Some(0.0) };
/// A number whose default is not documented.
const NUMBER: Strength = Longer { unset: None, forever: None };

const UNPROTECTED: &str = "deletion protection is off: the resource can be deleted with its data";
const BACKUPS: &str = "automated backups are kept for a shorter time";
const SNAPSHOTS: &str = "automatic snapshots are kept for a shorter time";
const RECORDS: &str = "records are deleted earlier";
const RECOVERY: &str = "point-in-time recovery is off: backups to restore from are deleted";
const RECOVERY_DAYS: &str = "the window of point-in-time recovery is shorter";
const ENCRYPTION: &str = "encryption is switched off";
const NO_KEY: &str = "the encryption key changed; what is encrypted already still needs the old one";

/// A number with a default.
const fn longer(unset: f64) -> Strength {
    Longer { unset: Some(unset), forever: None }
}

const fn row(
    types: &'static [&'static str],
    path: &'static str,
    strength: Strength,
    lost: &'static str,
    source: &'static str,
) -> Row {
    Row { types, path, strength, lost, source }
}

const CLUSTER: &[&str] = &["AWS::RDS::DBCluster"];
const TABLES: &[&str] = &["AWS::DynamoDB::Table"];
const GLOBAL: &[&str] = &["AWS::DynamoDB::GlobalTable"];
const INSTANCE: &[&str] = &["AWS::RDS::DBInstance"];
const BUCKET: &[&str] = &["AWS::S3::Bucket"];
const FILES: &[&str] = &["AWS::FSx::FileSystem"];
const VAULTS: &[&str] = &["AWS::Backup::BackupVault"];

/// Returns the properties. `DeletionPolicy`, `UpdateReplacePolicy` and the rules of a bucket's lifecycle have code of their own.
pub(in crate::compare::protection) fn rows() -> impl Iterator<Item = &'static Row> {
    [deletion::ROWS, retention::ROWS, encryption::ROWS].into_iter().flatten()
}

/// Resources whose removal is a loss of protection: type, what is lost.
pub(in crate::compare::protection) const PROTECTORS: [(&str, &str); 3] = [
    ("AWS::Backup::BackupPlan", "the backup plan is removed: it makes no more backups"),
    ("AWS::Backup::BackupSelection", "its resources are no longer backed up by the plan"),
    ("AWS::DLM::LifecyclePolicy", "the lifecycle policy is removed: it makes no more snapshots"),
];
