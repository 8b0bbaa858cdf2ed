//! No change vanishes: whatever single value of a template is changed, added or removed, the report names its resource, or
//! its section, and its place.
//!
//! `SINGLE_CHANGES` is the number of changes that are tried, 20 000 without it. A tenth is made to the cases, the rest to
//! generated templates of every known type in turn.

use review::template::schema_facts;
use review::write::text;
use review::{Report, diff};
use serde_json::{Map, Value, json};

use crate::diff::cases::{CASES, compared};

/// A source of numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }

    fn word(&mut self) -> String {
        format!("w{}", self.roll(90))
    }

    /// Any value of a template: a scalar, an intrinsic, a list, a map, JSON in a text.
    fn value(&mut self, depth: usize) -> Value {
        let kinds = if depth == 0 { 9 } else { 24 };
        let inner = |dice: &mut Self| dice.value(depth.saturating_sub(1));
        match self.roll(kinds) {
            0..3 => json!(self.word()),
            3 => json!(self.roll(1000)),
            4 => json!(self.roll(2) == 0),
            5 => json!({"Ref": "Thing"}),
            6 => json!({"Fn::GetAtt": ["Thing", "Arn"]}),
            7 => json!({"Fn::Sub": format!("a-${{Thing}}-{}", self.word())}),
            8 => json!(null),
            9 => json!({"Fn::Sub": ["${X}-${Y}", {"X": self.word(), "Y": inner(self)}]}),
            10 => json!({"Fn::Join": [self.word(), [inner(self), self.word()]]}),
            11 => json!({"Fn::If": ["Chosen", inner(self), {"Ref": "AWS::NoValue"}]}),
            12 => json!({"Fn::If": ["Chosen", inner(self), inner(self)]}),
            13 => json!({"Fn::FindInMap": ["Map", "a", self.word()]}),
            14 => json!({"Fn::Select": [self.roll(3), [inner(self), self.word()]]}),
            15 => json!({"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": self.word()}}}),
            16 => json!(json!({"b": inner(self), "a": [1, self.word()]}).to_string()),
            17 => json!([inner(self), inner(self)]),
            18 => json!([]),
            19 => json!({}),
            20 => json!([{"Key": self.word(), "Value": inner(self)}]),
            21 => json!({"Statement": inner(self), "Name": self.word(), "Id": 1}),
            22 => json!({"Fn::ImportValue": inner(self)}),
            _ => {
                json!({"One": inner(self), self.pick(&["Tags", "Policies", "Roles", "Filters", "Two"]): [inner(self)]})
            }
        }
    }

    /// A policy document, or what is there instead of one.
    fn policy(&mut self) -> Value {
        let list = |dice: &mut Self| match dice.roll(5) {
            0 => json!("s3:*"),
            1 => json!([dice.word(), {"Fn::If": ["Chosen", dice.word(), {"Ref": "AWS::NoValue"}]}]),
            2 => json!([{"Fn::Sub": "arn:${Thing}/x"}, format!("${{Thing}}{}", dice.word())]),
            3 => dice.value(1),
            _ => json!([dice.word(), "${aws:username}"]),
        };
        let mut statements = Vec::new();
        for _ in 0..=self.roll(2) {
            let effect = match self.roll(5) {
                0 => json!({"Ref": "Effect"}),
                1 => json!({"Fn::If": ["Chosen", "Allow", "Deny"]}),
                2 => json!("Deny"),
                _ => json!("Allow"),
            };
            let mut statement = json!({"Effect": effect});
            for (key, not) in [("Action", "NotAction"), ("Resource", "NotResource")] {
                let value = list(self);
                statement[if self.roll(4) == 0 { not } else { key }] = value;
            }
            match self.roll(4) {
                0 => statement["Principal"] = json!({self.pick(&["AWS", "Service"]): list(self)}),
                1 => statement["Principal"] = list(self),
                2 => statement["Condition"] = json!({"StringEquals": {"aws:x": list(self)}}),
                _ => statement[self.pick(&["Sid", "Condition", "Other"])] = self.value(1),
            }
            statements.push(match self.roll(6) {
                0 => json!({"Fn::Transform": {"Name": self.word()}}),
                1 => json!({"Fn::If": ["Chosen", statement, {"Ref": "AWS::NoValue"}]}),
                _ => statement,
            });
        }
        let document = json!({"Version": "2012-10-17", "Id": "x", "Statement": statements});
        match self.roll(8) {
            0 => json!(document.to_string()),
            1 => json!({"Version": "2012-10-17", "Statement": self.value(2)}),
            2 => json!({"Statement": statements[0], "Other": self.value(1)}),
            3 => self.value(1),
            _ => document,
        }
    }
}

