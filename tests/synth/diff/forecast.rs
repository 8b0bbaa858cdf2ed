//! What `synth diff` says about a deployment that will fail, and about data that is less safe afterwards.

use serde_json::{Value, json};

use crate::diff::cases::compared;
use crate::workspace::{Workspace, code, text};

fn stack(resources: &Value) -> Value {
    json!({ "Resources": resources })
}

/// Returns the failures between two sets of resources: the logical id, and whether it is uncertain.
fn failures(old: &Value, new: &Value) -> Vec<(String, bool)> {
    let report = compared(&stack(old), &stack(new));
    report.failures.into_iter().map(|hazard| (hazard.id, hazard.uncertain)).collect()
}

fn certain(id: &str) -> Vec<(String, bool)> {
    vec![(id.to_owned(), false)]
}

/// Types with a name, and a property that requires replacement.
const NAMED: [(&str, &str, &str); 8] = [
    ("AWS::DynamoDB::Table", "TableName", "KeySchema"),
    ("AWS::SQS::Queue", "QueueName", "FifoQueue"),
    ("AWS::Lambda::Function", "FunctionName", "PackageType"),
    ("AWS::Serverless::Function", "FunctionName", "PackageType"),
    ("AWS::IAM::Role", "RoleName", "Path"),
    ("AWS::ECR::Repository", "RepositoryName", "EncryptionConfiguration"),
    ("AWS::RDS::DBInstance", "DBInstanceIdentifier", "StorageEncrypted"),
    ("AWS::EC2::SecurityGroup", "GroupName", "GroupDescription"),
];

/// CloudFormation creates before it deletes, so a name that is taken fails the deployment.
#[test]
fn names_that_are_taken_fail() {
    for (kind, name, fixed) in NAMED {
        let with =
            |name_is: &str, fixed_is: &str| json!({"Type": kind, "Properties": {name: name_is, fixed: [fixed_is]}});
        let same = json!({"A": with("n", "1")});
        assert_eq!(failures(&same, &json!({"A": with("n", "2")})), certain("A"), "{kind}: kept in a replacement");
        // Whether the old one can be deleted is not the question here.
        let renewed = failures(&same, &json!({"A": with("m", "2")}));
        assert!(renewed.iter().all(|(_, uncertain)| *uncertain), "{kind}: changed with the replacement: {renewed:?}");
        assert_eq!(failures(&same, &json!({"B": with("n", "1")})), certain("B"), "{kind}: renamed");
        assert_eq!(failures(&same, &json!({"A": with("n", "1"), "B": with("n", "2")})), certain("B"), "{kind}: added");
        assert_eq!(
            failures(&json!({}), &json!({"A": with("n", "1"), "B": with("n", "2")})),
            certain("B"),
            "{kind}: twice"
        );
        assert_eq!(failures(&json!({}), &json!({"A": with("n", "1"), "B": with("m", "2")})), [], "{kind}: two names");
    }
}

/// The name of a child is unique only under its parent.
#[test]
fn names_under_another_parent_are_free() {
    let alias = |function: &str| json!({"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": function, "Name": "live"}});
    assert_eq!(failures(&json!({"A": alias("f")}), &json!({"B": alias("f")})), certain("B"));
    assert_eq!(failures(&json!({"A": alias("f")}), &json!({"A": alias("f"), "B": alias("g")})), []);
    assert_eq!(failures(&json!({"A": alias("f")}), &json!({"A": alias("g")})), []);
}

