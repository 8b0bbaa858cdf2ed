//! Which properties protect data, and how strongly each value does.
//!
//! Names and defaults are those of the CloudFormation Template Reference (TR) and of the service's API Reference (API), which
//! each row names.

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

use Strength::{Key, Longer, Set, Words};

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
const FOREVER: Strength = Longer { unset: f64::INFINITY, forever: Some(0.0) };

const UNPROTECTED: &str = "deletion protection is off: the resource can be deleted with its data";
const BACKUPS: &str = "automated backups are kept for a shorter time";
const SNAPSHOTS: &str = "automatic snapshots are kept for a shorter time";
const RECORDS: &str = "records are deleted earlier";
const RECOVERY: &str = "point-in-time recovery is off: backups to restore from are deleted";
const RECOVERY_DAYS: &str = "the window of point-in-time recovery is shorter";
const ENCRYPTION: &str = "encryption is switched off";
const NO_KEY: &str = "the encryption key changed; what is encrypted already still needs the old one";

const fn row(
    types: &'static [&'static str],
    path: &'static str,
    strength: Strength,
    lost: &'static str,
    source: &'static str,
) -> Row {
    Row { types, path, strength, lost, source }
}

const DATABASES: &[&str] = &["AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster"];
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