/// Puts a value at a pointer, whose `*` are items of lists.
fn put(into: &mut Value, pointer: &[&str], value: Value) {
    let Some((step, rest)) = pointer.split_first() else {
        *into = value;
        return;
    };
    let inner = if *step == "*" {
        if into.as_array().is_none_or(Vec::is_empty) {
            *into = json!([{}]);
        }
        &mut into[0]
    } else {
        if !into.is_object() {
            *into = json!({});
        }
        &mut into[*step]
    };
    put(inner, rest, value);
}

/// Types that have no schema of their own.
const MORE: [&str; 12] = [
    "AWS::Serverless::Function",
    "AWS::Serverless::Function",
    "AWS::Serverless::Function",
    "AWS::Serverless::StateMachine",
    "AWS::Serverless::Api",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::SimpleTable",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::CapacityProvider",
    "AWS::Serverless::Connector",
    "AWS::CloudFormation::CustomResource",
    "Custom::Thing",
];

const EVENTS: [&str; 16] = [
    "Api",
    "HttpApi",
    "S3",
    "SNS",
    "Schedule",
    "ScheduleV2",
    "EventBridgeRule",
    "CloudWatchEvent",
    "CloudWatchLogs",
    "IoTRule",
    "AlexaSkill",
    "Cognito",
    "SQS",
    "MSK",
    "SelfManagedKafka",
    "MQ",
];

const EVENT_KEYS: [&str; 24] = [
    "Bucket",
    "Topic",
    "Stream",
    "Queue",
    "Broker",
    "Schedule",
    "Enabled",
    "State",
    "Pattern",
    "Target",
    "Input",
    "RetryPolicy",
    "DeadLetterConfig",
    "RoleArn",
    "PermissionsBoundary",
    "SqsSubscription",
    "SkillId",
    "UserPool",
    "Path",
    "RestApiId",
    "SecretsManagerKmsKeyId",
    "SourceAccessConfigurations",
    "ConsumerGroupId",
    "Unknown",
];

/// Makes the properties of a SAM resource.
fn sam(kind: &str, dice: &mut Dice) -> Value {
    let mut properties = json!({"CodeUri": dice.value(1), "StageName": dice.word()});
    if kind.ends_with("Function") || kind.ends_with("StateMachine") {
        let mut event = Map::new();
        for _ in 0..3 {
            event.insert(dice.pick(&EVENT_KEYS).to_owned(), dice.value(1));
        }
        let destination =
            json!({"OnFailure": {"Type": dice.pick(&["SQS", "SNS", "S3", "x"]), "Destination": dice.value(0)}});
        if dice.roll(3) == 0 {
            event.insert("DestinationConfig".to_owned(), destination.clone());
        }
        properties["Events"] = json!({"E": {"Type": dice.pick(&EVENTS), "Properties": event}});
        match dice.roll(8) {
            0 => properties["Role"] = json!("role"),
            1 => properties["Policies"] = json!([dice.policy(), dice.value(1)]),
            2 => properties["FunctionUrlConfig"] = json!({"AuthType": "NONE", "Cors": dice.value(1)}),
            3 => properties["AutoPublishAlias"] = dice.value(0),
            4 => properties["EventInvokeConfig"] = json!({"DestinationConfig": destination}),
            5 => properties["DeadLetterQueue"] = json!({"Type": "SQS", "TargetArn": dice.value(0)}),
            6 => properties["Events"]["F"] = dice.value(1),
            _ => {
                properties[dice.pick(&["Events", "Policies", "FunctionUrlConfig", "EventInvokeConfig"])] =
                    dice.value(1);
            }
        }
    } else if kind.ends_with("Api") {
        let policy = json!({"CustomStatements": [dice.policy()], "IpRangeWhitelist": dice.value(0)});
        properties["Auth"] = json!({"ResourcePolicy": policy, "Authorizers": {"A": {"FunctionArn": dice.value(0)}}});
    } else if kind.ends_with("Connector") {
        properties = json!({"Source": {"Id": "Thing"}, "Destination": {"Id": "Other"}, "Permissions": ["Write"]});
    } else if kind.ends_with("LayerVersion") {
        properties["RetentionPolicy"] = json!(dice.pick(&["Retain", "Delete"]));
    }
    properties
}

