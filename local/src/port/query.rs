//! The rules of Port's searches.
//!
//! A rule compares a property or, with `$`, a key of the entity with a value; names a kind of property
//! (`propertySchema`); asks for relatives (`relatedTo`); or holds rules of its own. What depends on the person who asks,
//! or on a form, is not implemented.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::answer::{Object, Refusal, choice, only, text};
use super::documents::PortDocument;
use super::moments::Span;
use super::relation;
use super::state::{EntityKey, State};

/// What an entity must have to be found.
pub(super) struct Query {
    every: bool,
    rules: Vec<Rule>,
}

enum Rule {
    Group(Query),
    /// The identifiers of the relatives.
    Related(BTreeSet<EntityKey>),
    Compare {
        subject: Subject,
        operator: &'static str,
        value: Value,
    },
}

/// What a rule compares.
enum Subject {
    Property(String),
    /// Every property that is declared like this.
    Schema(Object),
}

/// The operators that compare, as Port writes them.
const OPERATORS: [&str; 22] = [
    "=",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "contains",
    "doesNotContains",
    "beginsWith",
    "doesNotBeginsWith",
    "endsWith",
    "doesNotEndsWith",
    "in",
    "notIn",
    "containsAny",
    "matchAny",
    "isEmpty",
    "isNotEmpty",
    "between",
    "notBetween",
    "isExpired",
    "isNotExpired",
];

impl Query {
    /// Reads a query.
    pub(super) fn parse(state: &State, query: &Value) -> Result<Self, Refusal> {
        let query = query.as_object().ok_or_else(|| Refusal::invalid("the query must be an object"))?;
        only(query, &["combinator", "rules"])?;
        let combinator = choice(query, "combinator", &["and", "or"])?;
        let rules = query.get("rules").and_then(Value::as_array);
        let (Some(combinator), Some(rules)) = (combinator, rules) else {
            return Err(Refusal::invalid("the query must have a combinator and an array of rules"));
        };
        let rules = rules.iter().map(|rule| Rule::parse(state, rule)).collect::<Result<_, _>>()?;
        Ok(Self { every: combinator == "and", rules })
    }

    /// Returns whether an entity is found. One without rules finds all.
    pub(super) fn matches(&self, state: &State, entity: &Object) -> bool {
        let mut rules = self.rules.iter();
        let matches = |rule: &Rule| rule.matches(state, entity);
        if self.every { rules.all(matches) } else { self.rules.is_empty() || rules.any(matches) }
    }
}

impl Rule {
    fn parse(state: &State, rule: &Value) -> Result<Self, Refusal> {
        let body = rule.as_object().ok_or_else(|| Refusal::invalid("a rule must be an object"))?;
        if body.contains_key("combinator") {
            return Ok(Self::Group(Query::parse(state, rule)?));
        }
        let operator = text(body, "operator")?.ok_or_else(|| invalid(rule, "it has no operator"))?;
        if operator == "relatedTo" {
            return relatives(state, body, rule).map(Self::Related);
        }
        let known = OPERATORS.iter().find(|known| **known == operator);
        let operator = *known.ok_or_else(|| {
            invalid(rule, &format!("its operator must be one of relatedTo, {}", OPERATORS.join(", ")))
        })?;
        only(body, &["property", "propertySchema", "operator", "value"])?;
        let subject = match (body.get("property"), body.get("propertySchema")) {
            (Some(Value::String(property)), None) => Subject::Property(property.clone()),
            (None, Some(Value::Object(schema))) => Subject::Schema(schema.clone()),
            _ => return Err(invalid(rule, "it needs the name of a property, or a propertySchema")),
        };
        let value = body.get("value").cloned();
        let fits = match operator {
            "isEmpty" | "isNotEmpty" | "isExpired" | "isNotExpired" => value.is_none(),
            "between" | "notBetween" => value.as_ref().is_some_and(|value| Span::parse(value).is_some()),
            "in" | "notIn" | "containsAny" | "matchAny" => value.as_ref().is_some_and(Value::is_array),
            ">" | ">=" | "<" | "<=" => value.as_ref().is_some_and(|value| value.is_number() || value.is_string()),
            "=" | "!=" => value.as_ref().is_some_and(|value| !value.is_object()),
            _ => value.as_ref().is_some_and(Value::is_string),
        };
        if !fits {
            return Err(invalid(rule, "its value does not fit its operator"));
        }
        Ok(Self::Compare { subject, operator, value: value.unwrap_or_default() })
    }

