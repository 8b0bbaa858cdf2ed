//! Entities, which only Port knows. Port is asked when Tab is pressed, so that it is asked once, for a short time, and no
//! failure is shown.

use std::ffi::OsStr;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use model::{Action, Operation, Trigger};
use port::{Client, Collection, Deadline};
use serde_json::Value;

use super::candidates::{candidate, catalog};
use super::line;
use crate::cli::port::Access;

/// Time for all calls together.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How many entities are offered.
const LIMIT: u16 = 100;

/// Offers entities of the blueprint of the action in the typed line.
pub(crate) fn entities() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| typed.to_str().and_then(offered).unwrap_or_default())
}

fn offered(prefix: &str) -> Option<Vec<CompletionCandidate>> {
    let action = line::action()?;
    let in_files = match action_in_files(&action) {
        Some(action) => Some(started_on(&action)?),
        None => None,
    };
    let client = Access::typed(line::value)?.client_at_hand()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let found = runtime.block_on(async {
        let deadline = Deadline::after(PATIENCE).without_retries();
        let blueprint = match in_files {
            Some(blueprint) => blueprint,
            None => started_on_in_port(&client, &action, deadline).await?,
        };
        client.entities_beginning_with(&blueprint, prefix, LIMIT, deadline).await.ok()
    });
    // The address of a host may still be looked up, which cannot be interrupted.
    runtime.shutdown_background();
    let named = |entity: &Value| {
        let identifier = entity.get("identifier")?.as_str()?;
        identifier.starts_with(prefix).then(|| candidate(identifier, entity))?
    };
    Some(found?.iter().filter_map(named).collect())
}

fn action_in_files(name: &str) -> Option<Action> {
    let catalog = catalog();
    let called = |word: fn(&Action) -> &str| catalog.actions().map(|(_, _, action)| action).find(|it| word(it) == name);
    called(|action| &action.identifier).or_else(|| called(Action::written_as)).cloned()
}

/// Returns the blueprint on whose entities an action is started. `None` if it is not started on an entity.
fn started_on(action: &Action) -> Option<String> {
    let on_entity = matches!(action.trigger, Trigger::SelfService(Operation::DayTwo | Operation::Delete));
    on_entity.then(|| action.blueprint.clone())
}

/// Does the same for an action that has no input file.
async fn started_on_in_port(client: &Client, action: &str, deadline: Deadline) -> Option<String> {
    let action = client.document(Collection::Actions, action, deadline).await.ok()??;
    let text = |pointer: &str| action.pointer(pointer).and_then(Value::as_str);
    let on_entity = matches!(text("/trigger/operation"), Some("DAY-2" | "DELETE"));
    text("/trigger/blueprintIdentifier").filter(|_| on_entity).map(str::to_owned)
}
