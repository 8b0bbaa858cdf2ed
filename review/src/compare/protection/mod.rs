//! Protection of data that is lost: deletion policies, deletion protection, retention, backups, versions, encryption.

mod lifecycle;
mod path;
mod strength;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use super::report::{Hazard, ResourceChange, ResourceEffect};
use super::risk;
use super::value::{self, Found, Redefined, Scope, Seen};
use super::words::{changed, code, from_to, shown};
use crate::template::guard::Guards;
use crate::template::node::Node;
use crate::template::schema;
use crate::template::stack::{DeployedResource, Stack};
use path::{Selected, Step};
use strength::{Strength, weaker};
use table::{PROTECTORS, Row, rows};

/// Returns the protection that is lost or becomes weaker, by resource.
pub(super) fn lost(
    old: &Stack,
    new: &Stack,
    renamed: &BTreeMap<String, String>,
    resources: &[ResourceChange],
) -> Vec<Hazard> {
    let redefined = Redefined::new(old, new);
    let scopes = Scope::both(old, new);
    let mut found = BTreeSet::new();
    for (old_id, before) in &old.resources {
        let id = renamed.get(old_id).unwrap_or(old_id);
        let Some(after) = new.resources.get(id) else { continue };
        if schema::deployed_type(&before.resource_type) == schema::deployed_type(&after.resource_type) {
            Pair { id, before, after, scopes, renamed, redefined: &redefined }.compare(&mut found);
        }
    }
    for change in resources {
        let uncertain = match change.effect {
            ResourceEffect::Deleted => false,
            ResourceEffect::MayBeDeleted => true,
            _ => continue,
        };
        if let Some((_, lost)) = PROTECTORS.iter().find(|(known, _)| *known == change.resource_type) {
            found.insert(Hazard {
                id: change.id.clone(),
                resource_type: change.resource_type.clone(),
                pointer: String::new(),
                text: (*lost).to_owned(),
                help: None,
                uncertain,
            });
        }
    }
    found.into_iter().collect()
}

/// A resource on both sides.
struct Pair<'a> {
    id: &'a str,
    before: &'a DeployedResource,
    after: &'a DeployedResource,
    /// Those of the old and the new template.
    scopes: [Scope<'a>; 2],
    renamed: &'a BTreeMap<String, String>,
    redefined: &'a Redefined<'a>,
}

