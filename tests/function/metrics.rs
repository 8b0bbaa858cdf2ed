//! The metrics that alarms and dashboards are made of, as they leave the process.

use std::collections::BTreeMap;
use std::time::Duration;

use local::Fault;
use serde_json::{Value, json};

use crate::deployment::repository;
use crate::function::{Function, lines, now_millis};
use crate::messages::{ours, tutorial};

/// A value of a metric, by its name and dimensions, such as `Runs{Action=resize_vm,Outcome=FAILURE}`.
type Values = BTreeMap<String, Value>;

/// Returns what `CloudWatch` would make of the lines: each metric once for every set of its dimensions.
fn values(lines: &[Value]) -> Values {
    let mut values = Values::new();
    let list = |value: &Value| value.as_array().unwrap().clone();
    for line in lines.iter().filter(|line| line.get("_aws").is_some()) {
        assert!(line["_aws"]["Timestamp"].as_i64().unwrap().abs_diff(now_millis()) < 60_000, "{line}");
        for directive in list(&line["_aws"]["CloudWatchMetrics"]) {
            assert_eq!(directive["Namespace"], "PortActionRunner");
            for (set, metric) in list(&directive["Dimensions"])
                .iter()
                .flat_map(|set| list(&directive["Metrics"]).into_iter().map(move |metric| (set, metric)))
            {
                let dimension = |name: &Value| {
                    let name = name.as_str().unwrap();
                    format!("{name}={}", line[name].as_str().unwrap())
                };
                let dimensions: Vec<String> = list(set).iter().map(dimension).collect();
                let name = metric["Name"].as_str().unwrap();
                let unit = if name == "RecordAge" { "Milliseconds" } else { "Count" };
                assert_eq!(metric["Unit"], unit, "{line}");
                let before = values.insert(format!("{name}{{{}}}", dimensions.join(",")), line[name].clone());
                assert_eq!(before, None, "twice in one batch: {name} of {line}");
            }
        }
    }
    values
}

/// One batch with every kind of metric: each value is what happened, and Port agrees with the number of its calls.
#[test]
fn metrics_say_what_happened() {
    let mut function = Function::new();
    for run in ["r_1", "r_2", "r_3"] {
        function.run(run, "vm_create_vm", None);
    }
    function.port.script(Fault::status(503).method("POST").path("/entities"));
    let inputs = json!({"cpu_cores": 2});
    let published = now_millis() - 30_000;
    let batch = [
        tutorial("r_1"),
        tutorial("r_2"),
        ours("resize_vm", "r_3", Some("nobody"), &inputs),
        json!({"action": "create_vm", "context": {"blueprint": "vm"}, "inputs": {}}),
        json!({"action": "somebody_elses"}),
    ];
    function.deliver_published(published, &batch);
    assert!(function.process().wait_for_output("RecordAge", Duration::from_secs(5)));
    let mut values = values(&lines(function.process()));
    let age = values.remove("RecordAge{FunctionName=local}").and_then(|age| age.as_u64()).unwrap();
    assert!((30_000..60_000).contains(&age), "{age}");

    let mut want = Values::from(
        [
            ("Runs{FunctionName=local,Outcome=SUCCESS}", 2),
            ("Runs{FunctionName=local,Action=vm_create_vm,Outcome=SUCCESS}", 2),
            ("Runs{FunctionName=local,Outcome=FAILURE}", 1),
            ("Runs{FunctionName=local,Action=resize_vm,Outcome=FAILURE}", 1),
            ("Rejected{FunctionName=local}", 1),
            ("Retries{FunctionName=local}", 1),
        ]
        .map(|(name, value)| (name.to_owned(), json!(value))),
    );
    for call in function.port.calls() {
        let calls = want.entry(format!("PortCalls{{FunctionName=local,StatusClass={}xx}}", call.status / 100));
        let calls = calls.or_insert(json!(0));
        *calls = json!(calls.as_u64().unwrap() + 1);
    }
    // What did not happen is 0 or missing.
    values.retain(|name, value| *value != 0 || want.contains_key(name));
    assert_eq!(values, want);
    assert_eq!(want["PortCalls{FunctionName=local,StatusClass=5xx}"], 1);
}

/// An alarm on a metric that nobody writes would never be raised.
#[test]
fn alarms_find_their_metrics() {
    let mut function = Function::new();
    function.port.add_node_run("wfnr_1");
    function.port.script(Fault::status(422).method("PATCH").path("/nodes/runs/wfnr_1"));
    function.port.script(Fault::status(401).path("/actions/runs/r_1").always());
    let without_run = json!({"action": "create_vm", "context": {"blueprint": "vm"}, "inputs": {}});
    function.deliver(&[tutorial("wfnr_1"), tutorial("r_1"), without_run]);
    assert!(function.process().wait_for_output("\"Rejected\":1", Duration::from_secs(5)));
    let values = values(&lines(function.process()));
    let template = std::fs::read_to_string(repository("out/template.yaml")).unwrap();
    let mut alarms = 0;
    for alarm in template.split("Namespace: PortActionRunner\n").skip(1) {
        let words: Vec<&str> = alarm.split("Statistic:").next().unwrap().split_whitespace().collect();
        let after = |word: &str, of: &[&str]| -> Vec<String> {
            of.windows(2).filter(|pair| pair[0] == word).map(|pair| pair[1].to_owned()).collect()
        };
        let value = |value: String| if value == "Ref:" { "local".to_owned() } else { value };
        let dimensions: Vec<String> = after("Name:", &words)
            .into_iter()
            .zip(after("Value:", &words).into_iter().map(value))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let metric = format!("{}{{{}}}", after("MetricName:", &words).concat(), dimensions.join(","));
        assert!(values.contains_key(&metric), "{metric} in {values:?}");
        alarms += 1;
    }
    assert!(alarms >= 3, "{alarms}");
}

/// A batch with nothing of ours costs no metric.
#[test]
fn a_batch_of_others_has_no_metric() {
    let mut function = Function::new();
    function.deliver(&[json!({"action": "somebody_elses"})]);
    assert!(function.process().wait_for_output("\"batch\"", Duration::from_secs(5)));
    assert_eq!(values(&lines(function.process())), Values::new());
}
