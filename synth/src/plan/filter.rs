//! The event filter: which messages invoke the function.
//!
//! Lambda compares each record's value with up to five patterns of up to 4096 characters (developer guide, "Event
//! filtering for Kafka"). A plan that does not fit gets coarser patterns, which let more messages through. The function
//! ignores messages that are not ours, so coarse patterns cost invocations but never lose a run.

use std::collections::BTreeMap;

use model::filter_pattern::{LONGEST_PATTERN, MOST_PATTERNS};
use model::plan::Document;
use serde_json::{Value, json};

/// The patterns, and how exact they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// JSON patterns over `value`; a message passes if one of them matches.
    pub patterns: Vec<Value>,
    /// How much they let through.
    pub exactness: Exactness,
}

/// How much a filter lets through, from only our messages to every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exactness {
    /// Only the plan's actions.
    Exact,
    /// Any of the plan's action names together with any of its blueprints.
    NamesAndBlueprints,
    /// Every action of the plan's blueprints.
    Blueprints,
    /// Every message that names an action.
    Actions,
}

impl Exactness {
    /// Describes it, for the template's metadata and a note on the terminal.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Exact => "exact: only messages of the plan's actions invoke the function",
            Self::NamesAndBlueprints => {
                "coarse: an action of one blueprint also invokes the function if it has the name of another blueprint's action"
            }
            Self::Blueprints => "coarse: every action of the plan's blueprints invokes the function",
            Self::Actions => "coarse: every message that names an action invokes the function",
        }
    }
}

/// Returns the most exact filter that fits. For a plan without actions, nothing passes.
pub fn compile(plan: &Document) -> Filter {
    let mut by_blueprint: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in &plan.actions {
        by_blueprint.entry(&action.blueprint).or_default().extend(action.names());
    }
    let blueprints: Vec<&str> = by_blueprint.keys().copied().collect();
    let mut names: Vec<&str> = by_blueprint.values().flatten().copied().collect();
    names.sort_unstable();
    names.dedup();

    let exact = || {
        let mut patterns = Vec::new();
        for (blueprint, names) in &by_blueprint {
            patterns.extend(chunks(names, |names| pattern(&json!(names), &json!([blueprint])))?);
        }
        Some(patterns)
    };
    let mixed = || chunks(&names, |names| pattern(&json!(names), &json!(blueprints)));
    let coarse = || chunks(&blueprints, |blueprints| pattern(&json!([{ "exists": true }]), &json!(blueprints)));
    let fits = |patterns: Option<Vec<Value>>| patterns.filter(|patterns| patterns.len() <= MOST_PATTERNS);

    let candidates = [
        (fits(exact()), Exactness::Exact),
        (fits(mixed()), Exactness::NamesAndBlueprints),
        (fits(coarse()), Exactness::Blueprints),
    ];
    for (patterns, exactness) in candidates {
        if let Some(patterns) = patterns {
            let nothing = || vec![pattern(&json!(["-"]), &json!(["-"]))];
            let patterns = if patterns.is_empty() { nothing() } else { patterns };
            return Filter { patterns, exactness };
        }
    }
    Filter { patterns: vec![json!({ "value": { "action": [{ "exists": true }] } })], exactness: Exactness::Actions }
}

fn pattern(names: &Value, blueprints: &Value) -> Value {
    json!({ "value": { "action": names, "context": { "blueprint": blueprints } } })
}