impl Pair<'_> {
    fn compare(&self, found: &mut BTreeSet<Hazard>) {
        let kind = schema::deployed_type(&self.after.resource_type);
        for row in rows().filter(|row| row.types.contains(&kind)) {
            self.row(row, found);
        }
        for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
            self.policy(attribute, found);
        }
        if kind == "AWS::S3::Bucket" {
            self.lifecycle(found);
        }
    }

    /// Compares the values of a property.
    fn row(&self, row: &Row, found: &mut BTreeSet<Hazard>) {
        let steps: Vec<Step<'_>> = row.path.split('/').map(Step::parse).collect();
        let Some(path @ (top, _)) = steps.split_first() else { return };
        let (before, after) = (self.before.property(&[top.name]), self.after.property(&[top.name]));
        let before = before.map(|node| node.renamed(self.renamed));
        if self.is_same(before.as_ref(), after) {
            return;
        }
        let [old, new] = self.scopes;
        let (olds, news) = (Selected::new(old, before.as_ref(), path).found, Selected::new(new, after, path).found);
        let gone = vec![Found { seen: Seen::Absent, when: Guards::new(), pointer: String::new() }];
        for (item, was) in &olds {
            let is = match news.get(item).or_else(|| news.get("")) {
                Some(is) => is,
                // An item that is gone has lost its protection only if being there is what protects.
                None if matches!(row.strength, Strength::Set) => &gone,
                None => continue,
            };
            let Some(uncertain) = weaker(&row.strength, was, is) else { continue };
            let place = steps.iter().map(Step::pointer).collect::<String>();
            let key = steps.iter().find_map(|step| Some(step.item?.split_once('=')?.1));
            let name = key.or(steps.last().map(|step| step.name)).unwrap_or_default();
            let item = if item.is_empty() { String::new() } else { format!(" of `{item}`") };
            let change = match (&row.strength, words(was), words(is)) {
                (Strength::Set, _, None) => "is no longer set".to_owned(),
                (Strength::Set, ..) => "may no longer be set".to_owned(),
                (_, was, is) if was == is => format!("depends on what changed; it is {}", is.unwrap_or_default()),
                (_, was, is) => changed(was, is),
            };
            let unset = row.strength.unset(was, is);
            let text = format!("{} (`{name}`{item} {change}{unset})", row.lost);
            found.insert(self.hazard(format!("/Properties{place}"), text, uncertain));
        }
    }

    /// Compares what a policy does with the resource when the stack does not need it any more.
    fn policy(&self, attribute: &str, found: &mut BTreeSet<Hazard>) {
        let after = self.after.attributes.get(attribute);
        let [old, new] = self.scopes;
        let unset = |resource| Node::Text(risk::default_policy(resource, attribute).to_owned());
        let (was_unset, is_unset) = (unset(self.before), unset(self.after));
        let before = self.before.attributes.get(attribute);
        let (was, is) = (policies(old, before, &was_unset), policies(new, after, &is_unset));
        let strength = Strength::Words(&["Delete", "Snapshot", "Retain"], "Delete");
        let Some(uncertain) = weaker(&strength, &was, &is) else { return };
        let when = match attribute {
            "DeletionPolicy" => "when it is removed from the stack, and with the stack",
            _ => "when it is replaced",
        };
        let text = format!(
            "its data is less safe {when} (`{attribute}` {})",
            match (before, after) {
                (Some(was), None) =>
                    format!("is no longer set; it was `{}`, and the default is `{}`", was.to_text(), is_unset.to_text()),
                (None, after) => format!("is now {}; the default is `{}`", shown(after), was_unset.to_text()),
                (was, is) => from_to(was, is),
            }
        );
        found.insert(self.hazard(format!("/{attribute}"), text, uncertain));
    }

    fn lifecycle(&self, found: &mut BTreeSet<Hazard>) {
        let rules = |resource: &DeployedResource| resource.property(&["LifecycleConfiguration"]).cloned();
        let (before, after) = (rules(self.before), rules(self.after));
        let before = before.map(|node| node.renamed(self.renamed));
        if self.is_same(before.as_ref(), after.as_ref()) {
            return;
        }
        let [old, new] = self.scopes;
        for (text, uncertain) in lifecycle::shorter((old, before.as_ref()), (new, after.as_ref())) {
            found.insert(self.hazard("/Properties/LifecycleConfiguration".to_owned(), text, uncertain));
        }
    }

    /// Whether a value is written as before and cannot have changed.
    fn is_same(&self, before: Option<&Node>, after: Option<&Node>) -> bool {
        before == after && !after.is_some_and(|value| self.redefined.reaches(value))
    }

    fn hazard(&self, pointer: String, text: String, uncertain: bool) -> Hazard {
        let resource_type = self.after.resource_type.clone();
        Hazard { id: self.id.to_owned(), resource_type, pointer, text, help: None, uncertain }
    }
}

/// Formats what a value can be; `None` if it is unset.
fn words(possible: &[Found]) -> Option<String> {
    let word = |found: &Found| match &found.seen {
        Seen::Absent => "unset".to_owned(),
        Seen::Value(value) => code(value.to_text()),
        Seen::Unknown(text) => code(text),
    };
    let mut words: Vec<String> = possible.iter().map(word).collect();
    words.dedup();
    possible.iter().any(|found| found.seen != Seen::Absent).then(|| words.join(" or "))
}

