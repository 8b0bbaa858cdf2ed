//! What CloudFormation's own schemas say of a resource type: which properties replace it, which lists have no order.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What is known of a type.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResourceSchema {
    /// Pointers below `Properties` whose change creates another resource; an empty one means all.
    #[serde(default)]
    pub(crate) create_only: Vec<String>,
    /// Pointers whose change does so in some cases.
    #[serde(default)]
    pub(crate) conditional: Vec<String>,
    /// Pointers to lists without an order.
    #[serde(default)]
    unordered: Vec<String>,
}

/// `replacement.json`, which `tests/checks/replacement.py` derives.
#[derive(Debug, Deserialize)]
struct Table {
    types: BTreeMap<String, ResourceSchema>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads it too, so that a broken table never gets this far.
    serde_json::from_str(include_str!("replacement.json")).unwrap_or_else(|_| Table { types: BTreeMap::new() })
});

/// What SAM makes of its own types, as far as their properties go.
const SAM: [(&str, &str); 6] = [
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::Application", "AWS::CloudFormation::Stack"),
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
];

/// Returns what is known of a type; None for one that the table does not have.
pub(crate) fn of(resource_type: &str) -> Option<&'static ResourceSchema> {
    TABLE.types.get(deployed_type(resource_type))
}

/// Returns the type that CloudFormation deploys for one of SAM's, and any other as it is.
pub(crate) fn deployed_type(resource_type: &str) -> &str {
    SAM.iter().find(|(sam, _)| *sam == resource_type).map_or(resource_type, |(_, deployed)| deployed)
}

/// Returns the property that names a resource of this type in its account, where another name makes another resource.
pub(crate) fn own_name(resource_type: &str) -> Option<&'static str> {
    let own = format!("{}Name", resource_type.rsplit("::").next().unwrap_or_default());
    let mut top = of(resource_type)?.create_only.iter().filter_map(|pointer| pointer.strip_prefix('/'));
    top.find(|name| *name == "Name" || *name == own)
}

impl ResourceSchema {
    /// Whether the list at a pointer below `Properties`, with `*` for any item of a list, has no order.
    pub(crate) fn is_unordered(&self, path: &str) -> bool {
        self.unordered.iter().any(|pointer| pointer == path)
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
