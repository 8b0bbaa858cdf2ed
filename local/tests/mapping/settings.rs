//! Settings in the terms of Lambda's API.

use std::time::Duration;

use local::mapping::{MappingSettings, StartingPosition};
use serde_json::{Value, json};

fn read(properties: &Value) -> Result<MappingSettings, String> {
    MappingSettings::new("t", "group").read(properties)
}

#[test]
fn what_is_not_set_has_the_defaults_of_lambda() {
    for properties in [json!({}), json!({"BatchSize": {"Ref": "Size"}, "StartingPosition": {"Ref": "Position"}})] {
        let settings = read(&properties).unwrap();
        assert_eq!((settings.batch_size, settings.window()), (100, Duration::from_millis(500)));
        assert_eq!((settings.retries(), settings.partial(), settings.provisioned), (None, false, None));
    }
    let provisioned = read(&json!({"ProvisionedPollerConfig": {}})).unwrap().provisioned.unwrap();
    assert_eq!((provisioned.minimum_pollers, provisioned.retries, provisioned.record_age), (1, None, None));
}

#[test]
fn settings_are_read_from_the_properties_of_a_template() {
    let settings = read(&json!({
        "BatchSize": 10_000,
        "MaximumBatchingWindowInSeconds": 300,
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1_700_000_000,
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["FailureQueue", "Arn"]}}},
        "ProvisionedPollerConfig": {"MinimumPollers": 3, "MaximumPollers": 3},
        "MaximumRetryAttempts": 10_000,
        "MaximumRecordAgeInSeconds": 604_800,
        "BisectBatchOnFunctionError": true,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "LoggingConfig": {"SystemLogLevel": "WARN"},
        "MetricsConfig": {"Metrics": ["EventCount"]},
    }))
    .unwrap();
    assert_eq!((settings.batch_size, settings.window()), (10_000, Duration::from_mins(5)));
    assert_eq!(settings.starting_position, StartingPosition::AtTimestamp(1_700_000_000_000));
    assert_eq!((settings.retries(), settings.partial(), settings.on_failure), (Some(10_000), true, true));
    let provisioned = settings.provisioned.unwrap();
    assert_eq!((provisioned.minimum_pollers, provisioned.record_age), (3, Some(604_800)));
    assert!(provisioned.bisect);
}

#[test]
fn retries_without_a_limit_are_ten_with_a_destination() {
    for (destination, retries, expected) in
        [(false, -1, None), (false, 0, Some(0)), (true, -1, Some(10)), (true, 0, Some(0)), (true, 300, Some(300))]
    {
        let mut properties = json!({"ProvisionedPollerConfig": {}, "MaximumRetryAttempts": retries});
        if destination {
            properties["DestinationConfig"] = json!({"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:1:q"}});
        }
        assert_eq!(read(&properties).unwrap().retries(), expected);
    }
    let on_demand = json!({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:1:q"}}});
    assert_eq!(read(&on_demand).unwrap().retries(), Some(10));
}

#[test]
fn what_lambda_would_refuse_is_refused_with_what_it_takes() {
    for (properties, name) in [
        (json!({"BatchSize": 0}), "`BatchSize`"),
        (json!({"BatchSize": 10_001}), "`BatchSize`"),
        (json!({"BatchSize": 1.5}), "`BatchSize`"),
        (json!({"BatchSize": "ten"}), "`BatchSize`"),
        (json!({"MaximumBatchingWindowInSeconds": 301}), "`MaximumBatchingWindowInSeconds`"),
        (json!({"MaximumBatchingWindowInSeconds": 0.5}), "`MaximumBatchingWindowInSeconds`"),
        (json!({"StartingPosition": "EARLIEST"}), "`StartingPosition`"),
        (json!({"StartingPosition": "AT_TIMESTAMP"}), "`StartingPositionTimestamp`"),
        (json!({"ProvisionedPollerConfig": {"MinimumPollers": 0}}), "`MinimumPollers`"),
        (json!({"ProvisionedPollerConfig": {"MinimumPollers": 201}}), "`MinimumPollers`"),
        (json!({"ProvisionedPollerConfig": {"MaximumPollers": 2_001}}), "`MaximumPollers`"),
        (json!({"ProvisionedPollerConfig": {"MinimumPollers": 5, "MaximumPollers": 4}}), "`MinimumPollers`"),
        (json!({"ProvisionedPollerConfig": {}, "MaximumRetryAttempts": 10_001}), "`MaximumRetryAttempts`"),
        (json!({"ProvisionedPollerConfig": {}, "MaximumRetryAttempts": -2}), "`MaximumRetryAttempts`"),
        (json!({"ProvisionedPollerConfig": {}, "MaximumRecordAgeInSeconds": 59}), "`MaximumRecordAgeInSeconds`"),
        (json!({"ProvisionedPollerConfig": {}, "MaximumRecordAgeInSeconds": 604_801}), "`MaximumRecordAgeInSeconds`"),
    ] {
        let refusal = read(&properties).unwrap_err();
        assert!(refusal.contains(name), "{properties}: {refusal}");
    }
}

#[test]
fn six_settings_need_provisioned_mode() {
    for (name, value) in [
        ("MaximumRetryAttempts", json!(3)),
        ("MaximumRecordAgeInSeconds", json!(60)),
        ("BisectBatchOnFunctionError", json!(true)),
        ("FunctionResponseTypes", json!(["ReportBatchItemFailures"])),
        ("LoggingConfig", json!({"SystemLogLevel": "WARN"})),
        ("MetricsConfig", json!({"Metrics": ["EventCount"]})),
    ] {
        let mut properties = json!({ name: value });
        assert_eq!(read(&properties).unwrap_err(), format!("`{name}` needs `ProvisionedPollerConfig`"));
        properties["ProvisionedPollerConfig"] = json!({});
        assert!(read(&properties).is_ok(), "{name}");
    }
}
