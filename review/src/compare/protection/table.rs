//! Which properties protect data, and how strongly each value does.
//!
//! Names and defaults are those of the CloudFormation Template Reference (TR), the service's API Reference (API), its user
//! guide (Guide), or the response to a minimal request in the AWS CLI's examples (CLI), which each row names. A default that
//! none of them documents, or on which they differ, is unknown.

use super::strength::Strength;

/// A property that protects data.
#[derive(Debug)]
pub(super) struct Row {
    /// The resource types that have it.
    pub(super) types: &'static [&'static str],
    /// The way to it below `Properties`. `List[Key=word]` is the item with that member, `List[Key]` each item by that member.
    pub(super) path: &'static str,
    /// How strongly its values protect.
    pub(super) strength: Strength,
    /// What happens if it becomes weaker, as a sentence without a full stop.
    pub(super) lost: &'static str,
    /// Where AWS documents the values and the default.
    #[cfg_attr(not(test), expect(dead_code, reason = "documentation that a test reads"))]
    pub(super) source: &'static str,
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

/// The properties. `DeletionPolicy`, `UpdateReplacePolicy` and the rules of a bucket's lifecycle have code of their own.
pub(super) const ROWS: &[Row] = &[
    // Deletion protection.
    row(TABLES, "DeletionProtectionEnabled", OFF, UNPROTECTED, "TR: AWS::DynamoDB::Table"),
    row(GLOBAL, "Replicas[Region]/DeletionProtectionEnabled", OFF, UNPROTECTED, "TR: AWS::DynamoDB::GlobalTable"),
    row(INSTANCE, "DeletionProtection", OFF, UNPROTECTED, "TR: AWS::RDS::DBInstance"),
    row(CLUSTER, "DeletionProtection", OFF, UNPROTECTED, "TR: AWS::RDS::DBCluster"),
    row(
        &["AWS::DocDB::DBCluster", "AWS::DocDB::GlobalCluster"],
        "DeletionProtection",
        SWITCH,
        UNPROTECTED,
        "TR: AWS::DocDB::DBCluster",
    ),
    row(
        &["AWS::Neptune::DBCluster", "AWS::Neptune::GlobalCluster"],
        "DeletionProtection",
        SWITCH,
        UNPROTECTED,
        "API: CreateDBCluster of Neptune says on, ModifyDBCluster off",
    ),
    row(&["AWS::RDS::GlobalCluster"], "DeletionProtection", OFF, UNPROTECTED, "CLI: rds create-global-cluster"),
    row(&["AWS::EKS::Cluster"], "DeletionProtection", OFF, UNPROTECTED, "API: CreateCluster of EKS"),
    row(&["AWS::QLDB::Ledger"], "DeletionProtection", ON, UNPROTECTED, "TR: AWS::QLDB::Ledger"),
    row(&["AWS::DSQL::Cluster"], "DeletionProtectionEnabled", SWITCH, UNPROTECTED, "API: CreateCluster of Aurora DSQL"),
    row(
        &["AWS::NeptuneGraph::Graph"],
        "DeletionProtection",
        SWITCH,
        UNPROTECTED,
        "API: CreateGraph of Neptune Analytics",
    ),
    row(&["AWS::Logs::LogGroup"], "DeletionProtectionEnabled", OFF, UNPROTECTED, "TR: AWS::Logs::LogGroup"),
    row(
        &["AWS::Cognito::UserPool"],
        "DeletionProtection",
        Words(&["INACTIVE", "ACTIVE"], "INACTIVE"),
        UNPROTECTED,
        "Guide: Cognito, User pool deletion protection",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::LoadBalancer"],
        "LoadBalancerAttributes[Key=deletion_protection.enabled]/Value",
        OFF,
        "deletion protection is off: the load balancer can be deleted",
        "API: LoadBalancerAttribute",
    ),
    // On in a new firewall if unset; what removing it from the template does is not documented.
    row(
        &["AWS::NetworkFirewall::Firewall"],
        "DeleteProtection",
        SWITCH,
        "deletion protection is off: the firewall can be deleted",
        "TR: AWS::NetworkFirewall::Firewall",
    ),
    row(
        &["AWS::NetworkFirewall::Firewall"],
        "SubnetChangeProtection",
        SWITCH,
        "the firewall's subnets can be changed",
        "TR: AWS::NetworkFirewall::Firewall",
    ),
    row(
        &["AWS::NetworkFirewall::Firewall"],
        "FirewallPolicyChangeProtection",
        SWITCH,
        "the firewall's policy can be exchanged",
        "TR: AWS::NetworkFirewall::Firewall",
    ),
    row(
        &["AWS::EC2::Instance"],
        "DisableApiTermination",
        OFF,
        "termination protection is off: the instance can be terminated",
        "TR: AWS::EC2::Instance",
    ),
    row(
        &["AWS::EC2::LaunchTemplate"],
        "LaunchTemplateData/DisableApiTermination",
        OFF,
        "termination protection is off for new instances",
        "TR: AWS::EC2::LaunchTemplate LaunchTemplateData",
    ),
    row(
        &["AWS::EMR::Cluster"],
        "Instances/TerminationProtected",
        SWITCH,
        "termination protection is off: the cluster can be terminated",
        "TR: AWS::EMR::Cluster JobFlowInstancesConfig",
    ),
    row(
        &["AWS::CloudTrail::EventDataStore"],
        "TerminationProtectionEnabled",
        SWITCH,
        "termination protection is off: the event data store can be deleted",
        "TR: AWS::CloudTrail::EventDataStore",
    ),
    row(
        &["AWS::AutoScaling::AutoScalingGroup"],
        "NewInstancesProtectedFromScaleIn",
        OFF,
        "new instances are no longer protected from scale-in",
        "Guide: EC2 Auto Scaling, Use instance scale-in protection",
    ),
    // Retention of data.
    row(
        &["AWS::Logs::LogGroup"],
        "RetentionInDays",
        longer(f64::INFINITY),
        "log events are deleted earlier, also those that exist",
        "TR: AWS::Logs::LogGroup",
    ),
    row(&["AWS::Kinesis::Stream"], "RetentionPeriodHours", longer(24.0), RECORDS, "TR: AWS::Kinesis::Stream"),
    row(
        &["AWS::KinesisVideo::Stream"],
        "DataRetentionInHours",
        longer(0.0),
        "video is deleted earlier",
        "API: CreateStream of Kinesis Video Streams",
    ),
    row(
        &["AWS::SQS::Queue"],
        "MessageRetentionPeriod",
        longer(345_600.0),
        "messages that nobody reads are deleted earlier",
        "TR: AWS::SQS::Queue",
    ),
    row(
        &["AWS::Events::Archive"],
        "RetentionDays",
        FOREVER,
        "archived events are deleted earlier",
        "TR: AWS::Events::Archive",
    ),
    row(
        &["AWS::Timestream::Table"],
        "RetentionProperties/MagneticStoreRetentionPeriodInDays",
        NUMBER,
        RECORDS,
        "TR: AWS::Timestream::Table",
    ),
    row(
        &["AWS::CloudTrail::EventDataStore"],
        "RetentionPeriod",
        // It depends on `BillingMode`: 366 or 2557 days.
        NUMBER,
        "events are deleted earlier",
        "TR: AWS::CloudTrail::EventDataStore",
    ),
    row(
        &["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
        "PendingWindowInDays",
        longer(30.0),
        "there is less time to recover a deleted key, without which nothing that it encrypted can be read",
        "TR: AWS::KMS::Key",
    ),
    // Backups.
    row(
        &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster"],
        "BackupRetentionPeriod",
        longer(1.0),
        BACKUPS,
        "TR: AWS::RDS::DBInstance; 0 switches backups off",
    ),
    row(
        &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"],
        "DeleteAutomatedBackups",
        Words(&["true", "false"], "true"),
        "automated backups are deleted with the database",
        "TR: AWS::RDS::DBInstance",
    ),
    row(&["AWS::DocDBElastic::Cluster"], "BackupRetentionPeriod", NUMBER, BACKUPS, "TR: AWS::DocDBElastic::Cluster"),
    row(
        &["AWS::ElastiCache::ReplicationGroup", "AWS::ElastiCache::CacheCluster"],
        "SnapshotRetentionLimit",
        longer(0.0),
        SNAPSHOTS,
        "TR: AWS::ElastiCache::ReplicationGroup; 0 switches snapshots off",
    ),
    row(
        &["AWS::ElastiCache::ServerlessCache"],
        "SnapshotRetentionLimit",
        NUMBER,
        SNAPSHOTS,
        "TR: AWS::ElastiCache::ServerlessCache",
    ),
    row(&["AWS::MemoryDB::Cluster"], "SnapshotRetentionLimit", longer(0.0), SNAPSHOTS, "CLI: memorydb create-cluster"),
    row(
        &["AWS::Redshift::Cluster"],
        "AutomatedSnapshotRetentionPeriod",
        longer(1.0),
        SNAPSHOTS,
        "TR: AWS::Redshift::Cluster",
    ),
    row(
        &["AWS::Redshift::Cluster"],
        "ManualSnapshotRetentionPeriod",
        Longer { unset: None, forever: Some(-1.0) },
        "new manual snapshots are deleted earlier",
        "TR: AWS::Redshift::Cluster; -1 means indefinitely",
    ),
    row(
        FILES,
        "WindowsConfiguration/AutomaticBackupRetentionDays",
        longer(30.0),
        BACKUPS,
        "TR: AWS::FSx::FileSystem WindowsConfiguration",
    ),
    row(
        FILES,
        "OntapConfiguration/AutomaticBackupRetentionDays",
        longer(30.0),
        BACKUPS,
        "TR: AWS::FSx::FileSystem OntapConfiguration",
    ),
    row(
        FILES,
        "OpenZFSConfiguration/AutomaticBackupRetentionDays",
        longer(30.0),
        BACKUPS,
        "TR: AWS::FSx::FileSystem OpenZFSConfiguration",
    ),
    row(
        FILES,
        "LustreConfiguration/AutomaticBackupRetentionDays",
        longer(0.0),
        BACKUPS,
        "TR: AWS::FSx::FileSystem LustreConfiguration",
    ),
    row(
        &["AWS::EFS::FileSystem"],
        "BackupPolicy/Status",
        // A file system in one Availability Zone has backups by default, others do not.
        Words(&["DISABLED", "ENABLED"], UNKNOWN),
        "automatic backups are off",
        "API: CreateFileSystem of EFS",
    ),
    row(
        &["AWS::EFS::FileSystem"],
        "FileSystemProtection/ReplicationOverwriteProtection",
        Words(&["DISABLED", "ENABLED"], "ENABLED"),
        "a replication can overwrite the file system",
        "TR: AWS::EFS::FileSystem FileSystemProtection",
    ),
    row(
        TABLES,
        "PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
        OFF,
        RECOVERY,
        "TR: AWS::DynamoDB::Table",
    ),
    row(
        TABLES,
        "PointInTimeRecoverySpecification/RecoveryPeriodInDays",
        longer(35.0),
        RECOVERY_DAYS,
        "TR: AWS::DynamoDB::Table PointInTimeRecoverySpecification",
    ),
    row(
        GLOBAL,
        "Replicas[Region]/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled",
        OFF,
        RECOVERY,
        "TR: AWS::DynamoDB::GlobalTable",
    ),
    row(
        GLOBAL,
        "Replicas[Region]/PointInTimeRecoverySpecification/RecoveryPeriodInDays",
        longer(35.0),
        RECOVERY_DAYS,
        "TR: AWS::DynamoDB::GlobalTable",
    ),
    row(&["AWS::Cassandra::Table"], "PointInTimeRecoveryEnabled", OFF, RECOVERY, "TR: AWS::Cassandra::Table"),
    row(
        &["AWS::Backup::BackupPlan"],
        "BackupPlan/BackupPlanRule[RuleName]",
        Set,
        "a rule of the backup plan is removed: it makes no more backups",
        "TR: AWS::Backup::BackupPlan BackupRuleResourceType",
    ),
    row(
        &["AWS::Backup::BackupPlan"],
        "BackupPlan/BackupPlanRule[RuleName]/Lifecycle/DeleteAfterDays",
        Longer { unset: None, forever: Some(-1.0) },
        "recovery points are deleted earlier",
        "API: Lifecycle of AWS Backup",
    ),
    row(
        &["AWS::Backup::BackupPlan"],
        "BackupPlan/BackupPlanRule[RuleName]/EnableContinuousBackup",
        OFF,
        "continuous backups, and with them point-in-time recovery, are off",
        "API: BackupRule of AWS Backup",
    ),
    row(
        VAULTS,
        "LockConfiguration",
        Set,
        "the vault lock is removed: recovery points can be deleted",
        "TR: AWS::Backup::BackupVault",
    ),
    row(
        VAULTS,
        "LockConfiguration/MinRetentionDays",
        longer(0.0),
        "the vault lock accepts a shorter retention",
        "TR: AWS::Backup::BackupVault LockConfigurationType",
    ),
    // Versions and locks.
    row(
        BUCKET,
        "VersioningConfiguration/Status",
        Words(&["Suspended", "Enabled"], "Suspended"),
        "versioning is suspended: overwritten and deleted objects cannot be restored",
        "TR: AWS::S3::Bucket VersioningConfiguration",
    ),
    row(BUCKET, "ObjectLockEnabled", OFF, "Object Lock is off", "TR: AWS::S3::Bucket"),
    row(
        BUCKET,
        "ObjectLockConfiguration/Rule/DefaultRetention/Mode",
        Words(&["", "GOVERNANCE", "COMPLIANCE"], ""),
        "the default retention mode of Object Lock is weaker",
        "TR: AWS::S3::Bucket DefaultRetention",
    ),
    row(
        BUCKET,
        "ObjectLockConfiguration/Rule/DefaultRetention",
        Duration,
        "Object Lock protects new objects for a shorter time",
        "TR: AWS::S3::Bucket DefaultRetention",
    ),
    row(BUCKET, "ReplicationConfiguration", Set, "objects are no longer replicated", "TR: AWS::S3::Bucket"),
    row(
        &["AWS::ECR::Repository"],
        "ImageTagMutability",
        Words(&["MUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION", "IMMUTABLE"], "MUTABLE"),
        "images can be overwritten under the same tag",
        "TR: AWS::ECR::Repository",
    ),
    row(
        &["AWS::ECR::Repository"],
        "EmptyOnDelete",
        UNLESS_ON,
        "the repository is deleted even if it holds images",
        "TR: AWS::ECR::Repository",
    ),
    row(
        &["AWS::Athena::WorkGroup"],
        "RecursiveDeleteOption",
        UNLESS_ON,
        "the workgroup is deleted even if it holds saved queries",
        "TR: AWS::Athena::WorkGroup",
    ),
    // Encryption. SQS, SNS, S3, DynamoDB and others encrypt with a key of AWS's if none is set.
    row(INSTANCE, "StorageEncrypted", OFF, ENCRYPTION, "TR: AWS::RDS::DBInstance"),
    row(&["AWS::DocDB::DBCluster"], "StorageEncrypted", OFF, ENCRYPTION, "CLI: docdb create-db-cluster"),
    row(
        &["AWS::RDS::DBCluster", "AWS::Neptune::DBCluster"],
        "StorageEncrypted",
        SWITCH,
        ENCRYPTION,
        "API: CreateDBCluster of RDS and of Neptune",
    ),
    // Whether the account encrypts volumes by default decides.
    row(&["AWS::EC2::Volume"], "Encrypted", SWITCH, ENCRYPTION, "TR: AWS::EC2::Volume"),
    row(&["AWS::EFS::FileSystem"], "Encrypted", OFF, ENCRYPTION, "API: CreateFileSystem of EFS"),
    row(&["AWS::Redshift::Cluster"], "Encrypted", ON, ENCRYPTION, "TR: AWS::Redshift::Cluster"),
    row(
        &["AWS::ElastiCache::ReplicationGroup"],
        "AtRestEncryptionEnabled",
        OFF,
        ENCRYPTION,
        "TR: AWS::ElastiCache::ReplicationGroup",
    ),
    row(
        &["AWS::ElastiCache::ReplicationGroup"],
        "TransitEncryptionEnabled",
        OFF,
        "encryption in transit is switched off",
        "TR: AWS::ElastiCache::ReplicationGroup",
    ),
    row(
        &["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"],
        "EncryptionAtRestOptions/Enabled",
        OFF,
        ENCRYPTION,
        "TR: AWS::OpenSearchService::Domain EncryptionAtRestOptions",
    ),
    row(
        &["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"],
        "NodeToNodeEncryptionOptions/Enabled",
        OFF,
        "encryption between nodes is switched off",
        "TR: AWS::OpenSearchService::Domain NodeToNodeEncryptionOptions",
    ),
    // Queues with a key in KMS switch it off, too.
    row(
        &["AWS::SQS::Queue"],
        "SqsManagedSseEnabled",
        ON,
        "encryption with the key of SQS is switched off",
        "TR: AWS::SQS::Queue",
    ),
    row(&["AWS::Kinesis::Stream"], "StreamEncryption", Set, ENCRYPTION, "TR: AWS::Kinesis::Stream"),
    row(&["AWS::Kinesis::Stream"], "StreamEncryption/KeyId", Key, NO_KEY, "TR: AWS::Kinesis::Stream"),
    row(&["AWS::KMS::Key"], "EnableKeyRotation", OFF, "the key is no longer rotated", "TR: AWS::KMS::Key"),
    row(
        &["AWS::KMS::Key", "AWS::KMS::ReplicaKey"],
        "Enabled",
        ON,
        "the key is disabled: nothing that it encrypted can be read",
        "TR: AWS::KMS::Key",
    ),
    row(TABLES, "SSESpecification/KMSMasterKeyId", Key, NO_KEY, "TR: AWS::DynamoDB::Table SSESpecification"),
    row(TABLES, "SSESpecification/SSEEnabled", OFF, NO_KEY, "TR: AWS::DynamoDB::Table SSESpecification"),
    row(&["AWS::SQS::Queue", "AWS::SNS::Topic"], "KmsMasterKeyId", Key, NO_KEY, "TR: AWS::SQS::Queue"),
    row(
        &[
            "AWS::SecretsManager::Secret",
            "AWS::Logs::LogGroup",
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBCluster",
            "AWS::DocDB::DBCluster",
            "AWS::Neptune::DBCluster",
            "AWS::EC2::Volume",
            "AWS::EFS::FileSystem",
            "AWS::Redshift::Cluster",
            "AWS::ElastiCache::ReplicationGroup",
            "AWS::MemoryDB::Cluster",
        ],
        "KmsKeyId",
        Key,
        NO_KEY,
        "TR: AWS::SecretsManager::Secret",
    ),
    row(&["AWS::CloudTrail::Trail"], "KMSKeyId", Key, NO_KEY, "TR: AWS::CloudTrail::Trail"),
    row(&["AWS::Lambda::Function"], "KmsKeyArn", Key, NO_KEY, "TR: AWS::Lambda::Function"),
    row(VAULTS, "EncryptionKeyArn", Key, NO_KEY, "TR: AWS::Backup::BackupVault"),
    row(
        BUCKET,
        "BucketEncryption/ServerSideEncryptionConfiguration[]/ServerSideEncryptionByDefault/KMSMasterKeyID",
        Key,
        NO_KEY,
        "TR: AWS::S3::Bucket ServerSideEncryptionByDefault",
    ),
    row(
        BUCKET,
        "BucketEncryption/ServerSideEncryptionConfiguration[]/ServerSideEncryptionByDefault/SSEAlgorithm",
        Words(&["AES256", "aws:kms", "aws:kms:dsse"], "AES256"),
        "objects are encrypted with a key of S3 instead of one in KMS",
        "TR: AWS::S3::Bucket ServerSideEncryptionByDefault",
    ),
];

/// Resources whose removal is a loss of protection: type, what is lost.
pub(super) const PROTECTORS: [(&str, &str); 3] = [
    ("AWS::Backup::BackupPlan", "the backup plan is removed: it makes no more backups"),
    ("AWS::Backup::BackupSelection", "its resources are no longer backed up by the plan"),
    ("AWS::DLM::LifecyclePolicy", "the lifecycle policy is removed: it makes no more snapshots"),
];
