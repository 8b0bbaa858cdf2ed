//! Checks that references have a target, including resources that the SAM transform adds.

use std::collections::BTreeSet;

use model::pointer::below;
use serde_json::Value;

use super::violation::Violations;
use crate::template::intrinsic::{referenced, resources, section, walk};

const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

pub(super) fn check(template: &Value, violations: &mut Violations) {
    let names = |of: &str| section(template, of).map(|(name, _)| name.to_owned()).collect::<BTreeSet<String>>();
    let mut resources = names("Resources");
    resources.extend(generated(template));
    let conditions = names("Conditions");
    let mut values = names("Parameters");
    values.extend(PSEUDO_PARAMETERS.map(str::to_owned));

    let missing = |violations: &mut Violations, at: &str, name: &str| {
        let violation = violations.error(at, "dangling-reference", format!("`{name}` is not in the template"));
        for section in ["Resources", "Parameters", "Conditions"] {
            violation.caused_at(below(&format!("/{section}"), name));
        }
        violation.help("correct the name, or change what still refers to it");
    };
    walk("", template, &mut |at, value| {
        let attribute = value.get("Fn::GetAtt").is_some();
        for name in referenced(value) {
            if !resources.contains(name) && (attribute || !values.contains(name)) {
                missing(violations, at, name);
            }
        }
        // The `Condition` of a policy statement is an object, and not a reference.
        let own = value.get("Condition").and_then(Value::as_str);
        let chosen = value.get("Fn::If").and_then(|choice| choice.get(0)?.as_str());
        for name in own.into_iter().chain(chosen).filter(|name| !conditions.contains(*name)) {
            missing(violations, at, name);
        }
    });
    for (id, resource) in section(template, "Resources") {
        let dependencies = resource.get("DependsOn");
        let list = dependencies.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for name in
            dependencies.into_iter().chain(list).filter_map(Value::as_str).filter(|name| !resources.contains(*name))
        {
            missing(violations, &format!("{}/DependsOn", below("/Resources", id)), name);
        }
    }
}

/// Returns logical ids that the SAM transform adds and a template may refer to.
pub(super) fn generated(template: &Value) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (at, function) in resources(template, &["AWS::Serverless::Function"]) {
        let id = at.split('/').nth(2).unwrap_or_default();
        let events = function.get("Events").and_then(Value::as_object).into_iter().flatten();
        ids.extend(events.map(|(event, _)| format!("{id}{event}")));
        if !function.contains_key("Role") {
            ids.insert(format!("{id}Role"));
        }
    }
    ids
}
