//! A state machine: its role, and what each of its events becomes.

use serde_json::{Map, Value};

use super::push::Target;
use super::{Generated, api, events, properties, push, role};

/// Takes apart a state machine's properties, and adds what SAM generates from them.
pub(super) fn expand(resource: &mut Map<String, Value>, made: &mut Generated<'_>, apis: &mut api::Implicit) {
    let id = made.of;
    let mut properties = properties(resource);
    let mut granted = role::Granted::default();
    for (name, kind, event) in events(&mut properties) {
        push::expand(&Map::new(), &Target::state_machine(id), &name, &kind, event, made, &mut granted, apis);
    }
    if !properties.contains_key("Role") {
        if properties.get("Tracing").and_then(|tracing| tracing.get("Enabled")).is_some_and(|on| on == true) {
            granted.managed(role::TRACING);
        }
        let role = role::of(&mut properties, granted, "states.amazonaws.com");
        made.add(format!("{id}Role"), "AWS::IAM::Role", role);
    }
    if resource.contains_key("Properties") || !properties.is_empty() {
        resource.insert("Properties".to_owned(), Value::Object(properties));
    }
}