/// Lambda rejects a second mapping of the same source for the same function, whatever else is different.
#[test]
fn second_mappings_fail() {
    let mapping = |properties: Value| {
        let mut properties = properties;
        properties["FunctionName"] = json!("f");
        json!({"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties})
    };
    let kafka = |topic: &str| json!({"SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": ["a:9092"]}}, "Topics": [topic]});
    for (one, other) in [
        (
            json!({"EventSourceArn": "arn:aws:sqs:eu-west-1:1:a"}),
            json!({"EventSourceArn": "arn:aws:sqs:eu-west-1:1:b"}),
        ),
        (
            json!({"EventSourceArn": "arn:aws:kinesis:eu-west-1:1:stream/a", "StartingPosition": "LATEST"}),
            json!({"EventSourceArn": "arn:aws:kinesis:eu-west-1:1:stream/b", "StartingPosition": "LATEST"}),
        ),
        (kafka("a"), kafka("b")),
        (
            json!({"EventSourceArn": "arn:aws:mq:eu-west-1:1:broker:a", "Queues": ["a"]}),
            json!({"EventSourceArn": "arn:aws:mq:eu-west-1:1:broker:a", "Queues": ["b"]}),
        ),
    ] {
        let old = json!({"A": mapping(one.clone())});
        let mut bigger = one.clone();
        bigger["BatchSize"] = json!(7);
        assert_eq!(failures(&old, &json!({"B": mapping(one.clone())})), certain("B"), "{one}: renamed");
        assert_eq!(
            failures(&old, &json!({"A": mapping(one.clone()), "B": mapping(bigger.clone())})),
            certain("B"),
            "{one}"
        );
        assert_eq!(failures(&old, &json!({"A": mapping(bigger)})), [], "{one}: updated in place");
        assert_eq!(
            failures(&old, &json!({"A": mapping(one.clone()), "B": mapping(other)})),
            [],
            "{one}: another source"
        );
    }
}

/// A source that is replaced with its mapping is a different source.
#[test]
fn mappings_of_new_sources_are_free() {
    let with = |queue: &str, fifo: bool| {
        json!({
            queue: {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": fifo}},
            "M": {"Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": {"Fn::GetAtt": [queue, "Arn"]}, "FunctionName": "f"}},
        })
    };
    assert_eq!(failures(&with("Q", false), &with("Q", true)), []);
    assert_eq!(failures(&with("Q", false), &with("Queue", false)), []);
}

/// What is set for the first time, or grows, is accepted.
#[test]
fn accepted_updates_are_not_failures() {
    for (kind, old, new) in [
        (
            "AWS::KMS::Key",
            json!({}),
            json!({"KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Description": "d"}),
        ),
        ("AWS::S3::Bucket", json!({}), json!({"ObjectLockEnabled": true})),
        (
            "AWS::RDS::DBInstance",
            json!({"EngineVersion": "9.6", "AllocatedStorage": "20"}),
            json!({"EngineVersion": "10.1", "AllocatedStorage": "100"}),
        ),
        ("AWS::Kinesis::Stream", json!({"ShardCount": 2}), json!({"ShardCount": 4})),
        (
            "AWS::Cognito::UserPool",
            json!({"Schema": [{"Name": "a"}]}),
            json!({"Schema": [{"Name": "a"}, {"Name": "b"}]}),
        ),
        ("AWS::DynamoDB::Table", json!({}), json!({"GlobalSecondaryIndexes": [{"IndexName": "a"}]})),
    ] {
        let with = |properties: &Value| json!({"A": {"Type": kind, "Properties": properties}});
        assert_eq!(failures(&with(&old), &with(&new)), [], "{kind}");
    }
}

