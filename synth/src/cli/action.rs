//! An action of the input files, by any of its names.

use std::path::Path;

use documents::Catalog;
use documents::entry::Entry;
use documents::wording::{nearest, one_of};
use model::Action;
use synth::mapping::check::PayloadNames;

/// Returns the action that a person means, with the entry that holds it. Its identifier in Port is unique; other names
/// may not be.
///
/// # Errors
/// Returns a message if there is no such action, or more than one.
pub(crate) fn find<'c>(
    catalog: &'c Catalog,
    names: &PayloadNames,
    called: &str,
    blueprints: &Path,
) -> Result<(&'c Entry, &'c Action), String> {
    let all = || catalog.actions().map(|(entry, _, action)| (entry, action));
    if let Some(found) = all().find(|(_, action)| action.identifier == called) {
        return Ok(found);
    }
    let is_called = |action: &Action| {
        action.written_as() == called || names.get(&action.identifier).is_some_and(|name| name == called)
    };
    let found: Vec<_> = all().filter(|(_, action)| is_called(action)).collect();
    match found.as_slice() {
        [only] => return Ok(*only),
        [] => {}
        several => {
            let known: Vec<&str> = several.iter().map(|(_, action)| action.identifier.as_str()).collect();
            return Err(format!("action `{called}` is in several blueprints\n  help: write {}", one_of(&known)));
        }
    }
    let known: Vec<&str> = all().map(|(_, action)| action.written_as()).collect();
    let help = match nearest(called, &known) {
        Some(word) => format!("did you mean `{word}`?"),
        None if known.is_empty() => "there are none; `synth new action` writes one".to_owned(),
        None => format!("its actions are {}", known.join(", ")),
    };
    Err(format!("action `{called}` is not in `{}`\n  help: {help}", blueprints.display()))
}
