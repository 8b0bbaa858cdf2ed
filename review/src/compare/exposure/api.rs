//! Routes that SAM makes of a function's events: who may call them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::compare::value::{Found, Scope, Seen, at, contradict};
use crate::template::guard::{Guards, and};
use crate::template::node::Node;
use crate::template::normal;

/// A route that anyone can call.
pub(super) struct Route<'a> {
    pub(super) function: &'a str,
    pub(super) event: &'a str,
    /// Whether a caller needs an API key.
    pub(super) with_key: bool,
    pub(super) when: Guards,
}

/// The event types with a route: the property with their API, and the section of `Globals` that applies to it.
const EVENTS: [(&str, &str, &str); 2] = [("Api", "RestApiId", "Api"), ("HttpApi", "ApiId", "HttpApi")];

/// Returns the routes without an authorizer: neither the event nor its API names one.
pub(super) fn open_routes<'a>(template: &'a Value, scope: Scope<'_>) -> Vec<Route<'a>> {
    let mut routes = Vec::new();
    let (mut of_globals, mut of_apis) = (BTreeMap::new(), BTreeMap::new());
    let resources = template.get("Resources").and_then(Value::as_object);
    for (function, resource) in resources.into_iter().flatten() {
        if resource["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        for (event, value) in resource["Properties"]["Events"].as_object().into_iter().flatten() {
            let Some((_, api, section)) = EVENTS.iter().find(|(kind, ..)| value["Type"] == *kind) else { continue };
            if value["Properties"]["Method"].as_str().is_some_and(|method| method.eq_ignore_ascii_case("options")) {
                continue;
            }
            let globals =
                of_globals.entry(section).or_insert_with(|| normal::plain(&template["Globals"][section]["Auth"]));
            let own = normal::plain(&value["Properties"]["Auth"]);
            let shared = api_of(&value["Properties"][api]);
            let shared = shared.map(|id| of_apis.entry(id).or_insert_with(|| auth_of_api(template, id)));
            let (globals, shared) = (&*globals, shared.map(|shared| &*shared));
            let first = |key: &str| -> Vec<Found> {
                let mut found = vec![Found { seen: Seen::Absent, when: Guards::new(), pointer: String::new() }];
                // An event names its authorizer by another key than an API its default.
                let own_key = if key == "DefaultAuthorizer" { "Authorizer" } else { key };
                for (auth, key) in [(Some(&own), own_key), (shared, key), (Some(globals), key)] {
                    let Some(auth) = auth else { continue };
                    found = found.into_iter().flat_map(|before| or(before, at(scope, Some(auth), &[key]))).collect();
                }
                found
            };
            for authorizer in first("DefaultAuthorizer") {
                let mut under = authorizer.when.clone();
                match &authorizer.seen {
                    Seen::Absent => {}
                    Seen::Value(Node::Text(name)) if name == "NONE" => {}
                    Seen::Value(_) => continue,
                    Seen::Unknown(what) => under.extend([format!("authorizer {what}")]),
                }
                for key in first("ApiKeyRequired") {
                    let with_key =
                        matches!(&key.seen, Seen::Value(node) if node.to_text().eq_ignore_ascii_case("true"));
                    let when = and(&under, &key.when);
                    if !contradict(&when, &when) {
                        routes.push(Route { function, event, with_key, when });
                    }
                }
            }
        }
    }
    routes
}

/// Returns a value if it is set, and the values of another place if not.
fn or(found: Found, others: Vec<Found>) -> Vec<Found> {
    if found.seen != Seen::Absent {
        return vec![found];
    }
    others.into_iter().map(|other| Found { when: and(&other.when, &found.when), ..other }).collect()
}

/// Returns the logical id of the API that an event names.
fn api_of(api: &Value) -> Option<&str> {
    api.as_str().or_else(|| api["Ref"].as_str())
}

/// Returns `Auth` of an API, if it is in the template.
fn auth_of_api(template: &Value, id: &str) -> Node {
    normal::plain(&template["Resources"][id]["Properties"]["Auth"])
}
