//! Compares two sides of a pull request and returns a [`Report`] of what it does to a deployed stack.
//!
//! ```text
//! template::Stack ─┬─ rename ─► ids
//!                  ├─ value ─► what is known of values, for all that follow
//!                  ├─ resources ─ difference, update, follow, risk ─► what happens to resources
//!                  ├─ failure, protection ───────────────────────────► what will fail, what is less safe
//!                  ├─ permission ─ known, collect, cover, flag ─────► who gains or loses permissions
//!                  ├─ exposure ─ table, network, gate, api, policy ─► what becomes public
//!                  ├─ unknown ──────────────────────────────────────► what only the deployment shows
//!                  └─ delivery, settings ───────────────────────────► filters, brokers, parameters
//! plan.json ──────── package, port ─┬──────────────────────────────► what changes for users and runs
//! port/*.json ───────────────────────┘
//! ```

pub mod report;
mod words;
mod difference;
mod rename;

mod update;
mod translated;
mod value;
mod address;
mod draft;
mod follow;
mod source;
mod risk;
mod resources;
mod package;

mod failure;
mod protection;

mod permission;
mod exposure;
mod unknown;
mod delivery;
mod settings;
mod port;

use std::collections::BTreeMap;

use model::plan::Document;
use serde_json::Value;

use crate::aside::both;
use crate::template::limit::{self, Excess};
use crate::template::stack::Stack;
pub use difference::differences;
use port::PortDocuments;
pub use report::Report;
use report::Summary;
use value::Scope;

/// One side of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Its name, such as `main` or a path.
    pub name: String,
    /// Its template.
    pub template: Value,
    /// The bound that the text of its template exceeds, if it could not be read for that.
    pub excess: Option<Excess>,
    /// The `plan.json` next to the template, if any.
    pub plan: Option<Document>,
    /// The `port/*.json` files next to the template, by file name; `None` without that folder.
    pub port: Option<BTreeMap<String, Value>>,
    /// What a reader should know about how its template was read, as sentences without a full stop.
    pub notes: Vec<String>,
}

/// Compares two sides: reports what happens to a stack of `old` when `new` is deployed. Sides that are too large for that
/// give a report that says so.
pub fn diff(old: &Side, new: &Side) -> Report {
    compared(old, new).unwrap_or_else(|uncompared| Report {
        version: report::VERSION,
        old: old.name.clone(),
        new: new.name.clone(),
        uncompared: Some(uncompared),
        ..Report::default()
    })
}

/// Compares two sides.
///
/// # Errors
/// The reason why they cannot be compared, as a sentence.
fn compared(old: &Side, new: &Side) -> Result<Report, String> {
    let (before, after) = both(|| stack(old), || stack(new));
    let (before, after) = (before?, after?);
    let renamed = rename::find(&before, &after);
    let plans = old.plan.as_ref().zip(new.plan.as_ref());
    let files = old.port.as_ref().zip(new.port.as_ref());
    let documents = files.map(|(old, new)| (PortDocuments::from_files(old), PortDocuments::from_files(new)));
    let documents = documents.as_ref().map(|(old, new)| (old, new));

    let (permissions, changed) = both(
        || permission::changes(&before, &after, &renamed),
        || {
            let mut resources = resources::changes(&before, &after, &renamed);
            if plans.is_some_and(|(old, new)| !old.is_equivalent(new)) {
                package::changed(&before, &after, &mut resources);
            }
            let failures = failure::failures(&before, &after, &renamed, &resources);
            let protections = protection::lost(&before, &after, &renamed, &resources);
            (resources, failures, protections, settings::changes(&before, &after, &renamed))
        },
    );
    let (resources, failures, protections, settings) = changed;
    let settings = settings.map_err(|excess| too_large(CHANGE, excess))?;
    let permissions = permissions.map_err(|(side, excess)| {
        too_large(side.map_or(CHANGE, |is_new| if is_new { &new.name } else { &old.name }), excess)
    })?;
    let [was, is] = Scope::both(&before, &after);
    let sides =
        [exposure::Side { template: &old.template, scope: was }, exposure::Side { template: &new.template, scope: is }];
    let (exposures, closes) =
        exposure::changes(sides, &renamed, &permissions).map_err(|excess| too_large(CHANGE, excess))?;
    let read = |side: &Side| side.notes.iter().map(|note| format!("{}: {note}", side.name)).collect::<Vec<_>>();
    let mut notes = [read(old), read(new), missing(old, new)].concat();
    notes.extend(unknown::notes((old, &before), (new, &after), &resources, &permissions));
    let mut report = Report {
        version: report::VERSION,
        old: old.name.clone(),
        new: new.name.clone(),
        uncompared: None,
        summary: Summary::default(),
        consequences: port::consequences((&before, &after), plans, documents),
        failures,
        resources,
        permissions,
        exposures,
        protections,
        delivery: delivery::changes(&before, &after, &renamed),
        settings,
        port: documents.map(|(old, new)| port::changes(old, new)).unwrap_or_default(),
        notes,
    };
    report.summary = Summary::of(&report);
    report.summary.narrowed |= closes;
    Ok(report)
}

/// Reads the template of a side, and sees that its other documents are not too large.
fn stack(side: &Side) -> Result<Stack, String> {
    let documents = side.port.iter().flat_map(BTreeMap::values);
    let read = side.excess.map_or_else(|| Stack::from_template(&side.template), Err);
    let read = read.and_then(|stack| limit::check_documents(documents).map(|()| stack));
    read.map_err(|excess| too_large(&side.name, excess))
}

/// What both sides are together, in a message.
const CHANGE: &str = "the change";

/// Says what is too large, and what to do.
fn too_large(what: &str, excess: Excess) -> String {
    let name = if what.is_empty() { "a template" } else { what };
    format!("{name} {excess}, so nothing was compared; split it into several templates, and compare each")
}

/// Notes what only one side has next to its template.
fn missing(old: &Side, new: &Side) -> Vec<String> {
    let mut notes = Vec::new();
    for (what, old_has_it, new_has_it) in
        [("`plan.json`", old.plan.is_some(), new.plan.is_some()), ("`port/`", old.port.is_some(), new.port.is_some())]
    {
        if old_has_it != new_has_it {
            let without = if old_has_it { &new.name } else { &old.name };
            notes.push(format!("{without} has no {what}, so it was not compared"));
        }
    }
    notes
}
