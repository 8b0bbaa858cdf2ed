//! APIs: their stages, resource policies and authorizers, and the ones that SAM makes of events which name no API.

use serde_json::{Map, Value, json};

use super::push::{of_stage, sub};
use super::{Budget, Excess, Generated, Transformed, globals, passed_on, properties, referred};

/// The APIs that events need although the template does not have them.
#[derive(Default)]
pub(super) struct Implicit {
    rest: Option<Needed>,
    http: Option<Needed>,
}

/// An API that the template does not have.
struct Needed {
    /// The first resource with an event of it.
    origin: String,
    /// The condition of all such resources, if they have the same.
    condition: Option<Value>,
}

const REST: &str = "ServerlessRestApi";
const HTTP: &str = "ServerlessHttpApi";

impl Implicit {
    /// Returns the suffix of an event's permission, and the ARN of the route that may call.
    pub(super) fn event(
        &mut self,
        resources: &Map<String, Value>,
        kind: &str,
        event: &Map<String, Value>,
        made: &Generated<'_>,
    ) -> (String, Value) {
        let is_rest = kind == "Api";
        let named = event.get(if is_rest { "RestApiId" } else { "ApiId" });
        let (own, known) = if is_rest { (&mut self.rest, REST) } else { (&mut self.http, HTTP) };
        if named.is_none() {
            let condition = made.passed_on.get("Condition").cloned();
            match own {
                Some(needed) if needed.condition != condition => needed.condition = None,
                Some(_) => {}
                None => *own = Some(Needed { origin: made.of.to_owned(), condition }),
            }
        }
        let api = named.cloned().unwrap_or_else(|| json!({ "Ref": known }));
        let prod = json!("Prod");
        let stage = match named {
            None => Some(&prod),
            Some(api) => referred(api)
                .and_then(|api| resources.get(api))
                .and_then(|api| api.get("Properties"))
                .and_then(|properties| properties.get("StageName")),
        };
        let suffix = match (is_rest, stage) {
            (false, _) => String::new(),
            (true, Some(stage @ Value::String(_))) => of_stage(stage),
            (true, Some(_)) => "Stage".to_owned(),
            (true, None) => "AllStages".to_owned(),
        };
        let word = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        let method = match word("Method").to_uppercase() {
            method if method == "ANY" || method == "X-AMAZON-APIGATEWAY-ANY-METHOD" => "*".to_owned(),
            method => method,
        };
        let path = word("Path");
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let route = match path {
            "" | "$default" if !is_rest => "*".to_owned(),
            path if is_rest => format!("{method}{}", wildcards(path)),
            path => format!("{method}{path}"),
        };
        (suffix, sub("execute-api", &format!("${{Api}}/*/{route}"), &json!({ "Api": api })))
    }

    /// Adds the APIs that are needed.
    ///
    /// # Errors
    /// If they are larger than what can be compared; see [`Excess`].
    pub(super) fn expand(
        self,
        template: &Value,
        resources: &Map<String, Value>,
        found: &mut Vec<Transformed>,
        budget: &Budget,
    ) -> Result<(), Excess> {
        for (needed, id, kind) in
            [(self.rest, REST, "AWS::Serverless::Api"), (self.http, HTTP, "AWS::Serverless::HttpApi")]
        {
            let Some(needed) = needed.filter(|_| !resources.contains_key(id)) else { continue };
            let mut resource = Map::from_iter([("Type".to_owned(), json!(kind))]);
            resource.extend(needed.condition.map(|condition| ("Condition".to_owned(), condition)));
            let properties = globals::applied(template, kind, &resource).unwrap_or_default();
            resource.insert("Properties".to_owned(), Value::Object(properties));
            if id == REST {
                resource["Properties"]["StageName"] = json!("Prod");
            }
            let mut more = Vec::new();
            let mut made = Generated { of: id, passed_on: passed_on(&resource), found: &mut more, budget };
            match id {
                REST => rest(&mut resource, &mut made),
                _ => http(&resource, &mut made),
            }
            made.check()?;
            found.push(Transformed { id: id.to_owned(), generated_by: Some(needed.origin), resource });
            found.append(&mut more);
        }
        Ok(())
    }
}

