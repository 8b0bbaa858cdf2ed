//! Permissions that are written without a policy document: those of functions, layers and event buses, shares, bucket ACLs.

use serde_json::{Map, Value, json};

use super::collect::{Collector, Place, bare};
use super::grant::Permission;
use super::same;
use crate::compare::report::Grant;
use crate::template::guard::{Guards, and};
use crate::template::node::Node;
use crate::template::normal::plain;
use crate::template::stack::DeployedResource;
use crate::template::statement::Term;

/// Resources that share something: type, properties with who gets it, what they may do, and on what. An action without a
/// property of its own is written out, and so is nothing for the resource itself.
const SHARES: [(&str, &str, &str, &str); 19] = [
    ("AWS::Cognito::UserPoolUserToGroupAttachment", "Username", "cognito-idp:group", "GroupName"),
    ("AWS::EC2::VPCEndpointServicePermissions", "AllowedPrincipals", "vpce:connect", "ServiceId"),
    ("AWS::EKS::AccessEntry", "PrincipalArn", "AccessPolicies", "ClusterName"),
    ("AWS::EKS::AccessEntry", "PrincipalArn", "KubernetesGroups", "ClusterName"),
    ("AWS::IAM::OIDCProvider", "ClientIdList", "sts:AssumeRoleWithWebIdentity", "Url"),
    ("AWS::IAM::OIDCProvider", "ThumbprintList", "sts:AssumeRoleWithWebIdentity", "Url"),
    ("AWS::IdentityStore::GroupMembership", "MemberId", "identitystore:group", "GroupId"),
    ("AWS::LakeFormation::DataLakeSettings", "Admins", "lakeformation:*", ""),
    ("AWS::LakeFormation::DataLakeSettings", "ReadOnlyAdmins", "lakeformation:Get*", ""),
    ("AWS::LakeFormation::DataLakeSettings", "ExternalDataFilteringAllowList", "lakeformation:GetDataAccess", ""),
    ("AWS::LakeFormation::Permissions", "DataLakePrincipal", "Permissions", "Resource"),
    ("AWS::LakeFormation::Permissions", "DataLakePrincipal", "PermissionsWithGrantOption", "Resource"),
    ("AWS::LakeFormation::PrincipalPermissions", "Principal", "Permissions", "Resource"),
    ("AWS::LakeFormation::PrincipalPermissions", "Principal", "PermissionsWithGrantOption", "Resource"),
    ("AWS::RAM::ResourceShare", "Principals", "ram:share", "ResourceArns"),
    ("AWS::S3::AccessGrant", "Grantee", "Permission", "AccessGrantsLocationId"),
    ("AWS::SSO::Assignment", "PrincipalId", "PermissionSetArn", "TargetId"),
    ("AWS::ServiceCatalog::PortfolioPrincipalAssociation", "PrincipalARN", "servicecatalog:launch", "PortfolioId"),
    ("AWS::ServiceCatalog::PortfolioShare", "AccountId", "servicecatalog:import", "PortfolioId"),
];

