//! Gates: settings that ask a caller for credentials. Without any of them, everyone passes.

use std::collections::BTreeMap;

use crate::compare::value::{Scope, Seen, at, contradict};
use crate::template::guard::{Guards, and};
use crate::template::node::Node;
use crate::template::stack::DeployedResource;

use super::lock::Opened;

/// A gate of some types of resources.
struct Gate {
    types: &'static [&'static str],
    /// The path below the properties to what has the gate, such as a behavior of a distribution, and the member by which it
    /// is the same on both sides; empty for the resource itself.
    of: (&'static [&'static str], &'static str),
    /// The ways from there to what asks; one of them is enough.
    paths: &'static [&'static [&'static str]],
    /// The values that ask; none for any value.
    words: &'static [&'static str],
    /// What happens without it, as a sentence without a full stop.
    text: &'static str,
}

const SIGN_IN: [&str; 3] = ["authenticate-cognito", "authenticate-oidc", "jwt-validation"];
const SIGNED: &[&[&str]] = &[&["TrustedKeyGroups", "*"], &["TrustedSigners", "*"]];

/// Sources: the Template Reference of each type; `CloudFront` Developer Guide, "Serve private content with signed URLs and
/// signed cookies"; VPC Lattice User Guide, "Auth policies".
const GATES: [Gate; 5] = [
    Gate {
        types: &["AWS::ElasticLoadBalancingV2::Listener"],
        of: (&[], ""),
        paths: &[&["DefaultActions", "*", "Type"]],
        words: &SIGN_IN,
        text: "requests of users who have not signed in pass",
    },
    Gate {
        types: &["AWS::ElasticLoadBalancingV2::ListenerRule"],
        of: (&[], ""),
        paths: &[&["Actions", "*", "Type"]],
        words: &SIGN_IN,
        text: "requests of users who have not signed in pass",
    },
    Gate {
        types: &["AWS::CloudFront::Distribution"],
        of: (&["DistributionConfig", "DefaultCacheBehavior"], ""),
        paths: SIGNED,
        words: &[],
        text: "anyone can request its content without a signed URL or cookie",
    },
    Gate {
        types: &["AWS::CloudFront::Distribution"],
        of: (&["DistributionConfig", "CacheBehaviors", "*"], "PathPattern"),
        paths: SIGNED,
        words: &[],
        text: "anyone can request its content without a signed URL or cookie",
    },
    Gate {
        types: &["AWS::VpcLattice::Service", "AWS::VpcLattice::ServiceNetwork"],
        of: (&[], ""),
        paths: &[&["AuthType"]],
        words: &["AWS_IAM"],
        text: "callers in its networks need no credentials",
    },
];

/// Returns the gates of a resource that both sides have which are there before, and perhaps not after.
pub(super) fn opened(old: (Scope<'_>, &DeployedResource), new: (Scope<'_>, &DeployedResource)) -> Vec<Opened> {
    let mut found = Vec::new();
    for gate in GATES.iter().filter(|gate| gate.types.contains(&new.1.resource_type.as_str())) {
        let (before, after) = (gate.states(old), gate.states(new));
        for (item, was) in before {
            // What is gone lets nobody in.
            let Some(is) = after.get(&item) else { continue };
            let (asked, may_ask) = (was.iter().any(|state| state.asks == Some(true)), was.iter().any(State::may_ask));
            let (opens, may_open) = (is.iter().all(|state| state.asks == Some(false)), is.iter().any(State::may_pass));
            let as_before = is
                .iter()
                .filter(|state| state.may_pass())
                .all(|state| was.iter().any(|before| before.asks == state.asks && before.when.is_subset(&state.when)));
            if !may_ask || !may_open || as_before {
                continue;
            }
            let name = gate.paths.iter().map(|path| path[path.len() - usize::from(path.ends_with(&["*"])) - 1]);
            let names: Vec<String> = name.map(|name| format!("`{name}`")).collect();
            let at = if item.is_empty() { String::new() } else { format!(" for `{item}`") };
            found.push(Opened {
                pointer: gate.pointer(),
                text: format!("{}: {}{at} no longer asks for it", gate.text, names.join(" or ")),
                uncertain: !asked || !opens || was.iter().any(State::may_pass),
            });
        }
    }
    found
}

/// Whether a gate asks for credentials: `None` if only the deployment shows it.
struct State {
    asks: Option<bool>,
    when: Guards,
}

impl State {
    fn may_ask(&self) -> bool {
        self.asks != Some(false)
    }

    fn may_pass(&self) -> bool {
        self.asks != Some(true)
    }
}

impl Gate {
    /// Returns what the gate may be, by what has it.
    fn states(&self, (scope, resource): (Scope<'_>, &DeployedResource)) -> BTreeMap<String, Vec<State>> {
        let mut states: BTreeMap<String, Vec<State>> = BTreeMap::new();
        for holder in at(scope, resource.attributes.get("Properties"), self.of.0) {
            let (node, unknown) = match &holder.seen {
                Seen::Value(node @ Node::Map(_)) => (Some(node), None),
                Seen::Absent => continue,
                _ => (None, Some(State { asks: None, when: holder.when.clone() })),
            };
            let item = node.and_then(|node| node.member(self.of.1)).map_or_else(String::new, Node::to_text);
            let own = states.entry(item).or_default();
            own.extend(unknown);
            let Some(node) = node else { continue };
            own.extend(
                self.of_holder(scope, node)
                    .into_iter()
                    .map(|state| State { when: and(&state.when, &holder.when), ..state }),
            );
        }
        states
    }

    fn of_holder(&self, scope: Scope<'_>, node: &Node) -> Vec<State> {
        let found: Vec<_> = self.paths.iter().flat_map(|path| at(scope, Some(node), path)).collect();
        let asks = |seen: &Seen| match seen {
            Seen::Value(value) => {
                Some(self.words.is_empty() || self.words.iter().any(|word| value.word() == Some(word)))
            }
            Seen::Absent => Some(false),
            Seen::Unknown(_) => {
                if self.words.is_empty() {
                    Some(true)
                } else {
                    None
                }
            }
        };
        // Any way that certainly asks is enough.
        if found.iter().any(|one| asks(&one.seen) == Some(true) && one.when.is_empty()) {
            return vec![State { asks: Some(true), when: Guards::new() }];
        }
        let mut states = Vec::new();
        for one in found.iter().filter(|one| asks(&one.seen) != Some(false)) {
            states.push(State { asks: asks(&one.seen), when: one.when.clone() });
        }
        let unless: Vec<&Guards> =
            found.iter().filter(|one| asks(&one.seen) == Some(false)).map(|one| &one.when).collect();
        let when = unless.iter().find(|when| states.iter().all(|state| contradict(&state.when, when)));
        if states.is_empty() || when.is_some() {
            states.push(State { asks: Some(false), when: when.map(|when| (*when).clone()).unwrap_or_default() });
        }
        states
    }

    /// Returns a JSON Pointer below the resource to the first of the ways.
    fn pointer(&self) -> String {
        let first = self.paths.first().copied().unwrap_or_default();
        let steps = self.of.0.iter().chain(first.split_last().map_or(&[][..], |(_, before)| before));
        let steps = steps.map(|step| if *step == "*" { "/-".to_owned() } else { format!("/{step}") });
        let last = first.last().filter(|step| **step != "*" && first.len() == 1).map(|step| format!("/{step}"));
        format!("/Properties{}", steps.chain(last).collect::<String>())
    }
}
