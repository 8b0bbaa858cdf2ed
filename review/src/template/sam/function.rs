//! A function: its role, alias, URL and event destinations, and what each of its events becomes.

use serde_json::{Map, Value, json};

use super::mapping::POLLED;
use super::push::Target;
use super::{Generated, api, arn, destination, events, mapping, properties, push, role, set, take};

/// Takes apart a function's properties, and adds what SAM generates from them.
pub(super) fn expand(
    template: &Value,
    resources: &Map<String, Value>,
    resource: &mut Map<String, Value>,
    made: &mut Generated<'_>,
    apis: &mut api::Implicit,
) {
    let id = made.of;
    let mut properties = properties(resource);
    let has_role = properties.contains_key("Role");
    let mut granted = role::Granted::of_function(&properties);
    let events = events(&mut properties);
    let alias = alias(template, id, &properties, made);
    let target = Target::function(id, alias.as_ref());
    for (name, kind, properties) in events {
        match POLLED.iter().find(|(polled, _)| *polled == kind) {
            Some((_, source)) => {
                granted.event(&kind, &properties);
                let properties = mapping::properties(&target, source, properties, has_role);
                made.add(format!("{id}{name}"), "AWS::Lambda::EventSourceMapping", properties);
            }
            None => push::expand(resources, &target, &name, &kind, properties, made, &mut granted, apis),
        }
    }
    invocations(&mut properties, alias.as_ref(), has_role, made, &mut granted);
    if matches!(properties.get("FunctionUrlConfig"), Some(Value::Object(_)))
        && let Some(Value::Object(url)) = take(&mut properties, "FunctionUrlConfig")
    {
        url_of(url, alias.as_ref(), made);
    }
    if !has_role {
        let role = role::of(&mut properties, granted, "lambda.amazonaws.com");
        made.add(format!("{id}Role"), "AWS::IAM::Role", role);
    }
    if resource.contains_key("Properties") || !properties.is_empty() {
        resource.insert("Properties".to_owned(), Value::Object(properties));
    }
}

/// Adds the alias under which a function is published, and returns its name and logical id.
fn alias(
    template: &Value,
    id: &str,
    properties: &Map<String, Value>,
    made: &mut Generated<'_>,
) -> Option<(Value, String)> {
    let name = properties.get("AutoPublishAlias")?;
    let parameter = name.get("Ref").and_then(Value::as_str);
    let default = parameter.and_then(|name| template.get("Parameters")?.get(name)?.get("Default"));
    let suffix = super::alphanumeric(default.unwrap_or(name).as_str().unwrap_or_default());
    let alias = format!("{id}Alias{suffix}");
    let mut published = json!({"FunctionName": {"Ref": id}, "Name": name});
    if let Some(config) = properties.get("ProvisionedConcurrencyConfig") {
        published["ProvisionedConcurrencyConfig"] = config.clone();
    }
    made.add(alias.clone(), "AWS::Lambda::Alias", published);
    Some((name.clone(), alias))
}

/// Adds the settings for asynchronous invocations, with the queues and topics that SAM creates for them.
fn invocations(
    properties: &mut Map<String, Value>,
    alias: Option<&(Value, String)>,
    has_role: bool,
    made: &mut Generated<'_>,
    granted: &mut role::Granted,
) {
    let id = made.of;
    if !matches!(properties.get("EventInvokeConfig"), Some(Value::Object(_))) {
        return;
    }
    let Some(Value::Object(mut config)) = take(properties, "EventInvokeConfig") else { return };
    for event in ["OnSuccess", "OnFailure"] {
        let to = config.get_mut("DestinationConfig").and_then(|to| to.get_mut(event)).and_then(Value::as_object_mut);
        let Some(to) = to else { continue };
        let Some(kind) = to.get("Type").and_then(Value::as_str).map(str::to_owned) else { continue };
        if !to.contains_key("Destination")
            && let Some((suffix, created)) = destination::created(&kind)
        {
            let own = format!("{id}EventInvokeConfig{event}{suffix}");
            let made_there = if kind == "SNS" { json!({"Ref": own}) } else { arn(&own) };
            to.insert("Destination".to_owned(), made_there);
            made.add(own, created, json!({}));
        }
        if let Some(destination) = to.get("Destination")
            && !has_role
            && granted.destination(&kind, destination)
        {
            take(to, "Type");
        }
    }
    let qualifier = alias.map_or_else(|| json!("$LATEST"), |(name, _)| name.clone());
    set(&mut config, "FunctionName", json!({"Ref": id}));
    set(&mut config, "Qualifier", qualifier);
    made.add(format!("{id}EventInvokeConfig"), "AWS::Lambda::EventInvokeConfig", Value::Object(config));
}

/// Adds a function's URL, and the permissions for everybody if it asks nobody who they are.
fn url_of(mut url: Map<String, Value>, alias: Option<&(Value, String)>, made: &mut Generated<'_>) {
    let id = made.of;
    let target = alias.map_or_else(|| json!({"Ref": id}), |(_, alias)| json!({"Ref": alias}));
    if url.get("AuthType").is_some_and(|kind| kind == "NONE") {
        let anyone = json!({
            "Action": "lambda:InvokeFunctionUrl", "FunctionName": target, "Principal": "*",
            "FunctionUrlAuthType": "NONE",
        });
        made.add(format!("{id}UrlPublicPermissions"), "AWS::Lambda::Permission", anyone);
        let through_url = json!({
            "Action": "lambda:InvokeFunction", "FunctionName": target, "Principal": "*", "InvokedViaFunctionUrl": true,
        });
        made.add(format!("{id}URLInvokeAllowPublicAccess"), "AWS::Lambda::Permission", through_url);
    }
    set(&mut url, "TargetFunctionArn", target);
    made.add(format!("{id}Url"), "AWS::Lambda::Url", Value::Object(url));
}