/// What no documentation says for certain may fail, and what AWS allows does not.
#[test]
fn undocumented_refusals_are_uncertain() {
    let with = |kind: &str, policy: bool, properties: Value| {
        json!({"A": {"Type": kind,
        "UpdatePolicy": {"EnableVersionUpgrade": policy}, "Properties": properties}})
    };
    let domain =
        |policy, version: &str| with("AWS::OpenSearchService::Domain", policy, json!({"EngineVersion": version}));
    let refused = failures(&domain(true, "OpenSearch_2.11"), &domain(true, "OpenSearch_2.9"));
    assert_eq!(refused, certain("A"), "domains are upgraded in place, and only upgraded");
    let replaced = compared(&stack(&domain(false, "OpenSearch_2.9")), &stack(&domain(false, "OpenSearch_2.11")));
    assert_eq!(replaced.summary.maybe_replaced, 1, "without the policy, a new version replaces the domain");
    assert!(replaced.failures.is_empty());
    for (kind, old, new) in [
        ("AWS::EKS::Cluster", json!({"Version": "1.34"}), json!({"Version": "1.33"})),
        ("AWS::Neptune::DBCluster", json!({"EngineVersion": "1.4"}), json!({"EngineVersion": "1.3"})),
        ("AWS::FSx::FileSystem", json!({"StorageCapacity": 2048}), json!({"StorageCapacity": 1024})),
        ("AWS::KMS::Key", json!({"Origin": "EXTERNAL"}), json!({})),
        (
            "AWS::Athena::NamedQuery",
            json!({"Name": "n", "QueryString": "a", "Database": "d"}),
            json!({"Name": "n", "QueryString": "b", "Database": "d"}),
        ),
    ] {
        let found = failures(&with(kind, true, old), &with(kind, true, new));
        assert_eq!(found, [("A".to_owned(), true)], "{kind}");
    }
    let classifier = |version: &str| {
        let properties = json!({"DocumentClassifierName": "n", "VersionName": version, "LanguageCode": "en"});
        with("AWS::Comprehend::DocumentClassifier", true, properties)
    };
    assert_eq!(failures(&classifier("1"), &classifier("2")), [], "a name has many versions");
}

#[test]
fn too_many_resources_fail() {
    let many = |count: usize| -> Value {
        stack(&(0..count).map(|n| (format!("T{n}"), json!({"Type": "AWS::SNS::Topic"}))).collect())
    };
    assert_eq!(compared(&many(499), &many(500)).failures, []);
    let report = compared(&many(500), &many(501));
    assert!(report.failures[0].text.contains("501"), "{:?}", report.failures);
}

/// What a policy keeps is not deleted, whatever decides that it goes.
#[test]
fn retained_resources_are_not_deletions() {
    let table = |condition: Option<&str>| {
        let mut table = json!({"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain", "Properties": {"DeletionProtectionEnabled": true}});
        if let Some(condition) = condition {
            table["Condition"] = json!(condition);
        }
        json!({"Resources": {"T": table}, "Conditions": {"C": {"Fn::Equals": ["a", {"Ref": "AWS::Region"}]}}})
    };
    for new in [table(Some("C")), json!({"Resources": {}})] {
        let report = compared(&table(None), &new);
        assert_eq!((report.summary.deleted, report.summary.released), (0, 1), "{new}");
        assert_eq!(report.failures, [], "{new}");
    }
}

/// The gates see both kinds.
#[test]
fn gates_refuse_failures_and_lost_protection() {
    let workspace = Workspace::new();
    let path = |name: &str| workspace.path().join(name);
    let table = |protected: bool, key: &str| {
        format!(
            "Resources: {{Orders: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: orders, DeletionProtectionEnabled: \
             {protected}, KeySchema: [{{AttributeName: {key}, KeyType: HASH}}]}}}}}}\n"
        )
    };
    std::fs::write(path("old.yaml"), table(true, "id")).unwrap();
    for (name, new, gate) in
        [("key.yaml", table(true, "pk"), "failure"), ("open.yaml", table(false, "id"), "protection")]
    {
        std::fs::write(path(name), new).unwrap();
        for (fail_on, want) in [(gate, 1), ("deletion", 0)] {
            let output = workspace.synth(&["diff", "old.yaml", "--head", name, "--fail-on", fail_on]);
            assert_eq!(code(&output), want, "{name} {fail_on}: {}{}", text(&output.stdout), text(&output.stderr));
        }
    }
}