    fn matches(&self, state: &State, entity: &Object) -> bool {
        match self {
            Self::Group(query) => query.matches(state, entity),
            Self::Related(relatives) => key(entity).is_some_and(|key| relatives.contains(&key)),
            Self::Compare { subject: Subject::Property(property), operator, value } => {
                holds(operator, lookup(entity, property), value)
            }
            Self::Compare { subject: Subject::Schema(schema), operator, value } => {
                declared_like(state, entity, schema).any(|property| holds(operator, property, value))
            }
        }
    }
}

fn invalid(rule: &Value, why: &str) -> Refusal {
    Refusal::invalid(format!("the rule {rule} is not valid: {why}"))
}

/// Returns whether a comparison holds. A negative one holds for everything for which the positive one does not.
fn holds(operator: &str, is: Option<&Value>, value: &Value) -> bool {
    let is = is.filter(|is| !is.is_null());
    let texts = is.and_then(Value::as_str).zip(value.as_str());
    let items = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    match operator {
        "=" => is.unwrap_or(&Value::Null) == value,
        ">" => is.and_then(|is| order(is, value)) == Some(Ordering::Greater),
        ">=" => is.and_then(|is| order(is, value)).is_some_and(Ordering::is_ge),
        "<" => is.and_then(|is| order(is, value)) == Some(Ordering::Less),
        "<=" => is.and_then(|is| order(is, value)).is_some_and(Ordering::is_le),
        "contains" => match is {
            Some(Value::Array(items)) => items.contains(value),
            _ => texts.is_some_and(|(is, value)| is.contains(value)),
        },
        "beginsWith" => texts.is_some_and(|(is, value)| is.starts_with(value)),
        "endsWith" => texts.is_some_and(|(is, value)| is.ends_with(value)),
        "in" => is.is_some_and(|is| items(value).contains(is)),
        "containsAny" | "matchAny" => is.is_some_and(|is| items(is).iter().any(|item| items(value).contains(item))),
        "isEmpty" => match is {
            None => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(map)) => map.is_empty(),
            Some(_) => false,
        },
        "between" => is.and_then(moment).zip(Span::parse(value)).is_some_and(|(is, span)| span.contains(is)),
        "isExpired" => is.and_then(moment).is_some_and(|is| is < Timestamp::now()),
        "!=" => !holds("=", is, value),
        "doesNotContains" => !holds("contains", is, value),
        "doesNotBeginsWith" => !holds("beginsWith", is, value),
        "doesNotEndsWith" => !holds("endsWith", is, value),
        "notIn" => !holds("in", is, value),
        "isNotEmpty" => !holds("isEmpty", is, value),
        "notBetween" => !holds("between", is, value),
        "isNotExpired" => !holds("isExpired", is, value),
        _ => false,
    }
}

/// Compares numbers with numbers, moments with moments, and other texts with texts.
fn order(is: &Value, value: &Value) -> Option<Ordering> {
    if let (Some(is), Some(value)) = (is.as_f64(), value.as_f64()) {
        return is.partial_cmp(&value);
    }
    match (moment(is), moment(value)) {
        (Some(is), Some(value)) => Some(is.cmp(&value)),
        _ => Some(is.as_str()?.cmp(value.as_str()?)),
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// Returns a value of an entity: with `$` one of its own keys, otherwise a property, or a key within one.
fn lookup<'a>(entity: &'a Object, property: &str) -> Option<&'a Value> {
    if let Some(key) = property.strip_prefix('$') {
        return entity.get(key);
    }
    let properties = entity.get("properties")?;
    properties.get(property).or_else(|| property.split('.').try_fold(properties, |value, key| value.get(key)))
}

