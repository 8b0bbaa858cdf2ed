//! Promises about entities.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::evidence::Evidence;
use super::expected::{EntityId, Expected};
use super::promise::{Breach, BreachPlace};
use crate::port::Call;

/// Finds entities that are missing, that nobody asked for, or that have other content.
pub(super) fn differences(expected: &Expected, evidence: &Evidence) -> Vec<Breach> {
    let ids: BTreeSet<&EntityId> = expected.entities.keys().chain(evidence.entities.keys()).collect();
    let show = |entity: Option<&Value>| entity.map_or_else(|| "nothing".to_owned(), Value::to_string);
    ids.into_iter()
        .filter_map(|id| {
            let (wanted, actual) = (expected.entities.get(id), evidence.entities.get(id));
            let what = || format!("{}, expected {}", show(actual), show(wanted));
            (wanted != actual).then(|| Breach::new(BreachPlace::Entity(id.clone()), what()))
        })
        .collect()
}

/// Finds entities that were created or deleted more or less often than the messages ask for.
pub(super) fn wrong_counts(expected: &Expected, evidence: &Evidence) -> Vec<Breach> {
    let (mut creations, mut deletions) = (BTreeMap::new(), BTreeMap::new());
    for call in &evidence.calls {
        match (call.method.as_str(), call.carried_out) {
            ("POST", Some(201)) => count(created(call), &mut creations),
            ("DELETE", Some(200)) => count(deleted(call), &mut deletions),
            _ => {}
        }
    }
    let mut breaches = compare("created", &creations, &expected.creations);
    breaches.extend(compare("deleted", &deletions, &expected.deletions));
    breaches
}

fn count(id: Option<EntityId>, counts: &mut BTreeMap<EntityId, usize>) {
    if let Some(id) = id {
        *counts.entry(id).or_default() += 1;
    }
}

fn compare(what: &str, seen: &BTreeMap<EntityId, usize>, wanted: &BTreeMap<EntityId, usize>) -> Vec<Breach> {
    let ids: BTreeSet<&EntityId> = seen.keys().chain(wanted.keys()).collect();
    ids.into_iter()
        .filter_map(|id| {
            let count = |counts: &BTreeMap<EntityId, usize>| counts.get(id).copied().unwrap_or_default();
            let (seen, wanted) = (count(seen), count(wanted));
            let breach =
                || Breach::new(BreachPlace::Entity(id.clone()), format!("{what} {seen} times, expected {wanted}"));
            (seen != wanted).then(breach)
        })
        .collect()
}

/// `POST /v1/blueprints/{blueprint}/entities`
fn created(call: &Call) -> Option<EntityId> {
    match segments(&call.path).as_slice() {
        [_, version, blueprints, blueprint, entities]
            if (&**version, &**blueprints, &**entities) == ("v1", "blueprints", "entities") =>
        {
            Some(EntityId::of(blueprint, call.body.as_ref()?))
        }
        _ => None,
    }
}

/// `DELETE /v1/blueprints/{blueprint}/entities/{identifier}`
fn deleted(call: &Call) -> Option<EntityId> {
    match segments(&call.path).as_slice() {
        [_, _, _, blueprint, entities, identifier] if entities == "entities" => {
            Some(EntityId::new(blueprint, identifier))
        }
        _ => None,
    }
}

/// Returns a path's segments, decoded. The first one is the text before the first slash.
fn segments(path: &str) -> Vec<String> {
    path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect()
}