/// A change of our own function is said in words.
#[test]
fn settings_of_the_function_have_a_meaning() {
    let template = |memory: u32, architecture: &str, days: Option<u32>| {
        let days = days.map_or_else(|| json!({}), |days| json!({ "RetentionInDays": days }));
        stack(&json!({
            "Runner": {"Type": "AWS::Serverless::Function", "Properties": {
                "CodeUri": "runner/", "MemorySize": memory, "Architectures": [architecture],
                "LoggingConfig": {"LogGroup": {"Ref": "Logs"}}}},
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": days},
        }))
    };
    let old = template(128, "x86_64", Some(30));
    for (new, want) in [
        (template(128, "x86_64", Some(30)), None),
        (template(512, "x86_64", Some(30)), Some("the function has four times the memory: 512 MB instead of 128 MB")),
        (template(160, "x86_64", Some(30)), Some("the function has 160 MB of memory instead of 128 MB")),
        (
            template(128, "arm64", Some(30)),
            Some("the function runs on `arm64` instead of `x86_64`: build it for `arm64` before you deploy"),
        ),
        (
            template(128, "x86_64", Some(7)),
            Some("log events older than 7 days are deleted; before, they were kept for 30 days"),
        ),
        (template(128, "x86_64", None), Some("log events are no longer deleted after 30 days")),
    ] {
        let meaning: Vec<String> =
            compared(&old, &new).consequences.into_iter().map(|consequence| consequence.text).collect();
        assert_eq!(meaning, want.into_iter().collect::<Vec<_>>());
    }
}

/// Which value protects more is AWS's word, so this list does not come from the table in the code.
#[test]
fn weaker_values_are_lost_protection() {
    for (kind, property, strong, weak) in [
        ("AWS::DynamoDB::Table", "DeletionProtectionEnabled", json!(true), json!(false)),
        ("AWS::Cognito::UserPool", "DeletionProtection", json!("ACTIVE"), json!("INACTIVE")),
        ("AWS::EC2::Instance", "DisableApiTermination", json!("true"), json!("false")),
        ("AWS::QLDB::Ledger", "DeletionProtection", json!(null), json!(false)),
        ("AWS::Logs::LogGroup", "RetentionInDays", json!(30), json!(7)),
        ("AWS::Logs::LogGroup", "RetentionInDays", json!(null), json!(3653)),
        ("AWS::Kinesis::Stream", "RetentionPeriodHours", json!(48), json!(null)),
        ("AWS::SQS::Queue", "MessageRetentionPeriod", json!(1_209_600), json!(null)),
        ("AWS::Events::Archive", "RetentionDays", json!(0), json!(30)),
        ("AWS::RDS::DBInstance", "BackupRetentionPeriod", json!(7), json!(0)),
        ("AWS::RDS::DBInstance", "DeleteAutomatedBackups", json!(false), json!(null)),
        ("AWS::Redshift::Cluster", "ManualSnapshotRetentionPeriod", json!(-1), json!(30)),
        ("AWS::S3::Bucket", "VersioningConfiguration", json!({"Status": "Enabled"}), json!({"Status": "Suspended"})),
        (
            "AWS::S3::Bucket",
            "LifecycleConfiguration",
            json!(null),
            json!({"Rules": [{"Status": "Enabled", "ExpirationInDays": 1}]}),
        ),
        ("AWS::ECR::Repository", "ImageTagMutability", json!("IMMUTABLE"), json!(null)),
        ("AWS::SNS::Topic", "KmsMasterKeyId", json!("alias/a"), json!(null)),
    ] {
        let with = |value: &Value| {
            let properties = if value.is_null() { json!({}) } else { json!({ property: value }) };
            stack(&json!({"R": {"Type": kind, "Properties": properties}}))
        };
        let lost = compared(&with(&strong), &with(&weak)).protections;
        assert_eq!(lost.iter().filter(|hazard| !hazard.uncertain).count(), 1, "{kind} {property}: {lost:?}");
        assert_eq!(compared(&with(&weak), &with(&strong)).protections, [], "{kind} {property}");
    }
}
