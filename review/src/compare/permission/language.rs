//! Access that is written in another language than IAM's: Cedar, rules of `OpenSearch` Serverless, trust in certificates.

use serde_json::{Map, Value, json};

use super::collect::{Collector, Place, bare};
use super::grant::Permission;
use crate::compare::report::Grant;
use crate::template::guard::{Guards, and, expanded};
use crate::template::node::Node;
use crate::template::normal::plain;
use crate::template::stack::DeployedResource;
use crate::template::statement::Term;

/// Switches that let somebody do something while they are on: type, property, who, what, and the property with more about who
/// it is. IAM Roles Anywhere does not document whether what it creates is enabled by default.
const SWITCHES: [(&str, &str, &str, &str, &str); 4] = [
    (
        "AWS::RolesAnywhere::TrustAnchor",
        "Enabled",
        "holders of its certificates",
        "rolesanywhere:CreateSession",
        "Source",
    ),
    ("AWS::RolesAnywhere::Profile", "Enabled", "holders of certificates", "rolesanywhere:CreateSession", "RoleArns"),
    (
        "AWS::LakeFormation::DataLakeSettings",
        "AllowExternalDataFiltering",
        "query engines of others",
        "lakeformation:GetDataAccess",
        "AuthorizedSessionTagValueList",
    ),
    (
        "AWS::LakeFormation::DataLakeSettings",
        "AllowFullTableExternalDataAccess",
        "query engines of others, without session tags",
        "lakeformation:GetDataAccess",
        "",
    ),
];

/// Policies in Cedar: type, the way to the text, the property with what they are attached to. A template is also a policy: what
/// is linked to it need not be in the CloudFormation template.
const CEDAR: [(&str, &[&str], &str); 5] = [
    ("AWS::VerifiedPermissions::Policy", &["Definition", "Static", "Statement"], "PolicyStoreId"),
    ("AWS::VerifiedPermissions::PolicyTemplate", &["Statement"], "PolicyStoreId"),
    ("AWS::BedrockAgentCore::Policy", &["Definition", "Cedar", "Statement"], "PolicyEngineId"),
    ("AWS::EC2::VerifiedAccessEndpoint", &["PolicyDocument"], ""),
    ("AWS::EC2::VerifiedAccessGroup", &["PolicyDocument"], ""),
];

