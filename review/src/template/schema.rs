//! What CloudFormation's schemas say about a resource type: which properties require replacement, which lists are unordered.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The schema of a resource type, as far as a comparison needs it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResourceSchema {
    /// Pointers below `Properties` whose change requires replacement; an empty pointer means all.
    #[serde(default)]
    pub(crate) create_only: Vec<String>,
    /// Pointers whose change requires replacement in some cases.
    #[serde(default)]
    pub(crate) conditional: Vec<String>,
    /// Pointers to unordered lists.
    #[serde(default)]
    unordered: Vec<String>,
    /// Pointers to IAM policy documents.
    #[serde(default)]
    policies: Vec<String>,
    /// Pointers to roles that the resource assumes or passes on.
    #[serde(default)]
    roles: Vec<String>,
}

/// The contents of `replacement.json`, which `tests/checks/replacement.py` generates.
#[derive(Debug, Deserialize)]
struct Table {
    types: BTreeMap<String, ResourceSchema>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads it too, so a broken table never gets this far.
    serde_json::from_str(include_str!("replacement.json")).unwrap_or_else(|_| Table { types: BTreeMap::new() })
});

/// The CloudFormation types whose properties SAM's types share.
const SAM: [(&str, &str); 6] = [
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::Application", "AWS::CloudFormation::Stack"),
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
];

/// Returns the schema of a type; `None` if the table does not have it.
pub(crate) fn of(resource_type: &str) -> Option<&'static ResourceSchema> {
    TABLE.types.get(deployed_type(resource_type))
}

/// Returns the CloudFormation type of a SAM type; other types are returned unchanged.
pub(crate) fn deployed_type(resource_type: &str) -> &str {
    SAM.iter().find(|(sam, _)| *sam == resource_type).map_or(resource_type, |(_, deployed)| deployed)
}

/// Returns the property that sets a custom name for a resource of this type, if changing it requires replacement.
pub(crate) fn own_name(resource_type: &str) -> Option<&'static str> {
    let own = format!("{}Name", resource_type.rsplit("::").next().unwrap_or_default());
    let mut top = of(resource_type)?.create_only.iter().filter_map(|pointer| pointer.strip_prefix('/'));
    top.find(|name| *name == "Name" || *name == own)
}

impl ResourceSchema {
    /// Whether the list at a pointer below `Properties` is unordered; `*` matches any list item.
    pub(crate) fn is_unordered(&self, path: &str) -> bool {
        self.unordered.iter().any(|pointer| pointer == path)
    }

    /// Whether the value at a pointer below `Properties` is an IAM policy document; `*` matches any list item.
    pub(crate) fn is_policy(&self, path: &str) -> bool {
        self.policies.iter().any(|pointer| pointer == path)
    }

    /// Returns the pointers below `Properties` to roles that a resource assumes or passes on, with `*` for any list item.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(TABLE.types.len() > 50);
    }
}
