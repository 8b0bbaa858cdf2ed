//! What CloudFormation's schemas say about a resource type: which properties require replacement, which lists are unordered,
//! which properties are IAM policies and roles.

use std::sync::LazyLock;

/// The table that `tests/checks/replacement.py` generates: a line for each type, sorted by type.
const TABLE: &str = include_str!("schemas.txt");

/// The lines of the table by type. Nothing is read before the first question.
static TYPES: LazyLock<Vec<(&str, ResourceSchema)>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let split = |line: &'static str| line.split_once(' ').unwrap_or((line, ""));
    lines.map(split).map(|(name, facts)| (name, ResourceSchema(facts))).collect()
});

/// The schema of a resource type, as far as a comparison needs it: a line of [`TABLE`] after the type, which is a list of
/// `key=pointer,pointer`. The default is the schema of an unknown type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResourceSchema(&'static str);

/// The CloudFormation types whose properties SAM's types share. Of a connector, it is the policy that carries most of it.
const SAM: [(&str, &str); 14] = [
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::Application", "AWS::CloudFormation::Stack"),
    ("AWS::Serverless::CapacityProvider", "AWS::Lambda::CapacityProvider"),
    ("AWS::Serverless::Connector", "AWS::IAM::ManagedPolicy"),
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::GraphQLApi", "AWS::AppSync::GraphQLApi"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion"),
    ("AWS::Serverless::MicrovmImage", "AWS::Lambda::MicrovmImage"),
    ("AWS::Serverless::NetworkConnector", "AWS::Lambda::NetworkConnector"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
    ("AWS::Serverless::WebFunction", "AWS::Lambda::Function"),
    ("AWS::Serverless::WebSocketApi", "AWS::ApiGatewayV2::Api"),
];

/// Returns the schema of a type; `None` if the table does not have it.
pub(crate) fn of(resource_type: &str) -> Option<ResourceSchema> {
    let found = TYPES.binary_search_by_key(&deployed_type(resource_type), |(name, _)| name).ok()?;
    TYPES.get(found).map(|(_, schema)| *schema)
}

/// Returns the CloudFormation type of a SAM type; other types are returned unchanged.
pub(crate) fn deployed_type(resource_type: &str) -> &str {
    SAM.iter().find(|(sam, _)| *sam == resource_type).map_or(resource_type, |(_, deployed)| deployed)
}

/// Returns the property that sets a custom name for a resource of this type, if changing it requires replacement.
pub(crate) fn own_name(resource_type: &str) -> Option<&'static str> {
    of(resource_type)?.pointers("name").next()?.strip_prefix('/')
}

/// Returns every type of the table with the pointers below `Properties` that it knows, and whether each is a policy.
pub fn schema_facts() -> Vec<(String, Vec<(String, bool)>)> {
    let facts = |(name, schema): &(&str, ResourceSchema)| {
        let others = ["create", "conditional", "unordered", "statements", "roles"];
        let others = others.iter().flat_map(|key| schema.pointers(key)).filter(|pointer| *pointer != "*");
        let policies = schema.pointers("policies").map(|pointer| (pointer.to_owned(), true));
        let all = others.map(|pointer| (pointer.to_owned(), false)).chain(policies).collect();
        ((*name).to_owned(), all)
    };
    TYPES.iter().map(facts).collect()
}

impl ResourceSchema {
    /// Returns the pointers below `Properties` whose change requires replacement; `*` means all.
    pub(crate) fn create_only(self) -> impl Iterator<Item = &'static str> {
        self.pointers("create")
    }

    /// Returns the pointers whose change requires replacement in some cases.
    pub(crate) fn conditional(self) -> impl Iterator<Item = &'static str> {
        self.pointers("conditional")
    }

    /// Returns the properties that identify a resource of the type, among them its own name; none if only an identifier that
    /// the service sets does.
    pub(crate) fn key(self) -> impl Iterator<Item = &'static str> {
        self.pointers("key")
    }

    /// Whether the list at a pointer below `Properties` is unordered; `*` matches any list item.
    pub(crate) fn is_unordered(self, path: &str) -> bool {
        self.has("unordered", path)
    }

    /// Whether the value at a pointer below `Properties` is an IAM policy document; `*` matches any list item.
    pub(crate) fn is_policy(self, path: &str) -> bool {
        self.has("policies", path)
    }

    /// Whether the value at a pointer below `Properties` is a single statement of IAM; `*` matches any list item.
    pub(crate) fn is_statement(self, path: &str) -> bool {
        self.has("statements", path)
    }

    /// Whether the value at a pointer below `Properties` is a role or an instance profile that the resource assumes or
    /// passes on; `None` if the table has no such property of the type. `*` matches any list item.
    pub(crate) fn is_role(self, path: &str) -> Option<bool> {
        self.pointers("roles").next().map(|_| self.has("roles", path))
    }

    /// Whether the type supports `DeletionPolicy: Snapshot`.
    pub(crate) fn has_snapshots(self) -> bool {
        self.0.split(' ').any(|word| word == "snapshot")
    }

    fn pointers(self, key: &str) -> impl Iterator<Item = &'static str> {
        let list = self.0.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        list.into_iter().flat_map(|list| list.split(','))
    }

    /// Whether a pointer of the table fits a path.
    fn has(self, key: &str, path: &str) -> bool {
        self.pointers(key).any(|pointer| fits(pointer, path))
    }
}

