//! Locks on public access: settings that forbid what others may open.
//!
//! S3 turns all four settings on for a bucket that is created without any ("S3 Block Public Access … for all new buckets",
//! April 2023) and takes those that a configuration does not mention as off (`PutPublicAccessBlock`). Whether CloudFormation
//! also deletes the configuration (`DeletePublicAccessBlock`) when it is removed from the template is not documented.

use crate::compare::value::{Scope, Seen, at};
use crate::template::guard::{Guards, and};
use crate::template::stack::DeployedResource;

/// Types with a `PublicAccessBlockConfiguration`, and whether removing it may open them. Where it may not, the resource is
/// replaced by one with the defaults, or an update does not touch them (schema: `createOnlyProperties`, `handlers`).
const BLOCKED: [(&str, bool); 4] = [
    ("AWS::S3::Bucket", true),
    ("AWS::S3::AccessPoint", true),
    ("AWS::S3::MultiRegionAccessPoint", false),
    ("AWS::S3Express::AccessPoint", false),
];

const CONFIGURATION: &str = "PublicAccessBlockConfiguration";

/// The settings, with what is possible without them.
const SETTINGS: [(&str, &str); 4] = [
    ("BlockPublicAcls", "ACLs can make it public"),
    ("BlockPublicPolicy", "a policy can make it public"),
    ("IgnorePublicAcls", "public ACLs take effect"),
    ("RestrictPublicBuckets", "a public policy takes effect for everyone"),
];

/// Resources that are a lock themselves, with the property and its values from the strictest on.
const LOCKS: [(&str, &str, [&str; 2], &str); 2] = [
    (
        "AWS::EC2::SnapshotBlockPublicAccess",
        "State",
        ["block-all-sharing", "block-new-sharing"],
        "snapshots of the account can be public",
    ),
    (
        "AWS::EC2::VPCBlockPublicAccessOptions",
        "InternetGatewayBlockMode",
        ["block-bidirectional", "block-ingress"],
        "traffic from the internet is no longer blocked",
    ),
];

/// A lock that is opened.
pub(super) struct Opened {
    /// A JSON Pointer below the resource.
    pub(super) pointer: String,
    /// What that means, as a sentence without a full stop.
    pub(super) text: String,
    pub(super) uncertain: bool,
}

/// Returns the locks that are on before and not after; a resource is `None` on the side where it does not exist.
pub(super) fn opened(
    old: (Scope<'_>, Option<&DeployedResource>),
    new: (Scope<'_>, Option<&DeployedResource>),
) -> Vec<Opened> {
    let Some(resource_type) = old.1.or(new.1).map(|resource| resource.resource_type.as_str()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some((_, by_removal)) = BLOCKED.iter().find(|(known, _)| *known == resource_type)
        && new.1.is_some()
    {
        let off: Vec<_> = SETTINGS
            .iter()
            .filter_map(|(setting, means)| {
                unblocked(old, new, setting, *by_removal).map(|uncertain| (*setting, *means, uncertain))
            })
            .collect();
        let removed = new.1.is_some_and(|resource| resource.property(&[CONFIGURATION]).is_none());
        if removed && !off.is_empty() {
            let settings: Vec<String> = off.iter().map(|(setting, ..)| format!("`{setting}`")).collect();
            found.push(Opened {
                pointer: format!("/Properties/{CONFIGURATION}"),
                text: format!(
                    "it can be made public: `{CONFIGURATION}` is removed, and with it {}",
                    settings.join(", ")
                ),
                uncertain: off.iter().all(|(.., uncertain)| *uncertain),
            });
        } else {
            found.extend(off.into_iter().map(|(setting, means, uncertain)| Opened {
                pointer: format!("/Properties/{CONFIGURATION}/{setting}"),
                text: format!("{means}: `{setting}` is off"),
                uncertain,
            }));
        }
    }
    for (_, property, values, means) in LOCKS.iter().filter(|(kind, ..)| *kind == resource_type) {
        let strictness = |side: (Scope<'_>, Option<&DeployedResource>)| -> Vec<Option<usize>> {
            let Some(resource) = side.1 else { return vec![Some(0)] };
            let seen = at(side.0, resource.attributes.get("Properties"), &[property]);
            seen.iter()
                .map(|found| match &found.seen {
                    Seen::Value(value) => {
                        let rank = values.iter().position(|known| value.to_text() == *known);
                        Some(rank.map_or(0, |rank| values.len() - rank))
                    }
                    Seen::Absent => Some(0),
                    Seen::Unknown(_) => None,
                })
                .collect()
        };
        let (before, after) = (strictness(old), strictness(new));
        let most = before.iter().map(|rank| rank.unwrap_or(values.len())).max().unwrap_or_default();
        let least = after.iter().map(|rank| rank.unwrap_or_default()).min().unwrap_or_default();
        let same = old.1.zip(new.1).is_some_and(|(old, new)| old.property(&[property]) == new.property(&[property]));
        if least < most && !same {
            let (pointer, how) = match new.1 {
                None => (String::new(), "the lock is deleted".to_owned()),
                Some(_) => (format!("/Properties/{property}"), format!("`{property}` is weaker")),
            };
            let uncertain = before.len() > 1 || after.len() > 1 || before.contains(&None) || after.contains(&None);
            found.push(Opened { pointer, text: format!("{means}: {how}"), uncertain });
        }
    }
    found
}

/// Whether a setting of the block goes off; `Some(true)` if it only may. `by_removal` says that it may if its configuration is
/// removed.
fn unblocked(
    old: (Scope<'_>, Option<&DeployedResource>),
    new: (Scope<'_>, Option<&DeployedResource>),
    setting: &str,
    by_removal: bool,
) -> Option<bool> {
    // By alternative: whether it is on, and under which conditions.
    let states = |side: (Scope<'_>, Option<&DeployedResource>), removed: bool| -> Vec<(Option<bool>, Guards)> {
        let Some(resource) = side.1 else { return vec![(Some(true), Guards::new())] };
        let properties = resource.attributes.get("Properties");
        let mut states = Vec::new();
        for whole in at(side.0, properties, &[CONFIGURATION]) {
            match &whole.seen {
                Seen::Absent => states.push(((!removed || !by_removal).then_some(true), whole.when)),
                Seen::Unknown(_) => states.push((None, whole.when)),
                Seen::Value(block) => {
                    for one in at(side.0, Some(block), &[setting]) {
                        let on = match &one.seen {
                            Seen::Absent => Some(false),
                            Seen::Unknown(_) => None,
                            Seen::Value(value) => Some(value.to_text().eq_ignore_ascii_case("true")),
                        };
                        states.push((on, and(&whole.when, &one.when)));
                    }
                }
            }
        }
        states
    };
    let has = |side: Option<&DeployedResource>| side.is_some_and(|found| found.property(&[CONFIGURATION]).is_some());
    let before = states(old, false);
    let after = states(new, has(old.1));
    let mut result = None;
    for (on, when) in after.iter().filter(|(on, _)| *on != Some(true)) {
        // The same state under the same conditions, or under fewer, was there before.
        let as_before = before.iter().any(|(was, under)| (*was == Some(false) || was == on) && under.is_subset(when));
        if as_before {
            continue;
        }
        let was_off = before.iter().any(|(was, _)| *was != Some(true));
        let uncertain = on.is_none() || !when.is_empty() || was_off;
        result = Some(result.unwrap_or(true) && uncertain);
    }
    result
}