/// Spreads `names` over as few patterns as possible. `None` if a name alone is too long or there are too many.
fn chunks<'a>(names: &[&'a str], pattern: impl Fn(&[&'a str]) -> Value) -> Option<Vec<Value>> {
    let mut patterns = Vec::new();
    let mut rest = names;
    let empty = pattern(&[]).to_string().chars().count();
    while !rest.is_empty() {
        let mut length = empty;
        let fitting = rest.iter().take_while(|name| {
            length += Value::from(**name).to_string().chars().count() + 1;
            length <= LONGEST_PATTERN
        });
        let (chunk, left) = rest.split_at(fitting.count());
        if chunk.is_empty() || patterns.len() >= MOST_PATTERNS {
            return None;
        }
        patterns.push(pattern(chunk));
        rest = left;
    }
    Some(patterns)
}

#[cfg(test)]
mod tests {
    use model::Operation;
    use model::filter_pattern::matches;
    use model::plan::{ActionDocument, EntityTemplate};

    use super::*;

    fn plan(actions: impl IntoIterator<Item = (String, String)>) -> Document {
        let action = |(blueprint, action): (String, String)| ActionDocument {
            aliases: vec![format!("old_{action}")],
            action,
            blueprint,
            operation: Operation::Create,
            code: false,
            encrypted: BTreeMap::new(),
            entity: EntityTemplate::default(),
        };
        let actions = actions.into_iter().map(action).collect();
        Document {
            version: 1,
            synth: None,
            partial_batch_response: false,
            concurrency: 1,
            signatures: model::plan::Signatures::Off,
            replay_window: 300,
            run_log: model::plan::LoggedRuns::Failures,
            actions,
        }
    }

    fn catalogue(blueprints: usize, actions: usize, name: usize) -> Document {
        plan((0..blueprints).flat_map(|b| {
            (0..actions).map(move |a| (format!("{:x>name$}{b}", "b"), format!("{:x>name$}{b}_{a}", "a")))
        }))
    }

    fn message(action: &str, blueprint: &str) -> Value {
        json!({ "action": action, "context": { "blueprint": blueprint, "runId": "r" }, "payload": {} })
    }

    /// For any size, all of our messages pass and every pattern is within Lambda's limits.
    #[test]
    fn coarser_but_never_wrong() {
        for (blueprints, actions, name, want) in [
            (1, 3, 4, Exactness::Exact),
            (5, 3, 4, Exactness::Exact),
            (1, 600, 4, Exactness::Exact),
            (6, 3, 4, Exactness::NamesAndBlueprints),
            (20, 30, 4, Exactness::NamesAndBlueprints),
            (40, 50, 20, Exactness::Blueprints),
            (1000, 10, 4, Exactness::Blueprints),
            (3000, 1, 20, Exactness::Actions),
        ] {
            let plan = catalogue(blueprints, actions, name);
            let filter = compile(&plan);
            let size = format!("{blueprints} × {actions} of {name}");
            assert_eq!(filter.exactness, want, "{size}");
            assert!(filter.patterns.len() <= MOST_PATTERNS, "{size}");
            assert!(filter.patterns.iter().all(|p| p.to_string().chars().count() <= LONGEST_PATTERN), "{size}");
            for action in &plan.actions {
                for name in action.names() {
                    assert!(matches(&filter.patterns, &message(name, &action.blueprint)), "{size}: {name}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_ours_does_not_pass() {
        let filter = compile(&plan([("vm".to_owned(), "create".to_owned()), ("db".to_owned(), "drop".to_owned())]));
        for (value, want) in [
            (message("create", "vm"), true),
            (message("old_create", "vm"), true),
            (message("drop", "vm"), false),
            (message("create", "other"), false),
            (json!({ "action": "create" }), false),
            (json!({ "action": "create", "context": { "blueprint": null } }), false),
            (json!({ "payload": { "action": { "identifier": "create" } }, "context": { "blueprint": "vm" } }), false),
            (json!(null), false),
            (json!([message("create", "vm")]), false),
        ] {
            assert_eq!(matches(&filter.patterns, &value), want, "{value}");
        }
    }

    #[test]
    fn an_empty_plan_lets_nothing_through() {
        let filter = compile(&plan([]));
        assert_eq!(filter.patterns.len(), 1);
        assert!(!matches(&filter.patterns, &message("create", "vm")));
    }
}