/// Whether a pointer fits a path. Its `*` fits any step: an item of a list or a key of a map.
fn fits(pointer: &str, path: &str) -> bool {
    let (mut known, mut steps) = (pointer.split('/'), path.split('/'));
    loop {
        match (known.next(), steps.next()) {
            (None, None) => return true,
            (Some(known), Some(step)) if known == step || known == "*" => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 8] = ["create", "conditional", "unordered", "policies", "statements", "roles", "name", "key"];

    fn types() -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split_once(' ').unwrap_or((line, "")))
    }

    #[test]
    fn the_table_is_sorted_and_each_type_is_found() {
        assert!(types().map(|(name, _)| name).is_sorted_by(|a, b| a < b));
        assert!(types().count() > 1800);
        for (name, facts) in types() {
            assert_eq!(of(name), Some(ResourceSchema(facts)), "{name}");
            let (before, after) = (&name[..name.len() - 1], format!("{name}0"));
            assert_eq!(of(before).is_some(), types().any(|(other, _)| other == before), "{before}");
            assert_eq!(of(&after), None, "{after}");
        }
        assert_eq!(of(""), None);
    }

    #[test]
    fn each_line_of_the_table_is_read() {
        for (name, facts) in types() {
            let words = facts.split(' ').filter(|word| !word.is_empty() && *word != "snapshot");
            for (key, list) in words.map(|word| word.split_once('=').unwrap_or((word, ""))) {
                assert!(KEYS.contains(&key), "{name} {key}");
                let fits = |pointer: &str| pointer.starts_with('/') || (key, pointer) == ("create", "*");
                assert!(list.split(',').all(fits), "{name} {key}");
            }
        }
    }

    #[test]
    fn facts() {
        let schema = |name| of(name).unwrap();
        assert!(schema("AWS::IAM::Role").is_policy("/Policies/*/PolicyDocument"));
        assert!(schema("AWS::KMS::Key").is_policy("/KeyPolicy"));
        assert!(!schema("AWS::WAFv2::WebACL").is_policy("/Rules/*/Statement"));
        assert!(!schema("AWS::WAFv2::WebACL").is_policy("/Rules/*"));
        assert!(!schema("AWS::SQS::Queue").is_policy("/RedrivePolicy"));
        assert!(!schema("AWS::SNS::Subscription").is_policy("/FilterPolicy"));
        assert!(!schema("AWS::EC2::VerifiedAccessGroup").is_policy("/PolicyDocument"));
        assert!(schema("AWS::Events::EventBusPolicy").is_statement("/Statement"));
        assert!(!schema("AWS::Events::EventBusPolicy").is_policy("/Statement"));
        assert_eq!(schema("AWS::Cognito::IdentityPoolRoleAttachment").is_role("/Roles/authenticated"), Some(true));
        assert_eq!(schema("AWS::EC2::Instance").is_role("/IamInstanceProfile"), Some(true));
        assert!(schema("AWS::ECS::TaskDefinition").is_unordered("/ContainerDefinitions/*/Environment"));
        assert!(!schema("AWS::ECS::TaskDefinition").is_unordered("/ContainerDefinitions/*/Command"));
        assert!(!schema("AWS::Glue::Table").is_unordered("/TableInput/StorageDescriptor/Columns"));
        assert!(schema("AWS::RDS::DBInstance").has_snapshots());
        assert!(!schema("AWS::S3::Bucket").has_snapshots());
        for (kind, name) in [
            ("AWS::EC2::SecurityGroup", Some("GroupName")),
            ("AWS::RDS::DBInstance", Some("DBInstanceIdentifier")),
            ("AWS::DynamoDB::GlobalTable", Some("TableName")),
            ("AWS::SecretsManager::Secret", Some("Name")),
            ("AWS::Serverless::SimpleTable", Some("TableName")),
            ("AWS::S3::BucketPolicy", None),
            ("AWS::EC2::VPC", None),
        ] {
            assert_eq!(own_name(kind), name, "{kind}");
        }
    }

    #[test]
    fn a_key_has_the_name_and_nothing_that_the_service_sets() {
        for (name, key) in [
            ("AWS::RDS::DBInstance", vec!["/DBInstanceIdentifier"]),
            ("AWS::ApiGateway::Stage", vec!["/RestApiId", "/StageName"]),
            ("AWS::Macie::CustomDataIdentifier", vec![]),
            ("AWS::EC2::VPC", vec![]),
        ] {
            assert_eq!(of(name).unwrap().key().collect::<Vec<_>>(), key, "{name}");
        }
        for (name, _) in types() {
            let schema = of(name).unwrap();
            let has_name = |own| schema.key().any(|pointer| pointer.strip_prefix('/') == Some(own));
            assert!(schema.key().next().is_none() || own_name(name).is_some_and(has_name), "{name}");
        }
    }

    #[test]
    fn a_sam_type_is_deployed_as_a_known_type() {
        for (sam, deployed) in SAM {
            assert!(of(deployed).is_some(), "{deployed}");
            assert_eq!(of(sam), of(deployed), "{sam}");
        }
    }
}
