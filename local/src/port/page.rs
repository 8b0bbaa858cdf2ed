//! Pages of the catalogue: created with a blueprint or by hand, changed, renamed, deleted.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, text};
use super::documents::PortDocument;
use super::state::State;
use crate::server::Request;

const PAGE: PortDocument = PortDocument::Page;

/// `GET /v1/pages`
pub(super) fn list(state: &State) -> ApiAnswer {
    ApiAnswer::ok(json!({"ok": true, "pages": state.documents.values(PAGE)}))
}

/// `POST /v1/pages`
pub(super) fn create(state: &mut State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    let identifier = check(state, &body)?;
    state.documents.free(PAGE, &identifier)?;
    Ok(ApiAnswer::created(put(state, None, body)))
}

/// `GET /v1/pages/{identifier}`
pub(super) fn read(state: &State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    Ok(ApiAnswer::ok(json!({"ok": true, "page": state.documents.known(PAGE, identifier)?})))
}

/// `PUT /v1/pages/{identifier}`: the new document replaces the old one, and may have another identifier.
pub(super) fn replace(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let earlier = state.documents.known(PAGE, identifier)?.clone();
    change(state, identifier, &earlier, object(&request.body)?)
}

/// `PATCH /v1/pages/{identifier}`: the given keys replace the old ones.
pub(super) fn merge(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let earlier = state.documents.known(PAGE, identifier)?.clone();
    let mut body = earlier.clone();
    body.extend(object(&request.body)?);
    change(state, identifier, &earlier, body)
}

/// `DELETE /v1/pages/{identifier}`
pub(super) fn delete(state: &mut State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let page = state.documents.known(PAGE, identifier)?.clone();
    state.put(PAGE, Some(&page), None);
    Ok(ApiAnswer::ok(json!({"ok": true})))
}

/// Makes the page that shows the entities of a new blueprint, unless its identifier is taken.
pub(super) fn create_for(state: &mut State, blueprint: &str) {
    let identifier = plural(blueprint);
    let Some(document) = state.documents.get(PortDocument::Blueprint, blueprint) else { return };
    let title = document.get("title").and_then(Value::as_str).map_or_else(|| identifier.clone(), plural);
    let mut page = Object::from_iter([
        ("identifier".to_owned(), identifier.clone().into()),
        ("title".to_owned(), title.into()),
        ("type".to_owned(), "blueprint-entities".into()),
        ("blueprint".to_owned(), blueprint.into()),
    ]);
    if let Some(icon) = document.get("icon") {
        page.insert("icon".to_owned(), icon.clone());
    }
    if state.documents.free(PAGE, &identifier).is_ok() {
        put(state, None, page);
    }
}

/// Returns the blueprint whose entities a page shows.
pub(super) fn blueprint(page: &Object) -> Option<&str> {
    page.get("blueprint")?.as_str()
}

fn change(state: &mut State, identifier: &str, earlier: &Object, mut body: Object) -> Result<ApiAnswer, Refusal> {
    body.entry("identifier").or_insert_with(|| identifier.into());
    let renamed = check(state, &body)?;
    if renamed != identifier {
        state.documents.free(PAGE, &renamed)?;
    }
    Ok(ApiAnswer::ok(put(state, Some(earlier), body)))
}

fn check(state: &State, body: &Object) -> Result<String, Refusal> {
    let missing = |key: &str| Refusal::invalid(format!("body must have required property {key}"));
    let identifier = text(body, "identifier")?.filter(|identifier| !identifier.is_empty());
    let identifier = identifier.ok_or_else(|| missing("identifier"))?;
    text(body, "type")?.ok_or_else(|| missing("type"))?;
    if let Some(blueprint) = blueprint(body) {
        state.known_blueprint(blueprint)?;
    }
    Ok(identifier.to_owned())
}

fn put(state: &mut State, earlier: Option<&Object>, mut body: Object) -> Value {
    state.stamp(&mut body, earlier);
    let answer = json!({"ok": true, "page": body});
    state.put(PAGE, earlier, Some(body));
    answer
}

/// Returns the plural of an English noun by the regular rules, in capitals where the noun ends in one.
fn plural(noun: &str) -> String {
    let lower = noun.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let before_y = lower.strip_suffix('y').and_then(|stem| stem.chars().next_back());
    let (stem, ending) = if before_y.is_some_and(|letter| letter.is_alphabetic() && !"aeiou".contains(letter)) {
        (&noun[..noun.len() - 1], "ies")
    } else if ends(&["ss", "us", "x", "ch", "sh", "zz"]) {
        (noun, "es")
    } else if ends(&["s"]) {
        (noun, "")
    } else {
        (noun, "s")
    };
    let is_capital = noun.chars().next_back().is_some_and(char::is_uppercase);
    if is_capital { format!("{stem}{}", ending.to_uppercase()) } else { format!("{stem}{ending}") }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn plurals_are_regular() {
        for (one, many) in [
            ("vm", "vms"),
            ("service", "services"),
            ("VM", "VMS"),
            ("box", "boxes"),
            ("branch", "branches"),
            ("policy", "policies"),
            ("key", "keys"),
            ("status", "statuses"),
            ("class", "classes"),
            ("apps", "apps"),
            ("test-1", "test-1s"),
            ("größe", "größes"),
            ("y", "ys"),
        ] {
            assert_eq!(plural(one), many);
        }
    }
}
