//! The event filter: which messages invoke the function.
//!
//! Lambda compares each record's value with up to five patterns of up to 4096 characters (developer guide, "Event
//! filtering for Kafka"). A plan that does not fit gets coarser patterns, which let more through; the function leaves
//! alone what is not ours, so coarser costs invocations and never a run.

use std::collections::BTreeMap;
use std::fmt;

use documents::wording::{nearest, one_of};
use model::plan::Document;
use serde_json::{Value, json};

/// Patterns of one event source mapping, without a raised quota.
pub const MOST_PATTERNS: usize = 5;
/// Characters of one pattern.
pub const LONGEST_PATTERN: usize = 4096;

/// The patterns, and how exact they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// JSON patterns over `value`; a message passes when one of them matches.
    pub patterns: Vec<Value>,
    /// How much they let through.
    pub exactness: Exactness,
}

/// How much a filter lets through, from nothing but ours to every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exactness {
    /// The plan's actions and nothing else.
    Exact,
    /// Any of the plan's names together with any of its blueprints.
    NamesAndBlueprints,
    /// Every action of the plan's blueprints.
    Blueprints,
    /// Every message that names an action.
    Actions,
}

impl Exactness {
    /// For the template's metadata and the note on the terminal.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Exact => "exact: only messages of the plan's actions invoke the function",
            Self::NamesAndBlueprints => {
                "coarse: also an action of one blueprint whose name the plan has for another invokes the function"
            }
            Self::Blueprints => "coarse: every action of the plan's blueprints invokes the function",
            Self::Actions => "coarse: every message that names an action invokes the function",
        }
    }
}

/// The most exact filter that fits. A plan without actions lets nothing through.
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

/// As few patterns as hold all of `names`; None when one name alone is too long, or they are hopelessly many.
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

/// Whether Lambda would pass a record of this value on, as far as our patterns go: `exists` and equality.
pub fn matches(filter: &Filter, value: &Value) -> bool {
    let record = json!({ "value": value });
    filter.patterns.iter().any(|pattern| mismatches(pattern, &record).is_empty())
}

/// A key by which a record does not match a pattern. Shown, it is a sentence without its full stop.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Below the record's value, keys joined by dots; empty for the value itself.
    path: String,
    found: Option<Value>,
    /// The pattern's choices.
    wanted: Vec<Value>,
}

/// Why a record, `{"value": …}`, does not match a pattern; empty when it does.
pub fn mismatches(pattern: &Value, record: &Value) -> Vec<Mismatch> {
    let mut found = Vec::new();
    compare(pattern, Some(record), "", &mut found);
    found
}

fn compare(pattern: &Value, value: Option<&Value>, path: &str, found: &mut Vec<Mismatch>) {
    match pattern {
        Value::Object(pairs) => {
            for (key, pattern) in pairs {
                let below = match path {
                    "" if key == "value" => String::new(),
                    "" => key.clone(),
                    _ => format!("{path}.{key}"),
                };
                compare(pattern, value.and_then(|value| value.get(key)), &below, found);
            }
        }
        Value::Array(choices) => {
            let holds = choices.iter().any(|choice| match choice.get("exists") {
                Some(exists) => *exists == Value::Bool(value.is_some_and(|value| !value.is_object())),
                None => value == Some(choice),
            });
            if !holds {
                found.push(Mismatch { path: path.to_owned(), found: value.cloned(), wanted: choices.clone() });
            }
        }
        // No pattern of ours.
        _ => found.push(Mismatch { path: path.to_owned(), found: value.cloned(), wanted: Vec::new() }),
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is ", self.path)?;
        match &self.found {
            None => f.write_str("missing")?,
            Some(Value::String(text)) => write!(f, "`{text}`")?,
            Some(Value::Object(_)) => f.write_str("an object")?,
            Some(Value::Array(_)) => f.write_str("an array")?,
            Some(other) => write!(f, "{other}")?,
        }
        let words: Vec<&str> = self.wanted.iter().filter_map(Value::as_str).collect();
        if words.is_empty() {
            return f.write_str(", the pattern wants it to be there");
        }
        if words.len() <= MOST_WORDS {
            return write!(f, ", the pattern wants {}", one_of(&words));
        }
        write!(f, ", the pattern wants one of {} names", words.len())?;
        match self.found.as_ref().and_then(Value::as_str).and_then(|text| nearest(text, &words)) {
            Some(word) => write!(f, ", the nearest is `{word}`"),
            None => Ok(()),
        }
    }
}

/// More names than this are counted, not listed.
const MOST_WORDS: usize = 8;

#[cfg(test)]
mod tests {
    use model::Operation;
    use model::plan::{ActionDocument, EntityTemplate};

    use super::*;

    fn plan(actions: impl IntoIterator<Item = (String, String)>) -> Document {
        let action = |(blueprint, action): (String, String)| ActionDocument {
            aliases: vec![format!("old_{action}")],
            action,
            blueprint,
            operation: Operation::Create,
            encrypted: BTreeMap::new(),
            entity: EntityTemplate::default(),
        };
        let actions = actions.into_iter().map(action).collect();
        Document {
            version: 1,
            partial_batch_response: false,
            concurrency: 1,
            signatures: model::plan::Signatures::Off,
            replay_window: 300,
            run_log: model::plan::RunLogs::Failures,
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

    /// Whatever the size, each of our messages passes, and every pattern is within Lambda's limits.
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
                    assert!(matches(&filter, &message(name, &action.blueprint)), "{size}: {name}");
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
            assert_eq!(matches(&filter, &value), want, "{value}");
        }
    }

    /// Every pattern says, key by key, why not.
    #[test]
    fn why_not() {
        let names = |blueprint: &str, count: usize| -> Vec<(String, String)> {
            (0..count).map(|n| (blueprint.to_owned(), format!("{blueprint}_{n}"))).collect()
        };
        let filter = compile(&plan([names("db", 1), names("vm", 20)].concat()));
        let why = |value: &Value| -> Vec<String> {
            let record = json!({ "value": value });
            let all = filter.patterns.iter().flat_map(|pattern| mismatches(pattern, &record));
            all.map(|mismatch| mismatch.to_string()).collect()
        };
        for (value, want) in [
            (
                message("db_0", "vm"),
                &[
                    "`context.blueprint` is `vm`, the pattern wants `db`",
                    "`action` is `db_0`, the pattern wants one of 40 names, the nearest is `vm_0`",
                ][..],
            ),
            (
                json!({ "action": 7, "context": [] }),
                &[
                    "`action` is 7, the pattern wants `db_0` or `old_db_0`",
                    "`context.blueprint` is missing, the pattern wants `db`",
                    "`action` is 7, the pattern wants one of 40 names",
                    "`context.blueprint` is missing, the pattern wants `vm`",
                ],
            ),
        ] {
            assert_eq!(why(&value), want, "{value}");
        }
        let anything = json!({ "value": { "action": [{ "exists": true }] } });
        let found = mismatches(&anything, &json!({ "value": { "action": {} } }));
        assert_eq!(found[0].to_string(), "`action` is an object, the pattern wants it to be there");
    }

    #[test]
    fn an_empty_plan_lets_nothing_through() {
        let filter = compile(&plan([]));
        assert_eq!(filter.patterns.len(), 1);
        assert!(!matches(&filter, &message("create", "vm")));
    }
}