/// What a canned ACL of a bucket allows to whom beside its owner.
const ACLS: [(&str, &str, &[&str]); 6] = [
    ("PublicRead", "*", &["s3:ListBucket", "s3:GetObject"]),
    ("PublicReadWrite", "*", &["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
    ("AuthenticatedRead", "any AWS account", &["s3:ListBucket", "s3:GetObject"]),
    ("AwsExecRead", "Service:ec2.amazonaws.com", &["s3:GetObject"]),
    ("LogDeliveryWrite", "Service:logging.s3.amazonaws.com", &["s3:PutObject"]),
    ("BucketOwnerRead", "bucket owner", &["s3:GetObject"]),
];

impl Collector<'_> {
    /// Adds the permissions of a resource that has no policy document; false if it is not such a resource.
    pub(super) fn other_notation(&mut self, own: &str, resource: &DeployedResource, guards: &Guards) -> bool {
        let written = &resource.written;
        match resource.resource_type.as_str() {
            "AWS::Lambda::Permission" => {
                let conditions = [
                    ("SourceArn", "ArnLike", "aws:SourceArn"),
                    ("SourceAccount", "StringEquals", "aws:SourceAccount"),
                    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
                    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
                    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
                    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
                ];
                self.bare_statement(own, written, "FunctionName", &conditions, guards);
            }
            "AWS::Lambda::LayerVersionPermission" => {
                let conditions = [("OrganizationId", "StringEquals", "aws:PrincipalOrgID")];
                self.bare_statement(own, written, "LayerVersionArn", &conditions, guards);
            }
            "AWS::Events::EventBusPolicy" => self.event_bus(own, written, guards),
            "AWS::S3::Bucket" => {
                for (acl, more) in self.words(written, "AccessControl") {
                    for (_, who, actions) in ACLS.iter().filter(|(name, ..)| *name == acl) {
                        for action in *actions {
                            self.share(own, (*who).to_owned(), (*action).to_owned(), own, and(&more, guards));
                        }
                    }
                }
                return false;
            }
            kind => {
                self.other_language(own, resource, guards);
                let rows: Vec<_> = SHARES.iter().filter(|(share, ..)| *share == kind).collect();
                for (_, who, what, on) in &rows {
                    self.shares(own, written, [who, what, on], guards);
                }
                return !rows.is_empty();
            }
        }
        true
    }

    /// Adds a statement whose elements are properties.
    fn bare_statement(
        &mut self,
        own: &str,
        written: &Map<String, Value>,
        on: &str,
        keys: &[(&str, &str, &str)],
        guards: &Guards,
    ) {
        let mut conditions = Map::new();
        for (key, operator, condition) in keys {
            let Some(value) = written.get(*key) else { continue };
            let keys = conditions.entry(*operator).or_insert_with(|| json!({}));
            keys[*condition] = self.known.value(value);
        }
        let targets = self.words(written, on);
        for (who, more) in self.each(written, "Principal") {
            if self.excess().is_some() || !self.known.budget.steps(targets.len()) {
                return;
            }
            for (target, under) in &targets {
                let place = Place {
                    id: own,
                    holder: own,
                    attached: bare(target),
                    limits: false,
                    organization: false,
                    undivided: true,
                };
                let statement = json!({
                    "Effect": "Allow", "Principal": principal(&who), "Action": self.value_of(written, "Action"),
                    "Resource": "*", "Condition": conditions,
                });
                self.statement(&place, &statement, true, &and(&and(&more, under), guards));
            }
        }
    }

    fn value_of(&self, written: &Map<String, Value>, key: &str) -> Value {
        written.get(key).map(|value| self.known.value(value)).unwrap_or_default()
    }

    /// Adds a statement of an event bus, in its form of today and in the older one.
    fn event_bus(&mut self, own: &str, written: &Map<String, Value>, guards: &Guards) {
        let bus = self.words(written, "EventBusName");
        let bus = if bus.is_empty() { vec![("default".to_owned(), Guards::new())] } else { bus };
        let mut older = json!({"Effect": "Allow", "Action": self.value_of(written, "Action"), "Resource": "*"});
        if let Some(who) = written.get("Principal") {
            older["Principal"] = principal(&self.known.value(who));
        }
        let condition = self.value_of(written, "Condition");
        if let (Some(kind), Some(key)) = (condition["Type"].as_str(), condition["Key"].as_str()) {
            older["Condition"] = json!({kind: {key: condition["Value"]}});
        } else if !condition.is_null() {
            older["Condition"] = condition;
        }
        for (bus, more) in bus {
            let place = Place {
                id: own,
                holder: own,
                attached: bare(&bus),
                limits: false,
                organization: false,
                undivided: true,
            };
            let all = and(&more, guards);
            match written.get("Statement").map(|statement| self.known.value(statement)) {
                Some(statement) => self.without_document(&place, statement, &all),
                None => self.statement(&place, &older, true, &all),
            }
        }
    }

    /// Adds a statement that has no document around it, as an object or as text.
    pub(super) fn without_document(&mut self, place: &Place<'_>, statement: Value, guards: &Guards) {
        let statement = match &statement {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(statement) => statement,
                Err(_) => return self.unread(place, &statement, guards),
            },
            _ => statement,
        };
        self.document(place, &document(&statement), guards);
    }

    /// Adds what a resource shares: each principal with each action on each thing.
    fn shares(&mut self, own: &str, written: &Map<String, Value>, keys: [&str; 3], guards: &Guards) {
        let [who, what, on] = keys;
        let actions =
            if what.contains(':') { vec![(what.to_owned(), Guards::new())] } else { self.words(written, what) };
        let itself = || vec![(own.to_owned(), Guards::new())];
        let things = if on.is_empty() { itself() } else { self.words(written, on) };
        let with_grants = what.ends_with("WithGrantOption");
        for (who, by_who) in self.each(written, who) {
            let who = plain(who.get("DataLakePrincipalIdentifier").unwrap_or(&who)).to_text();
            if self.excess().is_some() || !self.known.budget.steps(actions.len().saturating_mul(things.len())) {
                return;
            }
            for (action, by_action) in &actions {
                for (thing, by_thing) in &things {
                    let all = and(&and(&and(&by_who, by_action), by_thing), guards);
                    let action = if with_grants { format!("grant {action}") } else { action.clone() };
                    self.share(own, aws(&who), action, bare(thing), all);
                }
            }
        }
    }

    /// Adds the actions that a list such as `Permissions` gives to a principal.
    pub(super) fn named(&mut self, place: &Place<'_>, who: &Value, actions: &Value, guards: &Guards) {
        let map = Map::from_iter([("Principal".to_owned(), who.clone()), ("Actions".to_owned(), actions.clone())]);
        let actions = self.words(&map, "Actions");
        for (who, by_who) in self.words(&map, "Principal") {
            if self.excess().is_some() || !self.known.budget.steps(actions.len()) {
                return;
            }
            for (action, by_action) in actions.clone() {
                self.share(place.id, aws(&who), action, place.attached, and(&and(&by_who, &by_action), guards));
            }
        }
    }

    fn share(&mut self, own: &str, who: String, action: String, on: &str, only_if: Guards) {
        let permission = Permission {
            grant: Grant::Allow,
            attached: on.to_owned(),
            principal: Term::One(who),
            action: Term::One(action),
            resource: Term::One("*".to_owned()),
            condition: Node::Null,
            only_if,
        };
        self.add(own, permission);
    }
}