/// Makes a template with a resource of this type.
fn made(kind: &str, facts: &[(String, bool)], dice: &mut Dice) -> Value {
    let mut properties = if kind.starts_with("AWS::Serverless::") { sam(kind, dice) } else { json!({}) };
    for _ in 0..facts.len().min(3) {
        let (pointer, is_policy) = dice.pick(facts);
        let value = if is_policy { dice.policy() } else { dice.value(2) };
        put(&mut properties, &pointer.split('/').skip(1).collect::<Vec<_>>(), value);
    }
    if dice.roll(3) == 0 || facts.is_empty() {
        put(&mut properties, &[&dice.word()], dice.value(2));
    }
    let mut resource = json!({"Type": kind, "Properties": properties});
    match dice.roll(8) {
        0 => resource["DependsOn"] = json!(["Other", "Another"]),
        1 => resource["Condition"] = json!("Chosen"),
        2 => resource["Metadata"] = dice.value(2),
        3 => resource["UpdatePolicy"] = dice.value(2),
        4 => resource["DeletionPolicy"] = dice.value(0),
        5 => {
            resource["Connectors"] =
                json!({"C": {"Properties": {"Destination": {"Id": "Other"}, "Permissions": ["Write"]}}});
        }
        6 => resource["IgnoreGlobals"] = json!(["Tags"]),
        _ => {}
    }
    let mut template = json!({"Resources": {"Thing": resource}});
    match dice.roll(12) {
        0 => {
            template["Parameters"] =
                json!({"Thing2": {"Type": "String", "Default": dice.value(0), "AllowedValues": ["a", "b"]}});
        }
        1 => template["Conditions"] = json!({"Chosen": {"Fn::Equals": [dice.word(), {"Ref": "Thing2"}]}}),
        2 => template["Mappings"] = json!({"Map": {"a": {"w1": dice.word(), "Tags": [dice.word()]}}}),
        3 => template["Outputs"] = json!({"Out": {"Value": dice.value(1), "Export": {"Name": dice.value(1)}}}),
        4 => template["Rules"] = json!({"Rule": {"Assertions": [{"Assert": dice.value(1)}]}}),
        5 => template["Transform"] = json!(["AWS::Serverless-2016-10-31", dice.word()]),
        6 => template["Hooks"] = json!({"Hook": {"Type": dice.word(), "Properties": dice.value(1)}}),
        7 => {
            let name = kind.rsplit("::").next().unwrap_or_default();
            template["Globals"] = json!({name: {"Tags": {"a": dice.value(1)}, dice.word(): dice.value(1)}});
        }
        8 => {
            let list = json!(["text", {"a": "b"}]);
            template["Resources"]["Other"] =
                dice.pick(&[json!({"Type": "AWS::SNS::Topic"}), json!({}), json!("text"), list]);
            template["Resources"]["Fn::Transform"] = json!({"Name": dice.word(), "Parameters": {"a": dice.value(1)}});
        }
        9 => template["Description"] = json!(dice.word()),
        _ => {}
    }
    template
}

/// A single change to a template.
#[derive(Clone, Debug)]
enum Change {
    To(Value),
    Remove,
    Add,
}

/// Returns every single change of a value, with its path.
fn changes(value: &Value, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Change)>) {
    let mut below = |step: String, inner: &Value, found: &mut Vec<(Vec<String>, Change)>| {
        path.push(step);
        found.push((path.clone(), Change::Remove));
        changes(inner, path, found);
        path.pop();
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| below(key.clone(), inner, found)),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, inner)| below(n.to_string(), inner, found)),
        scalar => {
            let other = match scalar {
                Value::String(text) => json!(format!("{text}x")),
                Value::Number(number) => json!(number.as_f64().unwrap_or_default() + 1.5),
                Value::Bool(truth) => json!(!truth),
                _ => json!("x"),
            };
            found.push((path.clone(), Change::To(other)));
            return;
        }
    }
    found.push((path.clone(), Change::Add));
}

fn at<'a>(value: &'a Value, path: &[String]) -> &'a Value {
    path.iter().fold(value, |value, step| match value {
        Value::Array(items) => &items[step.parse::<usize>().unwrap()],
        value => &value[step.as_str()],
    })
}

