//! The example's actions and their messages: in any generation of actions, signed or not.

use serde_json::{Map, Value};

use crate::deployment::CLIENT_SECRET;
use crate::messages::{ours, rebuilt, signed, v0, v1};
use local::Random;

/// The second at which the first record is published; the last one follows soon after.
pub(crate) const PUBLISHED: u64 = 1_700_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum VmAction {
    Create,
    Resize,
    Delete,
}

impl VmAction {
    /// Returns the identifier that Port has for it.
    pub(crate) fn identifier(self) -> &'static str {
        match self {
            Self::Create => "vm_create_vm",
            Self::Resize => "resize_vm",
            Self::Delete => "delete_vm",
        }
    }

    /// Returns its name in messages of the first generation.
    fn name_in_v1(self) -> &'static str {
        if self == Self::Create { "create_vm" } else { self.identifier() }
    }

    fn trigger(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Resize => "DAY-2",
            Self::Delete => "DELETE",
        }
    }
}

/// Returns a message in one of the forms that the action has.
pub(crate) fn message(
    id: &str,
    action: VmAction,
    entity: Option<&str>,
    inputs: &Map<String, Value>,
    random: &mut Random,
) -> Vec<u8> {
    let inputs = Value::Object(inputs.clone());
    let current = |inputs: &Value| ours(action.identifier(), id, entity, inputs);
    let workflow_run = workflow_run(id).filter(|_| random.percent(50));
    let named = |mut message: Value| {
        if let Some(workflow_run) = &workflow_run {
            message["context"]["workflowRunId"] = workflow_run.as_str().into();
        }
        message
    };
    let message = match (random.below(10), action) {
        (0, VmAction::Create) => v0(id, &inputs),
        (1 | 2, VmAction::Create) => rebuilt(id, &inputs),
        (0..=4, _) => v1(action.name_in_v1(), action.trigger(), id, entity, &inputs),
        (5, _) => return signed(named(current(&inputs)), CLIENT_SECRET, PUBLISHED).to_string().into_bytes(),
        (6, _) => return with_half_an_emoji(&named(current(&inputs))),
        _ => current(&inputs),
    };
    named(message).to_string().into_bytes()
}

/// Returns the message as `JSON.stringify` writes it when somebody's text was cut inside an emoji.
fn with_half_an_emoji(message: &Value) -> Vec<u8> {
    let text = message.to_string();
    let damaged = text.replace(r#""origin":"UI""#, r#""origin":"UI \ud83d""#);
    assert_ne!(damaged, text);
    damaged.into_bytes()
}

/// Returns the run of the workflow to which the run of a workflow's node belongs.
pub(crate) fn workflow_run(id: &str) -> Option<String> {
    id.strip_prefix("wfnr_").map(|rest| format!("wfr_{rest}"))
}