/// Returns the properties whose declarations have all keys and values of a schema.
fn declared_like<'a>(
    state: &'a State,
    entity: &'a Object,
    schema: &'a Object,
) -> impl Iterator<Item = Option<&'a Value>> {
    let blueprint = entity.get("blueprint").and_then(Value::as_str).unwrap_or_default();
    let document = state.documents.get(PortDocument::Blueprint, blueprint);
    let declared = document.and_then(|document| document.get("schema")?.get("properties")?.as_object());
    let like = declared.into_iter().flatten().filter(|(_, declared)| {
        schema.iter().all(|(key, wanted)| match (declared.get(key), wanted) {
            (Some(Value::Object(declared)), Value::Object(wanted)) => {
                wanted.iter().all(|(key, wanted)| declared.get(key) == Some(wanted))
            }
            (declared, wanted) => declared == Some(wanted),
        })
    });
    like.map(|(name, _)| entity.get("properties").and_then(|properties| properties.get(name)))
}

/// Returns what `relatedTo` finds: what depends on the entities (`upstream`), what they depend on (`downstream`), or
/// both, directly and through others; with `required`, only through relations that are required or are not.
fn relatives(state: &State, body: &Object, rule: &Value) -> Result<BTreeSet<EntityKey>, Refusal> {
    only(body, &["operator", "blueprint", "value", "direction", "required"])?;
    let blueprint = text(body, "blueprint")?.ok_or_else(|| invalid(rule, "it has no blueprint"))?;
    let direction = choice(body, "direction", &["upstream", "downstream"])?;
    let required = match body.get("required") {
        None => None,
        Some(Value::Bool(required)) => Some(*required),
        Some(_) => return Err(invalid(rule, "required must be true or false")),
    };
    let origins: Vec<&str> = match body.get("value") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) if many.iter().all(Value::is_string) => {
            many.iter().filter_map(Value::as_str).collect()
        }
        _ => return Err(invalid(rule, "its value must be an identifier or an array of identifiers")),
    };
    let edges = edges(state, required);
    let origins: Vec<EntityKey> = origins.iter().map(|origin| (blueprint.to_owned(), (*origin).to_owned())).collect();
    let mut found = BTreeSet::new();
    for upstream in [true, false] {
        if direction.is_some_and(|direction| (direction == "upstream") != upstream) {
            continue;
        }
        let mut open = origins.clone();
        while let Some(at) = open.pop() {
            for (from, to) in &edges {
                let (near, far) = if upstream { (to, from) } else { (from, to) };
                if *near == at && !origins.contains(far) && found.insert(far.clone()) {
                    open.push(far.clone());
                }
            }
        }
    }
    Ok(found)
}

/// Returns from which entity to which one the relations lead.
fn edges(state: &State, required: Option<bool>) -> Vec<(EntityKey, EntityKey)> {
    let mut edges = Vec::new();
    for (key, entity) in &state.entities {
        let declared = state.documents.get(PortDocument::Blueprint, &key.0).and_then(|one| one.get("relations"));
        for (name, relation) in declared.and_then(Value::as_object).into_iter().flatten() {
            let target = relation.get("target").and_then(Value::as_str).unwrap_or_default();
            let value = entity.get("relations").and_then(|relations| relations.get(name));
            if required.is_none_or(|required| relation::is_true(relation, "required") == required) {
                let targets = value.into_iter().flat_map(relation::identifiers);
                edges.extend(targets.map(|to| (key.clone(), (target.to_owned(), to.to_owned()))));
            }
        }
    }
    edges
}

fn key(entity: &Object) -> Option<EntityKey> {
    let part = |key: &str| entity.get(key)?.as_str().map(str::to_owned);
    Some((part("blueprint")?, part("identifier")?))
}