fn at_mut<'a>(value: &'a mut Value, path: &[String]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match value {
        Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
        value => &mut value[step.as_str()],
    })
}

/// Returns the changed template, and the path of what was changed.
fn changed(template: &Value, path: &[String], change: &Change) -> (Value, Vec<String>) {
    let mut other = template.clone();
    let mut path = path.to_vec();
    match change {
        Change::To(value) => *at_mut(&mut other, &path) = value.clone(),
        Change::Remove => {
            let (last, above) = path.split_last().unwrap();
            match at_mut(&mut other, above) {
                Value::Array(items) => drop(items.remove(last.parse().unwrap())),
                Value::Object(map) => drop(map.shift_remove(last)),
                _ => unreachable!(),
            }
        }
        Change::Add => match at_mut(&mut other, &path) {
            Value::Array(items) => {
                items.push(json!("added"));
                path.push((items.len() - 1).to_string());
            }
            Value::Object(map) => {
                map.insert("Added".to_owned(), json!("added"));
                path.push("Added".to_owned());
            }
            _ => unreachable!(),
        },
    }
    (other, path)
}

/// Whether a change means nothing: the table in docs/review.md.
fn means_nothing(template: &Value, path: &[String], change: &Change) -> bool {
    let last = path.last().map_or("", String::as_str);
    let above = path.split_last().map_or(template, |(_, above)| at(template, above));
    let removed = |value: &Value| matches!(change, Change::Remove) && at(template, path) == value;
    // The section is for tools. Of a template without resources, nothing can be said.
    path.first().is_some_and(|section| section == "Metadata")
        || path == ["Resources"] && !matches!(change, Change::Add)
        // `Sid` and `Id` of policies.
        || path.iter().any(|step| step == "Sid") && path.iter().any(|step| step == "Statement" || step == "CustomStatements")
        || last == "Id" && above.get("Statement").is_some() && is_in_policy(path)
        // AWS deploys nothing for CDK's record of its libraries.
        || at(template, &path[..path.len().min(2)])["Type"] == "AWS::CDK::Metadata"
        // SAM takes a layer's `RetentionPolicy` in their place.
        || at(template, &path[..path.len().min(2)])["Type"] == "AWS::Serverless::LayerVersion"
            && ["DeletionPolicy", "UpdateReplacePolicy"].contains(&path.get(2).map_or("", String::as_str))
        // A property is not there if its value is `AWS::NoValue`, and no properties are as good as none.
        || removed(&json!({"Ref": "AWS::NoValue"}))
        || path.len() == 3 && path[0] == "Resources" && last == "Properties" && removed(&json!({}))
        // SAM generates the same role.
        || is_sam(template, path) && (last == "Policies" && removed(&json!([])) || last == "Type" && is_there_twice(template, path, above))
        // A property that says again what `Globals` say.
        || matches!(change, Change::Remove) && repeats_globals(template, path)
        // An item that an unordered list has twice.
        || matches!(change, Change::Remove)
            && above.as_array().is_some_and(|items| items.iter().filter(|item| *item == at(template, path)).count() > 1)
}

/// Whether a path is in a property whose value is a policy: those of CloudFormation's types have names
/// like this.
fn is_in_policy(path: &[String]) -> bool {
    path.get(3..).is_some_and(|below| below.iter().any(|step| step.contains("Polic") || step == "Content"))
}

fn is_sam(template: &Value, path: &[String]) -> bool {
    let kind = &at(template, &path[..path.len().min(2)])["Type"];
    kind.as_str().is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
}

/// Whether a resource has the destination of an event twice.
fn is_there_twice(template: &Value, path: &[String], destination: &Value) -> bool {
    fn count(value: &Value, wanted: &Value) -> usize {
        let inside: usize = match value {
            Value::Array(items) => items.iter().map(|item| count(item, wanted)).sum(),
            Value::Object(map) => map.values().map(|item| count(item, wanted)).sum(),
            _ => 0,
        };
        inside + usize::from(value == wanted)
    }
    let in_destination = path.iter().any(|step| step == "OnFailure" || step == "OnSuccess");
    in_destination && count(at(template, &path[..2]), destination) > 1
}