/// Replaces each parameter of a path by a wildcard, as SAM does for a REST API.
fn wildcards(path: &str) -> String {
    let part = |part: &str| {
        if part.starts_with('{') && part.ends_with('}') { "*".to_owned() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Adds the stage and the authorizers' permissions of a REST API, and writes its resource policy as one.
pub(super) fn rest(resource: &mut Map<String, Value>, made: &mut Generated<'_>) {
    let id = made.of;
    let mut properties = properties(resource);
    if let Some(name) = properties.get("StageName") {
        let mut stage = json!({"RestApiId": {"Ref": id}, "StageName": name});
        for key in [
            "AccessLogSetting",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "CanarySetting",
            "MethodSettings",
            "TracingEnabled",
            "Variables",
        ] {
            if let Some(value) = properties.get(key) {
                stage[key] = value.clone();
            }
        }
        made.add(format!("{id}{}Stage", of_stage(name)), "AWS::ApiGateway::Stage", stage);
    }
    let auth = properties.get("Auth").cloned().unwrap_or_default();
    authorizers(&auth, made);
    let statements = auth.get("ResourcePolicy").map(statements).unwrap_or_default();
    if !statements.is_empty() && !properties.contains_key("Policy") {
        properties.insert("Policy".to_owned(), json!({"Version": "2012-10-17", "Statement": statements}));
        resource.insert("Properties".to_owned(), Value::Object(properties));
    }
}

/// Adds the stage and the authorizers' permissions of an HTTP API.
pub(super) fn http(resource: &Map<String, Value>, made: &mut Generated<'_>) {
    let id = made.of;
    let properties = properties(resource);
    let name = properties.get("StageName").cloned().unwrap_or_else(|| json!("$default"));
    let suffix = if name == "$default" { "ApiGatewayDefault".to_owned() } else { of_stage(&name) };
    let mut stage = json!({"ApiId": {"Ref": id}, "StageName": name, "AutoDeploy": true});
    for key in ["AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables"] {
        if let Some(value) = properties.get(key) {
            stage[key] = value.clone();
        }
    }
    made.add(format!("{id}{suffix}Stage"), "AWS::ApiGatewayV2::Stage", stage);
    authorizers(properties.get("Auth").unwrap_or(&Value::Null), made);
}

/// Lets an API invoke the functions that are its authorizers, unless they are called with a role.
fn authorizers(auth: &Value, made: &mut Generated<'_>) {
    let id = made.of;
    for (name, authorizer) in auth.get("Authorizers").and_then(Value::as_object).into_iter().flatten() {
        let (Some(function), None) = (authorizer.get("FunctionArn"), authorizer.get("FunctionInvokeRole")) else {
            continue;
        };
        if authorizer.get("DisableFunctionDefaultPermissions").is_some_and(|off| off == true) {
            continue;
        }
        let permission = json!({
            "Action": "lambda:InvokeFunction", "FunctionName": function, "Principal": "apigateway.amazonaws.com",
            "SourceArn": sub("execute-api", "${Api}/authorizers/*", &json!({"Api": {"Ref": id}})),
        });
        made.add(format!("{id}{name}AuthorizerPermission"), "AWS::Lambda::Permission", permission);
    }
}

/// Returns the statements of `Auth.ResourcePolicy`.
fn statements(policy: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let list = |key: &str| -> Vec<Value> {
        match policy.get(key) {
            Some(Value::Array(items)) => items.clone(),
            Some(single) => vec![single.clone()],
            None => Vec::new(),
        }
    };
    let statement = |effect: &str, principal: Value, condition: Option<Value>| {
        let mut statement = json!({
            "Effect": effect, "Action": "execute-api:Invoke", "Resource": "execute-api:/*", "Principal": principal,
        });
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    };
    for (key, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
        let accounts = list(key);
        if !accounts.is_empty() {
            found.push(statement(effect, json!({ "AWS": accounts }), None));
        }
    }
    // Everybody is allowed, but for those who are denied.
    let mut denied = |operator: &str, keys: Value| {
        let everybody = statement("Allow", json!("*"), None);
        if !found.contains(&everybody) {
            found.push(everybody);
        }
        found.push(statement("Deny", json!("*"), Some(json!({ operator: keys }))));
    };
    for (key, operator) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
        let ranges = list(key);
        if !ranges.is_empty() {
            denied(operator, json!({ "aws:SourceIp": ranges }));
        }
    }
    for (way, operator) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
        let named = list(&format!("SourceVpc{way}"));
        let starts = |with: &str| -> Vec<Value> {
            named.iter().filter(|name| name.as_str().is_some_and(|name| name.starts_with(with))).cloned().collect()
        };
        let networks = [starts("vpc-"), list(&format!("IntrinsicVpc{way}"))].concat();
        let endpoints = [starts("vpce-"), list(&format!("IntrinsicVpce{way}"))].concat();
        let mut keys = Map::new();
        for (key, values) in [("aws:SourceVpc", networks), ("aws:SourceVpce", endpoints)] {
            if !values.is_empty() {
                keys.insert(key.to_owned(), values.into());
            }
        }
        if !keys.is_empty() {
            denied(operator, Value::Object(keys));
        }
    }
    found.extend(list("CustomStatements"));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::template::sam::{Transformed, resources};

    /// The routes of events in the ARNs of their permissions, as SAM's translator writes them.
    #[test]
    fn the_route_of_an_event_is_in_its_permission() {
        for (kind, path, method, want) in [
            ("Api", "/", "get", "/*/GET/"),
            ("Api", "/a/", "get", "/*/GET/a"),
            ("Api", "/a/{id}/b", "any", "/*/*/a/*/b"),
            ("Api", "/{proxy+}", "post", "/*/POST/*"),
            ("HttpApi", "/", "get", "/*/GET/"),
            ("HttpApi", "/a/{id}", "x-amazon-apigateway-any-method", "/*/*/a/{id}"),
            ("HttpApi", "$default", "get", "/*/*"),
        ] {
            let event = json!({"Type": kind, "Properties": {"Path": path, "Method": method}});
            let function = json!({"Type": "AWS::Serverless::Function", "Properties": {"Events": {"E": event}}});
            let all = resources(&json!({"Resources": {"F": function}})).unwrap();
            let permission = |found: &&Transformed| found.resource["Type"] == "AWS::Lambda::Permission";
            let permissions: Vec<Value> =
                all.iter().filter(permission).map(|found| found.resource["Properties"]["SourceArn"].clone()).collect();
            let [arn] = permissions.as_slice() else { panic!("{kind} {path}: {permissions:?}") };
            let text = arn["Fn::Sub"][0].as_str().unwrap();
            assert!(text.ends_with(&format!("}}{want}")), "{kind} {path}: {text}");
        }
    }
}
