//! Users and teams: looked up. They are added by the program that starts this Port.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal};
use super::documents::PortDocument;
use super::state::State;
use crate::server::Request;

/// `GET /v1/users`
pub(super) fn list_users(state: &State, request: &Request) -> ApiAnswer {
    let users: Vec<Object> = state.documents.all(PortDocument::User).map(|user| fields(user, request)).collect();
    ApiAnswer::ok(json!({"ok": true, "users": users}))
}

/// `GET /v1/users/{email}`
pub(super) fn read_user(state: &State, request: &Request, email: &str) -> Result<ApiAnswer, Refusal> {
    let user = state.documents.known(PortDocument::User, email)?;
    Ok(ApiAnswer::ok(json!({"ok": true, "user": fields(user, request)})))
}

/// `GET /v1/teams`
pub(super) fn list_teams(state: &State, request: &Request) -> ApiAnswer {
    let teams = state.documents.all(PortDocument::Team).map(|team| with_users(state, team));
    let teams: Vec<Object> = teams.map(|team| fields(&team, request)).collect();
    ApiAnswer::ok(json!({"ok": true, "teams": teams}))
}

/// `GET /v1/teams/{name}`
pub(super) fn read_team(state: &State, request: &Request, name: &str) -> Result<ApiAnswer, Refusal> {
    let team = with_users(state, state.documents.known(PortDocument::Team, name)?);
    Ok(ApiAnswer::ok(json!({"ok": true, "team": fields(&team, request)})))
}

/// Adds or replaces a user. Ignores a document without an e-mail address. Its teams, each an object with a name, are
/// added if they do not exist.
pub(super) fn put_user(state: &mut State, document: Value) {
    let Value::Object(mut user) = document else { return };
    for (key, value) in [("firstName", json!("")), ("lastName", json!("")), ("status", json!("ACTIVE"))] {
        user.entry(key).or_insert(value);
    }
    for key in ["teams", "roles"] {
        user.entry(key).or_insert_with(|| json!([]));
    }
    for team in names(&user, "teams") {
        if state.documents.get(PortDocument::Team, &team).is_none() {
            put_team(state, json!({"name": team}));
        }
    }
    state.put_unless_known(PortDocument::User, user);
}

/// Adds or replaces a team. Ignores a document without a name.
pub(super) fn put_team(state: &mut State, document: Value) {
    let Value::Object(mut team) = document else { return };
    team.entry("description").or_insert(Value::Null);
    team.entry("provider").or_insert_with(|| "port".into());
    state.put_unless_known(PortDocument::Team, team);
}

/// Returns a team with its users as Port shows them there.
fn with_users(state: &State, team: &Object) -> Object {
    let name = PortDocument::Team.identifier(team).unwrap_or_default();
    let of_team =
        state.documents.all(PortDocument::User).filter(|user| names(user, "teams").iter().any(|of| of == name));
    let shown = |user: &Object| -> Object {
        let keys = ["email", "firstName", "lastName", "status"];
        keys.iter().filter_map(|key| Some(((*key).to_owned(), user.get(*key)?.clone()))).collect()
    };
    let mut team = team.clone();
    team.insert("users".to_owned(), of_team.map(shown).collect());
    team
}

/// Returns the names in a list of objects.
fn names(document: &Object, key: &str) -> Vec<String> {
    let list = document.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| Some(one.get("name")?.as_str()?.to_owned())).collect()
}

/// Returns the fields that a caller asks for, such as `email` and `users.email`; all without such a wish.
fn fields(document: &Object, request: &Request) -> Object {
    let wanted: Vec<&str> = request.params("fields").collect();
    if wanted.is_empty() {
        return document.clone();
    }
    let whole = |key: &str| wanted.contains(&key);
    let inner = |key: &str| -> Vec<&str> {
        wanted.iter().filter_map(|field| field.strip_prefix(key)?.strip_prefix('.')).collect()
    };
    let mut kept = Object::new();
    for (key, value) in document {
        let inner = inner(key);
        if whole(key) {
            kept.insert(key.clone(), value.clone());
        } else if let (false, Value::Array(items)) = (inner.is_empty(), value) {
            kept.insert(key.clone(), items.iter().map(|item| reduced(item, &inner)).collect());
        }
    }
    kept
}

fn reduced(item: &Value, keys: &[&str]) -> Value {
    keys.iter().filter_map(|key| Some(((*key).to_owned(), item.get(*key)?.clone()))).collect::<Object>().into()
}