fn repeats_globals(template: &Value, path: &[String]) -> bool {
    let [_, id, properties, name] = path else { return false };
    let resource = &template["Resources"][id.as_str()];
    let ignored = &resource["IgnoreGlobals"];
    let is_ignored = *ignored == "*" || ignored.as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let kind = resource["Type"].as_str().and_then(|kind| kind.strip_prefix("AWS::Serverless::")).unwrap_or_default();
    properties == "Properties" && !is_ignored && at(template, path) == &template["Globals"][kind][name.as_str()]
}

/// Whether a place in the report is the changed one, or one above or below it. Items of unordered lists have no number
/// there, and may be known by their name; statements of a policy are taken apart.
fn is_place(pointer: &str, path: &[String]) -> bool {
    let steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
    for (step, want) in steps.zip(path) {
        let is_item = want.parse::<usize>().is_ok();
        if is_item && step != "-" && step.parse::<usize>().is_err() || want == "Statement" {
            return true;
        }
        if step != *want && !is_item {
            return false;
        }
    }
    true
}

/// Whether a report in JSON and as text names the resource or the section, and the place.
fn names(report: &Report, path: &[String]) -> bool {
    let shown = text(report);
    let [section, rest @ ..] = path else { return !report.is_empty() };
    if section != "Resources" {
        return report.settings.iter().any(|setting| {
            let inner = if setting.name.is_empty() { rest } else { rest.get(1..).unwrap_or_default() };
            let is_named = setting.name.is_empty() || rest.first().is_none_or(|name| *name == setting.name);
            setting.section == *section
                && is_named
                && shown.contains(&setting.name)
                && setting.changes.iter().any(|change| is_place(&change.pointer, inner))
        });
    }
    let [id, below @ ..] = rest else { return !report.is_empty() };
    if id.starts_with("Fn::ForEach::") {
        return !report.is_empty();
    }
    report.resources.iter().any(|resource| {
        let generated = resource.generated_by.as_ref() == Some(id);
        let is_named = resource.id == *id || resource.old_id.as_ref() == Some(id) || generated;
        if !is_named || !shown.contains(&resource.id) {
            return false;
        }
        let pointers = resource.changes.iter().map(|change| change.pointer.as_str());
        let mut pointers = pointers.chain(resource.reasons.iter().map(|reason| reason.pointer.as_str()));
        let whole = resource.changes.is_empty() && resource.reasons.is_empty();
        generated || whole || pointers.any(|pointer| is_place(pointer, below))
    })
}

#[test]
fn no_change_vanishes() {
    let count = std::env::var("SINGLE_CHANGES").map_or(20_000, |count| count.parse().unwrap());
    let mut types = schema_facts();
    types.extend(MORE.map(|kind| (kind.to_owned(), Vec::new())));
    let cases: Vec<&Value> = CASES.iter().flat_map(|(_, old, new)| [&old.template, &new.template]).collect();
    let mut lost = Vec::new();
    for n in 0..count {
        let mut dice = Dice(n as u64);
        let from_case = n % 100 == 0;
        let template = if from_case {
            dice.pick(&cases).clone()
        } else {
            // SAM's types have more to lose than others.
            let (kind, facts) =
                if n % 4 == 1 { &types[types.len() - 1 - n / 4 % MORE.len()] } else { &types[n % types.len()] };
            made(kind, facts, &mut dice)
        };
        let mut all = Vec::new();
        changes(&template, &mut Vec::new(), &mut all);
        let (path, change) = dice.pick(&all);
        if means_nothing(&template, &path, &change) {
            continue;
        }
        let (other, place) = changed(&template, &path, &change);
        let report = compared(&template, &other);
        if !names(&report, &place) {
            lost.push(format!("{n}: {change:?} at /{} of {template}\n{}", place.join("/"), text(&report)));
        }
    }
    assert!(lost.is_empty(), "{} of {count} changes are lost:\n{}", lost.len(), lost[..lost.len().min(12)].join("\n"));
}

/// Equal stays equal: a template shows nothing beside itself.
#[test]
fn generated_templates_equal_themselves() {
    let mut types = schema_facts();
    types.extend(MORE.map(|kind| (kind.to_owned(), Vec::new())));
    for (n, (kind, facts)) in types.iter().enumerate() {
        let template = made(kind, facts, &mut Dice(n as u64));
        let report = compared(&template, &template.clone());
        assert!(report.is_empty(), "{}{template}", text(&report));
    }
    for (name, old, new) in &*CASES {
        assert!(diff(old, old).is_empty() && diff(new, new).is_empty(), "{name}");
    }
}
