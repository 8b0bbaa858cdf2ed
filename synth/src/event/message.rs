//! The message of a run, as Port publishes it.

use model::Action;
use model::jq::{Context, Expressions};
use model::template::Tree;
use serde_json::{Map, Value, json};

use super::{ORGANISATION, operation, sign};

/// A run that was started.
#[derive(Debug)]
pub struct Started<'a> {
    /// The action that was started.
    pub action: &'a Action,
    /// The run's id.
    pub id: &'a str,
    /// Its inputs as they arrive: entities as objects, and encrypted where the form says so.
    pub inputs: &'a Map<String, Value>,
    /// The entity that it was started on, as Port sends it; an empty object for CREATE.
    pub entity: &'a Value,
    /// The e-mail address of the person who started it.
    pub user: &'a str,
    /// When it was started: RFC 3339.
    pub at: &'a str,
}

/// Returns the message of a run, signed with the organisation's client secret at a time in seconds since 1970, if there
/// is one.
///
/// # Errors
/// Returns a message if the function never gets a run of the action, or if the action's payload cannot be rendered.
pub fn message(run: &Started<'_>, secret: Option<(&str, i64)>) -> Result<Value, String> {
    let action = run.action;
    let encrypted: Vec<&String> =
        run.inputs.keys().filter(|key| action.input(key).is_some_and(|input| input.encryption.is_some())).collect();
    let context = json!({
        "inputs": run.inputs,
        "entity": run.entity,
        "event": null,
        "secrets": {},
        "run": { "id": run.id },
        "action": {
            "identifier": action.identifier,
            "blueprint": action.blueprint,
            "encryptedProperties": encrypted,
        },
        "trigger": {
            "by": {
                "orgId": ORGANISATION,
                "userId": "auth0|0123456789abcdef01234567",
                "user": { "email": run.user, "firstName": "Jo", "lastName": "Doe" },
            },
            "origin": "UI",
            "at": run.at,
            "operation": operation(action)?.as_str(),
        },
    });
    let mut message = render(action, &context)?;
    if let Some((secret, timestamp)) = secret {
        sign::sign(&mut message, secret, timestamp);
    }
    Ok(message)
}

/// Renders the message as Port does.
fn render(action: &Action, context: &Value) -> Result<Value, String> {
    let payload = action.document.pointer("/invocationMethod/payload").unwrap_or(&Value::Null);
    let broken = |why: String| format!("the payload of action `{}` cannot be rendered: {why}", action.written_as());
    let mut expressions = Expressions::default();
    let tree = Tree::parse(payload, &mut expressions)
        .map_err(|faults| broken(faults.first().map(ToString::to_string).unwrap_or_default()))?;
    let program = expressions
        .compile()
        .map_err(|faults| broken(faults.first().map(|(_, fault)| fault.to_string()).unwrap_or_default()))?;
    tree.render(&program, &Context::from(context)).map_err(|failure| broken(failure.to_string()))
}