impl Collector<'_> {
    /// Adds the access that a resource gives in another language than IAM's.
    pub(super) fn other_language(&mut self, own: &str, resource: &DeployedResource, guards: &Guards) {
        let written = &resource.written;
        let kind = resource.resource_type.as_str();
        for (_, switch, who, action, about) in SWITCHES.iter().filter(|(known, ..)| *known == kind) {
            let about = written.get(*about).map(|about| self.known.value(about)).unwrap_or_default();
            let mut on = self.words(written, switch);
            if on.is_empty() && *switch == "Enabled" {
                on.push(("true".to_owned(), Guards::from([format!("{switch} by default")])));
            }
            for (state, more) in on.into_iter().filter(|(state, _)| !state.eq_ignore_ascii_case("false")) {
                // The value of a parameter may be either.
                let unless = (!state.eq_ignore_ascii_case("true")).then(|| format!("{state} is true"));
                let only_if = and(&and(&more, guards), &unless.into_iter().collect());
                let condition = if about.is_null() { Node::Null } else { plain(&about) };
                self.give(own, Grant::Allow, own, (*who).to_owned(), (*action, "*"), condition, only_if);
            }
        }
        for (_, path, on) in CEDAR.iter().filter(|(known, ..)| *known == kind) {
            let on = self.words(written, on).into_iter().next().map_or_else(|| own.to_owned(), |(on, _)| on);
            let whole = self.known.value(&Value::Object(written.clone()));
            for (text, more) in at(&whole, path) {
                self.cedar(own, bare(&on), &text, &Node::Null, &and(&more, guards));
            }
            for (link, more) in at(&whole, &["Definition", "TemplateLinked"]) {
                self.linked(own, bare(&on), &link, &and(&more, guards));
            }
        }
        match kind {
            "AWS::OpenSearchServerless::AccessPolicy" => self.rules(own, written, guards, &|entry| {
                entry
                    .get("Principal")
                    .map(expanded)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(who, _)| who.clone())
                    .collect()
            }),
            "AWS::OpenSearchServerless::SecurityPolicy" => self.rules(own, written, guards, &|entry| {
                let mut who: Vec<Value> = ["SourceVPCEs", "SourceServices"]
                    .iter()
                    .flat_map(|key| entry.get(*key).and_then(Value::as_array).cloned().unwrap_or_default())
                    .collect();
                if entry.get("AllowFromPublic") == Some(&json!(true)) {
                    who.push(json!("the internet"));
                }
                who
            }),
            "AWS::LakeFormation::DataLakeSettings" => {
                for (key, on) in [
                    ("CreateDatabaseDefaultPermissions", "new databases"),
                    ("CreateTableDefaultPermissions", "new tables"),
                ] {
                    for (entry, more) in self.each(written, key) {
                        let place = Place { attached: on, ..inside(own) };
                        let part = |key: &str| entry.get(key).cloned().unwrap_or_default();
                        let who = part("Principal");
                        let who = who.get("DataLakePrincipalIdentifier").unwrap_or(&who);
                        self.named(&place, who, &part("Permissions"), &and(&more, guards));
                    }
                }
            }
            _ => {}
        }
    }

    /// Adds a policy in Cedar. What a text with several policies does, nobody can say without reading them together.
    fn cedar(&mut self, own: &str, store: &str, text: &Value, link: &Node, guards: &Guards) {
        let text = plain(text).to_text();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(grant) = effect(&text) else {
            return self.unread(&Place { attached: store, ..inside(own) }, &json!(text), guards);
        };
        let condition = match link {
            Node::Null => Node::Text(text),
            link => Node::List(vec![Node::Text(text), link.clone()]),
        };
        let action = ("verifiedpermissions:IsAuthorized", "*");
        self.give(own, grant, store, "users".to_owned(), action, condition, guards.clone());
    }

    /// Adds a policy that is linked to a template of Verified Permissions.
    fn linked(&mut self, own: &str, store: &str, link: &Value, guards: &Guards) {
        let template = plain(&link["PolicyTemplateId"]).to_text();
        let here = self.resources.get(bare(&template)).and_then(|template| template.written.get("Statement"));
        match here.map(|statement| self.known.value(statement)) {
            Some(statement) => self.cedar(own, store, &statement, &plain(link), guards),
            None => self.unread(&Place { attached: store, ..inside(own) }, link, guards),
        }
    }

    /// Adds the rules of a policy of `OpenSearch` Serverless: who may do what on which collections and indexes, or connect to them.
    fn rules(
        &mut self,
        own: &str,
        written: &Map<String, Value>,
        guards: &Guards,
        principals: &dyn Fn(&Value) -> Vec<Value>,
    ) {
        for (policy, more) in self.each(written, "Policy") {
            let all = and(&more, guards);
            let text = policy.as_str().or_else(|| policy.get("Fn::Sub")?.as_str());
            let Some(entries) = text.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
                self.unread(&inside(own), &policy, &all);
                continue;
            };
            for entry in entries.as_array().into_iter().flatten() {
                for who in principals(entry) {
                    let who = plain(&who).to_text();
                    for rule in entry["Rules"].as_array().into_iter().flatten() {
                        let list = |key: &str| rule[key].as_array().cloned().unwrap_or_default();
                        let actions = list("Permission");
                        let actions = if actions.is_empty() { vec![json!("aoss:Connect")] } else { actions };
                        let things = list("Resource");
                        if !self.known.budget.steps(actions.len().saturating_mul(things.len())) {
                            return;
                        }
                        for action in &actions {
                            for thing in &things {
                                let (action, thing) = (plain(action).to_text(), plain(thing).to_text());
                                let who = bare(&who).to_owned();
                                self.give(own, Grant::Allow, "", who, (&action, &thing), Node::Null, all.clone());
                            }
                        }
                    }
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the elements of a permission")]
    fn give(
        &mut self,
        own: &str,
        grant: Grant,
        on: &str,
        who: String,
        (action, resource): (&str, &str),
        condition: Node,
        only_if: Guards,
    ) {
        let permission = Permission {
            grant,
            attached: on.to_owned(),
            principal: Term::One(who),
            action: Term::One(action.to_owned()),
            resource: Term::One(resource.to_owned()),
            condition,
            only_if,
        };
        self.add(own, permission);
    }
}

fn inside(own: &str) -> Place<'_> {
    Place { id: own, holder: own, attached: "", limits: false, organization: false, undivided: true }
}

/// Returns the values at a path, each under its conditions.
fn at(value: &Value, path: &[&str]) -> Vec<(Value, Guards)> {
    let Some((key, rest)) = path.split_first() else {
        return expanded(value).into_iter().map(|(value, guards)| (value.clone(), guards)).collect();
    };
    let mut found = Vec::new();
    for (value, guards) in expanded(value) {
        let inner = value.get(*key).map(|inner| at(inner, rest)).unwrap_or_default();
        found.extend(inner.into_iter().map(|(value, more)| (value, and(&more, &guards))));
    }
    found
}

/// Returns what a Cedar policy does; `None` for several, and for what is not one.
fn effect(text: &str) -> Option<Grant> {
    let mut rest = text;
    while let Some(annotation) = rest.strip_prefix('@') {
        rest = annotation.split_once(')')?.1.trim_start();
    }
    let single = rest.trim_end().trim_end_matches(';');
    let is_one = !single.contains("; permit") && !single.contains("; forbid") && !single.contains("//");
    let grant = match rest.split(['(', ' ']).next()? {
        "permit" => Grant::Allow,
        "forbid" => Grant::Deny,
        _ => return None,
    };
    is_one.then_some(grant)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::compare::report::AccessChange;
    use crate::compare::{Side, diff};

    fn directions(kind: &str, old: &Value, new: &Value) -> Vec<AccessChange> {
        let side = |properties: &Value| {
            let other = json!({"Type": "AWS::VerifiedPermissions::Policy", "Properties": {"PolicyStoreId": "s",
                "Definition": {"Static": {"Statement": "permit(principal, action == Action::\"x\", resource);"}}}});
            let mut resources = json!({"Other": other});
            if !properties.is_null() {
                resources["R"] = json!({"Type": kind, "Properties": properties});
            }
            Side { template: json!({"Resources": resources}), ..Side::default() }
        };
        diff(&side(old), &side(new)).permissions.iter().map(|change| change.direction).collect()
    }

    /// Each way to give access: what gives more widens, the way back narrows, and what stays changes nothing.
    #[test]
    fn more_access_widens_and_less_narrows() {
        use AccessChange::{Narrowed, Widened};
        let policy =
            |statement: &str| json!({"PolicyStoreId": "s", "Definition": {"Static": {"Statement": statement}}});
        let access = |principals: Value, actions: Value, resources: Value| {
            let rules = [json!({"Rules": [{"ResourceType": "index", "Resource": resources, "Permission": actions}],
                "Principal": principals})];
            json!({"Type": "data", "Policy": json!(rules).to_string()})
        };
        let network = |resources: Value, open: bool| {
            let rules = json!([{"Rules": [{"ResourceType": "collection", "Resource": resources}], "AllowFromPublic": open,
                "SourceVPCEs": ["vpce-1"]}]);
            json!({"Type": "network", "Policy": rules.to_string()})
        };
        let anchor = |enabled: Value| json!({"Source": {"SourceType": "AWS_ACM_PCA"}, "Enabled": enabled});
        let admin = |names: Value| {
            let admins: Vec<Value> =
                names.as_array().unwrap().iter().map(|name| json!({"DataLakePrincipalIdentifier": name})).collect();
            json!({ "Admins": admins })
        };
        let defaults = |actions: Value| json!({"CreateTableDefaultPermissions": [{"Principal": {"DataLakePrincipalIdentifier": "p"}, "Permissions": actions}]});
        let shared = |key: &str, words: Value| json!({"Principal": {"DataLakePrincipalIdentifier": "p"}, "Resource": {"Table": {"Name": "t"}}, key: words});
        let (all, one) = (json!(["index/a/*"]), json!(["index/a/b"]));
        for (kind, less, more) in [
            ("AWS::VerifiedPermissions::Policy", json!(null), policy("permit(principal, action, resource);")),
            (
                "AWS::VerifiedPermissions::Policy",
                policy("@id(\"a\") forbid (principal, action, resource);"),
                json!(null),
            ),
            (
                "AWS::OpenSearchServerless::AccessPolicy",
                json!(null),
                access(json!(["p"]), json!(["aoss:*"]), all.clone()),
            ),
            (
                "AWS::OpenSearchServerless::AccessPolicy",
                access(json!(["p"]), json!(["aoss:ReadDocument"]), one.clone()),
                access(json!(["p"]), json!(["aoss:ReadDocument"]), all),
            ),
            (
                "AWS::OpenSearchServerless::AccessPolicy",
                access(json!(["p"]), json!(["aoss:ReadDocument"]), one.clone()),
                access(json!(["p", "q"]), json!(["aoss:ReadDocument"]), one.clone()),
            ),
            (
                "AWS::OpenSearchServerless::SecurityPolicy",
                network(json!(["collection/a"]), true),
                network(json!(["collection/*"]), true),
            ),
            ("AWS::RolesAnywhere::TrustAnchor", anchor(json!(false)), anchor(json!(true))),
            ("AWS::RolesAnywhere::Profile", json!({"Enabled": false}), json!({"Enabled": true})),
            (
                "AWS::IAM::OIDCProvider",
                json!({"Url": "u", "ClientIdList": ["a"]}),
                json!({"Url": "u", "ClientIdList": ["a", "b"]}),
            ),
            ("AWS::IAM::OIDCProvider", json!({"Url": "u"}), json!({"Url": "u", "ThumbprintList": ["0"]})),
            ("AWS::LakeFormation::DataLakeSettings", admin(json!(["p"])), admin(json!(["p", "q"]))),
            ("AWS::LakeFormation::DataLakeSettings", json!({}), json!({"AllowExternalDataFiltering": true})),
            ("AWS::LakeFormation::DataLakeSettings", defaults(json!([])), defaults(json!(["SELECT"]))),
            (
                "AWS::LakeFormation::PrincipalPermissions",
                shared("Permissions", json!(["SELECT"])),
                shared("Permissions", json!(["SELECT", "ALTER"])),
            ),
            (
                "AWS::LakeFormation::PrincipalPermissions",
                shared("PermissionsWithGrantOption", json!([])),
                shared("PermissionsWithGrantOption", json!(["SELECT"])),
            ),
            ("AWS::IdentityStore::GroupMembership", json!(null), json!({"GroupId": "g", "MemberId": {"UserId": "u"}})),
        ] {
            assert!(directions(kind, &less, &more).iter().all(|found| *found == Widened), "{kind} {more}");
            assert!(!directions(kind, &less, &more).is_empty(), "{kind} {more}");
            assert!(directions(kind, &more, &less).iter().all(|found| *found == Narrowed), "{kind} {less}");
            assert!(!directions(kind, &more, &less).is_empty(), "{kind} {less}");
            assert_eq!(directions(kind, &more, &more), [], "{kind}");
        }
    }

    /// What nobody can compare counts as both.
    #[test]
    fn another_policy_in_another_language_counts_both_ways() {
        use AccessChange::{Narrowed, Widened};
        let linked = |template: &str| {
            let definition = json!({"PolicyTemplateId": template, "Principal": {"EntityId": "u"}});
            json!({"PolicyStoreId": "s", "Definition": {"TemplateLinked": definition}})
        };
        let text = |text: &str| json!({ "PolicyDocument": text });
        let anchor = |data: &str| json!({"Enabled": true, "Source": {"SourceData": {"X509CertificateData": data}}});
        for (kind, old, new) in [
            (
                "AWS::VerifiedPermissions::PolicyTemplate",
                json!({"PolicyStoreId": "s", "Statement": "permit(principal == ?principal, action, resource);"}),
                json!({"PolicyStoreId": "s", "Statement": "permit(principal in ?principal, action, resource);"}),
            ),
            ("AWS::VerifiedPermissions::Policy", linked("a"), linked("b")),
            (
                "AWS::EC2::VerifiedAccessGroup",
                text("permit(principal, action, resource); forbid(principal, action, resource) when { a };"),
                text("permit(principal, action, resource); forbid(principal, action, resource) when { b };"),
            ),
            ("AWS::RolesAnywhere::TrustAnchor", anchor("a"), anchor("b")),
            ("AWS::OpenSearchServerless::AccessPolicy", json!({"Policy": "[1"}), json!({"Policy": "[2"})),
        ] {
            let found = directions(kind, &old, &new);
            assert!(found.contains(&Widened) && found.contains(&Narrowed), "{kind} {new}: {found:?}");
        }
    }
}