/// Returns the policies that there can be, with the default in place of an unset one. `RetainExceptOnCreate` differs from
/// `Retain` only while a resource is created.
fn policies(scope: Scope<'_>, policy: Option<&Node>, unset: &Node) -> Vec<Found> {
    let mut found = value::at(scope, policy, &[]);
    for one in &mut found {
        match &mut one.seen {
            Seen::Absent => one.seen = Seen::Value(unset.clone()),
            Seen::Value(Node::Text(word)) if word == "RetainExceptOnCreate" => "Retain".clone_into(word),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::compare::{Side, diff};

    /// Returns the protection that is lost between two templates with these resources and more sections.
    fn lost(old: &Value, new: &Value, more: &Value) -> Vec<Hazard> {
        let side = |resource: &Value| {
            let mut template = Map::from_iter([("Resources".to_owned(), json!({ "R": resource }))]);
            template.extend(more.as_object().cloned().unwrap_or_default());
            Side { template: Value::Object(template), ..Side::default() }
        };
        diff(&side(old), &side(new)).protections
    }

    /// Builds the properties in which `path` has a value; without one, the last step is unset.
    fn at(steps: &[&str], value: Option<&Value>) -> Value {
        let Some((step, rest)) = steps.split_first() else { return value.cloned().unwrap_or_default() };
        let parsed = Step::parse(step);
        let name = parsed.name;
        let inner = if rest.is_empty() { value.cloned() } else { Some(at(rest, value)) };
        let inner = match (parsed.item, inner) {
            (None, inner) => inner,
            (Some(item), inner) => {
                let (key, word) = item.split_once('=').unwrap_or((item, "a"));
                let mut entry = inner.and_then(|inner| inner.as_object().cloned()).unwrap_or_default();
                if !key.is_empty() {
                    entry.insert(key.to_owned(), json!(word));
                }
                // The item itself is what the path names.
                if rest.is_empty() && value.is_none() { Some(json!([])) } else { Some(json!([entry])) }
            }
        };
        json!(inner.map(|inner| Map::from_iter([(name.to_owned(), inner)])).unwrap_or_default())
    }

    /// Returns the values of a row from the weakest to the strongest, with `None` for unset where its place is known.
    fn ladder(strength: &Strength) -> Vec<Option<Value>> {
        match strength {
            Strength::Words(words, unset) => words
                .iter()
                .filter(|word| !word.is_empty())
                .map(|word| Some(json!(word)))
                .chain((words.first() == Some(unset)).then_some(None))
                .collect(),
            Strength::Longer { unset, forever } => {
                let mut all = vec![Some(json!(1)), Some(json!(2)), Some(json!(80_000_000))];
                all.extend(forever.map(|forever| Some(json!(forever))));
                all.extend((*unset == Some(f64::INFINITY)).then_some(None));
                all
            }
            Strength::Duration => {
                vec![None, Some(json!({"Days": 1})), Some(json!({"Days": 400})), Some(json!({"Years": 2, "Mode": "M"}))]
            }
            Strength::Set | Strength::Key => vec![None, Some(json!({"A": "b"}))],
        }
    }

    /// A protection is never lost unseen: for each row, each weakening is found, and no strengthening is.
    #[test]
    fn every_weakening_is_found_and_no_strengthening() {
        for row in rows() {
            let steps: Vec<&str> = row.path.split('/').collect();
            for kind in row.types {
                let resource = |value: Option<&Value>| json!({"Type": kind, "Properties": at(&steps, value)});
                let found = |old: Option<&Value>, new: Option<&Value>, more: &Value| {
                    let all = lost(&resource(old), &resource(new), more);
                    all.into_iter().filter(|hazard| hazard.text.starts_with(row.lost)).collect::<Vec<_>>()
                };
                let values = ladder(&row.strength);
                for old in &values {
                    for new in &values {
                        let rank = |value: &Option<Value>| {
                            let node = value.as_ref().map(crate::template::normal::plain);
                            row.strength.of(node.as_ref()).unwrap()
                        };
                        let hazards = found(old.as_ref(), new.as_ref(), &json!({}));
                        let is_weaker = rank(old) > rank(new);
                        assert_eq!(
                            hazards.len(),
                            usize::from(is_weaker),
                            "{kind} {} {old:?} {new:?}: {hazards:?}",
                            row.path
                        );
                        assert!(hazards.iter().all(|hazard| !hazard.uncertain), "{hazards:?}");
                    }
                }
                uncertain(row, &values, &found);
            }
        }
    }

    /// Finds the protection that is lost between two values, with more sections of the template.
    type Find<'a> = dyn Fn(Option<&Value>, Option<&Value>, &Value) -> Vec<Hazard> + 'a;

    /// What is behind a parameter or a condition is found too, and is uncertain.
    fn uncertain(row: &Row, values: &[Option<Value>], found: &Find<'_>) {
        let (Strength::Words(..) | Strength::Longer { .. }) = row.strength else { return };
        let known: Vec<&Value> = values.iter().flatten().collect();
        let (weakest, strongest) = (known[0], *known.last().unwrap());
        let choice = json!({"Fn::If": ["C", strongest, weakest]});
        let conditions = json!({"Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "a"]}}});
        let parameter = |default: Option<&Value>| {
            let default = default.map(|default| Map::from_iter([("Default".to_owned(), default.clone())]));
            json!({"Parameters": {"P": default.unwrap_or_default()}})
        };
        let reference = json!({"Ref": "P"});
        for (new, more, want) in [
            (&choice, conditions, 1),
            (&reference, parameter(Some(weakest)), 1),
            (&reference, parameter(None), 1),
            (&reference, parameter(Some(strongest)), 0),
        ] {
            let hazards = found(Some(strongest), Some(new), &more);
            assert_eq!(hazards.len(), want, "{} {new}: {hazards:?}", row.path);
            assert!(hazards.iter().all(|hazard| hazard.uncertain), "{hazards:?}");
        }
    }

    /// A deletion policy protects as its type's default does if it is unset.
    #[test]
    fn policies_have_the_default_of_their_type() {
        let policies = [None, Some("Delete"), Some("Snapshot"), Some("Retain"), Some("RetainExceptOnCreate")];
        let rank = |policy: Option<&str>, unset: usize| match policy {
            None => unset,
            Some("Delete") => 0,
            Some("Snapshot") => 1,
            Some(_) => 2,
        };
        for (attribute, kind, unset) in [
            ("DeletionPolicy", "AWS::RDS::DBCluster", 1),
            ("DeletionPolicy", "AWS::RDS::DBInstance", 1),
            ("DeletionPolicy", "AWS::EC2::Volume", 0),
            ("DeletionPolicy", "AWS::SQS::Queue", 0),
            ("UpdateReplacePolicy", "AWS::RDS::DBCluster", 0),
        ] {
            let resource = |policy: Option<&str>| {
                let mut resource = Map::from_iter([("Type".to_owned(), json!(kind))]);
                resource.extend(policy.map(|policy| (attribute.to_owned(), json!(policy))));
                Value::Object(resource)
            };
            for old in policies {
                for new in policies {
                    let hazards = lost(&resource(old), &resource(new), &json!({}));
                    let is_weaker = rank(old, unset) > rank(new, unset);
                    assert_eq!(
                        hazards.len(),
                        usize::from(is_weaker),
                        "{kind} {attribute} {old:?} {new:?}: {hazards:?}"
                    );
                }
            }
        }
    }

    /// Without a documented default, an unset value may protect less than any other, and more.
    #[test]
    fn unknown_defaults_are_uncertain() {
        for (kind, property, strong) in [
            ("AWS::Neptune::DBCluster", "DeletionProtection", json!(true)),
            ("AWS::CloudTrail::EventDataStore", "RetentionPeriod", json!(2557)),
        ] {
            let set = json!({"Type": kind, "Properties": {property: strong}});
            let unset = json!({"Type": kind, "Properties": {}});
            let found = lost(&set, &unset, &json!({}));
            assert!(found.len() == 1 && found[0].uncertain, "{kind}: {found:?}");
        }
    }

    /// Days and years are one duration, and another mode is not a shorter one.
    #[test]
    fn the_retention_of_object_lock_has_two_units() {
        let bucket = |retention: Value| {
            let lock = json!({"Rule": {"DefaultRetention": retention}});
            json!({"Type": "AWS::S3::Bucket", "Properties": {"ObjectLockConfiguration": lock}})
        };
        let shorter = |old: Value, new: Value| {
            let found = lost(&bucket(old), &bucket(new), &json!({"Parameters": {"P": {"Type": "Number"}}}));
            found
                .into_iter()
                .filter(|hazard| hazard.text.contains("shorter"))
                .map(|hazard| hazard.uncertain)
                .collect::<Vec<_>>()
        };
        assert_eq!(shorter(json!({"Days": 30}), json!({"Years": 1})), [false; 0]);
        assert_eq!(shorter(json!({"Years": 1}), json!({"Days": 364})), [false]);
        let open = |mode: &str| json!({"Mode": mode, "Days": {"Ref": "P"}});
        assert_eq!(shorter(open("GOVERNANCE"), open("COMPLIANCE")), [false; 0]);
        assert_eq!(shorter(json!({"Days": 30}), open("COMPLIANCE")), [true]);
    }

    #[test]
    fn types_and_sources_are_those_of_aws() {
        for row in rows() {
            assert!(
                ["TR: AWS::", "API: ", "Guide: ", "CLI: "].iter().any(|kind| row.source.starts_with(kind)),
                "{}",
                row.source
            );
            assert!(row.types.iter().all(|kind| kind.starts_with("AWS::")), "{:?}", row.types);
        }
    }
}
