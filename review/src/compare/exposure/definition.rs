//! The operations of an API's definition: who may call them.
//!
//! An operation needs what its own `security` says, or that of the whole definition; an empty list, or an empty entry of it,
//! asks for nothing (`OpenAPI` Specification, "Operation Object"). API Gateway's `x-amazon-apigateway-auth` asks for IAM.

use crate::compare::value::{Found, Scope, Seen, at, contradict};
use crate::template::guard::{Guards, and};
use crate::template::limit::Budget;
use crate::template::node::Node;
use crate::template::stack::DeployedResource;

/// An operation that anyone can call.
pub(super) struct Operation {
    /// The method and the path, such as `GET /orders`.
    pub(super) name: String,
    /// A JSON Pointer below the resource.
    pub(super) pointer: String,
    /// Whether a caller needs an API key.
    pub(super) with_key: bool,
    pub(super) when: Guards,
}

/// Types with a definition, and the property that has it.
const DEFINED: [(&str, &str); 4] = [
    ("AWS::ApiGateway::RestApi", "Body"),
    ("AWS::ApiGatewayV2::Api", "Body"),
    ("AWS::Serverless::Api", "DefinitionBody"),
    ("AWS::Serverless::HttpApi", "DefinitionBody"),
];

/// Methods; browsers send no credentials with OPTIONS.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "head", "patch", "trace", "x-amazon-apigateway-any-method"];

/// Returns the operations that need no credentials, or only an API key.
pub(super) fn open_operations(scope: Scope<'_>, resource: &DeployedResource, budget: &Budget) -> Vec<Operation> {
    let Some((kind, property)) = DEFINED.iter().find(|(kind, _)| *kind == resource.resource_type) else {
        return Vec::new();
    };
    let properties = resource.attributes.get("Properties");
    // SAM adds its default authorizer to each operation that names none.
    let guarded = if kind.starts_with("AWS::Serverless::") {
        at(scope, properties, &["Auth", "DefaultAuthorizer"])
    } else {
        vec![Found { seen: Seen::Absent, when: Guards::new(), pointer: String::new() }]
    };
    let mut operations = Vec::new();
    for definition in at(scope, properties, &[property]) {
        let Seen::Value(body @ Node::Map(_)) = &definition.seen else { continue };
        let whole = at(scope, Some(body), &["security"]);
        for paths in at(scope, Some(body), &["paths"]) {
            let Seen::Value(Node::Map(paths_here)) = &paths.seen else { continue };
            for (path, item) in paths_here {
                for item in at(scope, Some(item), &[]) {
                    let Seen::Value(Node::Map(methods)) = &item.seen else { continue };
                    for (method, operation) in methods.iter().filter(|(method, _)| METHODS.contains(&method.as_str())) {
                        if !budget.steps(1) {
                            return operations;
                        }
                        let under = and(&and(&definition.when, &paths.when), &item.when);
                        let pointer = [*property, "paths", path, method]
                            .iter()
                            .fold("/Properties".to_owned(), |pointer, step| model::pointer::below(&pointer, step));
                        let verb = if method.starts_with("x-") { "ANY".to_owned() } else { method.to_uppercase() };
                        for (with_key, when) in needs(scope, body, operation, &whole, &guarded) {
                            let when = and(&when, &under);
                            if !contradict(&when, &when) {
                                let (name, pointer) = (format!("{verb} {path}"), pointer.clone());
                                operations.push(Operation { name, pointer, with_key, when });
                            }
                        }
                    }
                }
            }
        }
    }
    operations
}

/// Returns under which conditions anyone can call an operation, and whether an API key is needed then.
fn needs(scope: Scope<'_>, body: &Node, operation: &Node, whole: &[Found], guarded: &[Found]) -> Vec<(bool, Guards)> {
    let mut found = Vec::new();
    for auth in at(scope, Some(operation), &["x-amazon-apigateway-auth", "type"]) {
        match &auth.seen {
            Seen::Value(kind) if !kind.to_text().eq_ignore_ascii_case("none") => continue,
            _ => {}
        }
        for own in at(scope, Some(operation), &["security"]) {
            let is_own = own.seen != Seen::Absent;
            let lists = if is_own { std::slice::from_ref(&own) } else { whole };
            for list in lists {
                for default in guarded {
                    let mut when = and(&and(&auth.when, &own.when), &and(&list.when, &default.when));
                    // SAM writes an operation without any authorizer as one with the authorizer `NONE`.
                    let is_guarded = default.seen != Seen::Absent && !names_none(&list.seen);
                    match (asked(scope, body, &list.seen), is_guarded) {
                        (_, true) | (Asked::Credentials, _) => {}
                        (Asked::Unknown(what), _) => {
                            when.insert(format!("security {what}"));
                            found.push((false, when));
                        }
                        (Asked::Nothing, _) => found.push((false, when)),
                        (Asked::Key, _) => found.push((true, when)),
                    }
                }
            }
        }
    }
    found
}

fn names_none(security: &Seen) -> bool {
    matches!(security, Seen::Value(list) if list.children().any(|entry| entry.member("NONE").is_some()))
}

/// What a list of requirements asks for.
enum Asked {
    Nothing,
    /// An API key, which is not meant to authorize.
    Key,
    Credentials,
    /// Known only at deployment.
    Unknown(String),
}

fn asked(scope: Scope<'_>, body: &Node, security: &Seen) -> Asked {
    let list = match security {
        Seen::Absent => return Asked::Nothing,
        Seen::Unknown(what) => return Asked::Unknown(what.clone()),
        Seen::Value(list) => list,
    };
    let schemes = [&["components", "securitySchemes"][..], &["securityDefinitions"]];
    let is_key = |name: &String| {
        let scheme = schemes.iter().find_map(|path| body.at(path)?.member(name));
        let is_plain = |scheme: &Node| {
            !["authorizer", "authtype"].iter().any(|key| scheme.member(&format!("x-amazon-apigateway-{key}")).is_some())
        };
        scheme.is_some_and(|scheme| is_plain(scheme) && scheme.member("type").and_then(Node::word) == Some("apiKey"))
    };
    // One entry is enough, and all that it names.
    let mut most = None;
    for entry in at(scope, Some(list), &["*"]) {
        let asked = match &entry.seen {
            Seen::Value(Node::Map(names)) if names.is_empty() || names.contains_key("NONE") => return Asked::Nothing,
            Seen::Value(Node::Map(names)) if names.keys().all(is_key) => Asked::Key,
            Seen::Absent => continue,
            _ => Asked::Credentials,
        };
        most = Some(if matches!(most, Some(Asked::Key)) { Asked::Key } else { asked });
    }
    most.unwrap_or(Asked::Nothing)
}
