//! Compiles the plan: what the function needs from the catalogue.

use documents::catalog::Catalog;
use documents::entry::{Entry, Pointers};
use model::plan::{ActionDocument, Document, VERSION};
use model::{Action, Trigger};

use crate::config::Config;
use crate::function;
use crate::mapping;
use crate::mapping::check::PayloadNames;

/// Compiles the plan. This cannot fail: the checks have already refused what could go wrong.
pub fn compile(catalog: &Catalog, names: &PayloadNames, config: &Config) -> Document {
    let planned = |(entry, _, action): (&Entry, &Pointers, &Action)| {
        let Trigger::SelfService(operation) = action.trigger else { return None };
        action.kafka.then(|| ActionDocument {
            action: action.identifier.clone(),
            aliases: action.alias.iter().chain(names.get(&action.identifier)).cloned().collect(),
            blueprint: action.blueprint.clone(),
            operation,
            code: action.code,
            encrypted: action.inputs.iter().filter_map(|input| Some((input.key.clone(), input.encryption?))).collect(),
            entity: mapping::complete(action, operation, &entry.blueprint),
        })
    };
    Document {
        version: VERSION,
        synth: Some(function::VERSION.to_owned()),
        partial_batch_response: config.provisioned_polling.is_some(),
        concurrency: usize::from(config.concurrency),
        signatures: config.signatures,
        replay_window: config.replay_window,
        run_log: config.run_log,
        actions: catalog.actions().filter_map(planned).collect(),
    }
}
