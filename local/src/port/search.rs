//! The search for a blueprint's entities: rules about identifiers and titles. Other rules and pages after the first are
//! not implemented.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, choice, object, only};
use super::state::State;
use crate::server::Request;

/// The number of entities in an answer, unless the caller sets one.
const LIMIT: u64 = 200;

/// The largest number of entities in an answer.
const LARGEST_LIMIT: u64 = 1000;

/// `POST /v1/blueprints/{blueprint}/entities/search`
pub(super) fn search(state: &State, request: &Request, blueprint: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["query", "include", "limit"])?;
    state.known_blueprint(blueprint)?;
    let limit = limit(&body)?;
    let included = included(&body)?;
    let query = body.get("query").map(Query::parse).transpose()?;
    let of_blueprint = state.entities.iter().filter(|((of, _), _)| of == blueprint).map(|(_, entity)| entity);
    let found = of_blueprint.filter(|entity| query.as_ref().is_none_or(|query| query.matches(entity)));
    let entities: Vec<Object> = found.take(limit).map(|entity| reduced(entity, included.as_deref())).collect();
    Ok(ApiAnswer::ok(json!({"ok": true, "entities": entities})))
}

fn limit(body: &Object) -> Result<usize, Refusal> {
    let limit = body.get("limit").map_or(Some(LIMIT), Value::as_u64);
    let limit = limit.filter(|limit| (1..=LARGEST_LIMIT).contains(limit)).and_then(|limit| limit.try_into().ok());
    limit.ok_or_else(|| Refusal::invalid(format!("body/limit must be a number from 1 to {LARGEST_LIMIT}")))
}

/// Returns the keys that an answer has; `None` for all of them.
fn included(body: &Object) -> Result<Option<Vec<&str>>, Refusal> {
    let Some(include) = body.get("include") else { return Ok(None) };
    let names = include.as_array().ok_or_else(|| Refusal::invalid("body/include must be array"))?;
    let keys: Option<_> = names.iter().map(|name| name.as_str()?.strip_prefix('$')).collect();
    keys.map(Some).ok_or_else(|| Refusal::invalid("the fake includes meta-properties only, such as $title"))
}

fn reduced(entity: &Object, included: Option<&[&str]>) -> Object {
    let kept = |key: &str| included.is_none_or(|included| included.contains(&key));
    entity.iter().filter(|(key, _)| kept(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What an entity must have to be found.
struct Query {
    every: bool,
    rules: Vec<Rule>,
}

/// A comparison of an identifier or a title with a text.
struct Rule {
    key: String,
    compare: fn(&str, &str) -> bool,
    value: String,
}

impl Query {
    fn parse(query: &Value) -> Result<Self, Refusal> {
        let query = query.as_object().ok_or_else(|| Refusal::invalid("body/query must be object"))?;
        only(query, &["combinator", "rules"])?;
        let combinator = choice(query, "combinator", &["and", "or"])?;
        let rules = query.get("rules").and_then(Value::as_array);
        let (Some(combinator), Some(rules)) = (combinator, rules) else {
            return Err(Refusal::invalid("body/query must have a combinator and an array of rules"));
        };
        Ok(Self { every: combinator == "and", rules: rules.iter().map(Rule::parse).collect::<Result<_, _>>()? })
    }

    fn matches(&self, entity: &Object) -> bool {
        let mut rules = self.rules.iter();
        let matches = |rule: &Rule| rule.matches(entity);
        if self.every { rules.all(matches) } else { rules.any(matches) }
    }
}

impl Rule {
    fn parse(rule: &Value) -> Result<Self, Refusal> {
        let part = |key: &str| rule.get(key).and_then(Value::as_str);
        let key = part("property").filter(|property| ["$identifier", "$title"].contains(property));
        let compare: Option<fn(&str, &str) -> bool> = match part("operator") {
            Some("=") => Some(|text, value| text == value),
            Some("beginsWith") => Some(|text, value| text.starts_with(value)),
            Some("endsWith") => Some(|text, value| text.ends_with(value)),
            Some("contains") => Some(|text, value| text.contains(value)),
            _ => None,
        };
        match (key, compare, part("value")) {
            (Some(key), Some(compare), Some(value)) => {
                Ok(Self { key: key.trim_start_matches('$').to_owned(), compare, value: value.to_owned() })
            }
            _ => Err(Refusal::invalid(format!("the fake does not implement the rule {rule}"))),
        }
    }

    fn matches(&self, entity: &Object) -> bool {
        entity.get(&self.key).and_then(Value::as_str).is_some_and(|text| (self.compare)(text, &self.value))
    }
}