fn document(statement: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statement})
}

/// Writes an account or an ARN as a policy does.
fn aws(who: &str) -> String {
    let is_account = who.len() == 12 && who.bytes().all(|digit| digit.is_ascii_digit());
    if is_account || who.starts_with("arn:") { same::principal(format!("AWS:{who}")) } else { who.to_owned() }
}

/// Returns the `Principal` of a statement for a word: everyone, a service, or an account or ARN.
fn principal(who: &Value) -> Value {
    let word = plain(who).to_text();
    if word == "*" || who.is_object() && !word.starts_with("${") && !who.get("Fn::Sub").is_some_and(Value::is_string) {
        return who.clone();
    }
    let kind = if word.contains(".amazonaws.com") || word.ends_with(".amazon.com") { "Service" } else { "AWS" };
    json!({ kind: who })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::compare::report::AccessChange;
    use crate::compare::{Side, diff};

    fn directions(kind: &str, old: &Value, new: &Value) -> Vec<AccessChange> {
        let side = |properties: &Value| {
            let template = json!({"Resources": {"R": {"Type": kind, "Properties": properties}}});
            Side { template, ..Side::default() }
        };
        diff(&side(old), &side(new)).permissions.iter().map(|change| change.direction).collect()
    }

    /// Each property that limits a permission of a function is a condition: without it, more may call the function.
    #[test]
    fn what_limits_a_permission_of_a_function_is_its_condition() {
        for (limit, value) in [
            ("SourceArn", json!("arn:aws:sns:eu-west-1:111122223333:t")),
            ("SourceAccount", json!("111122223333")),
            ("EventSourceToken", json!("token")),
            ("PrincipalOrgID", json!("o-1")),
            ("FunctionUrlAuthType", json!("AWS_IAM")),
            ("InvokedViaFunctionUrl", json!(true)),
        ] {
            let free = json!({"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "*"});
            let mut limited = free.clone();
            limited[limit] = value;
            let kind = "AWS::Lambda::Permission";
            assert_eq!(directions(kind, &limited, &free), [AccessChange::Widened], "{limit}");
        }
    }

    /// What CloudFormation refuses is compared as it is written.
    #[test]
    fn a_choice_without_two_branches_is_kept_as_written() {
        for choice in [json!({"Fn::If": ["C", "a"]}), json!([]), json!("C"), json!(["C", "a", "b", "c"])] {
            let of = |id: &str| json!({"ImageId": id, "PolicyDocument": {"Fn::If": choice}});
            assert_eq!(directions("AWS::EC2::Instance", &of("a"), &of("b")), []);
        }
    }

    /// A statement without a document is read as an object and as text.
    #[test]
    fn a_bare_statement_is_read() {
        let permission = |actions: Value, is_text: bool| {
            let statement = json!({"Effect": "Allow", "Action": actions});
            json!({"PolicyTemplate": if is_text { json!(statement.to_string()) } else { statement }})
        };
        for is_text in [false, true] {
            let (one, both) = (permission(json!(["a:B"]), is_text), permission(json!(["a:C", "a:B"]), is_text));
            assert_eq!(directions("AWS::RAM::Permission", &one, &both), [AccessChange::Widened]);
            assert_eq!(directions("AWS::RAM::Permission", &both, &permission(json!(["a:B", "a:C"]), !is_text)), []);
        }
    }
}
