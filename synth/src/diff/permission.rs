//! Which permissions are wider and which narrower, by what the tuples of both sides cover.
//!
//! A tuple that is new widens, unless one that was there covers it; one that is gone narrows, unless one that is there
//! covers it. For denials it is the other way round. What cannot be compared counts as said.

use std::collections::{BTreeMap, BTreeSet};

use super::grant::{Granted, Grants, grants};
use super::node::Node;
use super::pair::Pairs;
use super::policy::Term;
use super::report::{Direction, Grant, PermissionChange};

/// Who may do more, then who may do less.
pub(crate) fn changes(pairs: &Pairs<'_>) -> Vec<PermissionChange> {
    let old = grants(pairs.old, |id| pairs.renamed(id).to_owned());
    let new = grants(pairs.new, str::to_owned);
    let mut found = Vec::new();
    for (these, those, direction) in [(&new, &old, Direction::Widened), (&old, &new, Direction::Narrowed)] {
        let others = Others::of(those, these);
        for (granted, at) in these.iter().filter(|(granted, _)| !those.contains_key(granted)) {
            if !others.cover(granted) && !is_of_another_function(pairs, granted) {
                found.push(change(granted, at, direction, &others));
            }
        }
    }
    found.sort_by(|one, other| key(one).cmp(&key(other)));
    found
}

fn key(change: &PermissionChange) -> impl Ord + '_ {
    (change.direction, &change.principal, change.effect, &change.action, &change.resource, &change.at)
}

/// A role that comes or goes together with its function is told by its own policies, if the template has them.
fn is_of_another_function(pairs: &Pairs<'_>, granted: &Granted) -> bool {
    let (Term::One(principal), Term::One(action)) = (&granted.principal, &granted.action) else { return false };
    let id = principal.trim_start_matches("${").trim_end_matches('}');
    let Some(role) = action.strip_prefix("role ${").and_then(|role| role.split(['.', '}']).next()) else {
        return false;
    };
    let known = |id: &str| pairs.new.resources.contains_key(id) || pairs.old.resources.contains_key(id);
    known(role) && !pairs.both.iter().any(|pair| pair.id == id && pair.old.written.contains_key("Role"))
}

/// The tuples of the other side, by whom they concern.
struct Others<'a> {
    by_principal: BTreeMap<&'a Term, Vec<&'a Granted>>,
    /// Those that concern everybody, or all but some.
    of_many: Vec<&'a Granted>,
    /// Those of them that this side has not.
    alone: BTreeSet<&'a Granted>,
}

impl<'a> Others<'a> {
    fn of(those: &'a Grants, these: &Grants) -> Self {
        let mut by_principal: BTreeMap<&Term, Vec<&Granted>> = BTreeMap::new();
        let mut of_many = Vec::new();
        for granted in those.keys() {
            by_principal.entry(&granted.principal).or_default().push(granted);
            if matches!(&granted.principal, Term::One(word) if word == "*")
                || matches!(granted.principal, Term::AllBut(_))
            {
                of_many.push(granted);
            }
        }
        Self { by_principal, of_many, alone: those.keys().filter(|granted| !these.contains_key(granted)).collect() }
    }

    fn cover(&self, granted: &Granted) -> bool {
        let own = self.by_principal.get(&granted.principal).into_iter().flatten();
        own.chain(&self.of_many).any(|other| covers(other, granted))
    }

    /// Those that are on the other side alone, and of which this is a part or which are a part of this.
    fn instead(&self, granted: &Granted) -> Vec<String> {
        let related = |other: &&&Granted| {
            let meet = |one: &Term, other: &Term| term_covers(one, other) || term_covers(other, one);
            other.effect == granted.effect
                && meet(&other.principal, &granted.principal)
                && meet(&lower(&other.action), &lower(&granted.action))
                && meet(&other.resource, &granted.resource)
        };
        self.alone.iter().filter(related).map(|other| describe(other)).collect()
    }
}

/// Whether whatever one says of anybody, the other says too.
fn covers(wide: &Granted, narrow: &Granted) -> bool {
    // Policies by name are the same or not.
    let by_name = matches!(wide.effect, Grant::ManagedPolicy | Grant::Boundary);
    wide.effect == narrow.effect
        && wide.only_if.is_subset(&narrow.only_if)
        && term_covers(&wide.principal, &narrow.principal)
        && if by_name {
            wide.action == narrow.action
        } else {
            term_covers(&lower(&wide.action), &lower(&narrow.action))
        }
        && if by_name { wide.resource == narrow.resource } else { term_covers(&wide.resource, &narrow.resource) }
        && condition_covers(&wide.condition, &narrow.condition)
}

/// Actions have no case.
fn lower(term: &Term) -> Term {
    match term {
        Term::One(word) => Term::One(word.to_lowercase()),
        Term::AllBut(words) => Term::AllBut(words.iter().map(|word| word.to_lowercase()).collect()),
    }
}

fn term_covers(wide: &Term, narrow: &Term) -> bool {
    match (wide, narrow) {
        (Term::One(wide), _) if wide == "*" => true,
        (Term::One(wide), Term::One(narrow)) => word_covers(wide, narrow),
        (wide, narrow) => wide == narrow,
    }
}

/// Whether a pattern matches whatever another matches. Only a `*` stands for a `*`.
fn word_covers(wide: &str, narrow: &str) -> bool {
    if !wide.contains(['*', '?']) {
        return wide == narrow;
    }
    let (wide, narrow): (Vec<char>, Vec<char>) = (wide.chars().collect(), narrow.chars().collect());
    // Which lengths of `narrow` the pattern so far can stand for.
    let mut reached = vec![false; narrow.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for symbol in wide {
        let mut next = vec![false; narrow.len() + 1];
        for n in 0..=narrow.len() {
            let here = reached.get(n) == Some(&true);
            let from_before = n.checked_sub(1).is_some_and(|before| match (symbol, narrow.get(before)) {
                ('*', _) => next.get(before) == Some(&true),
                ('?', Some(letter)) => *letter != '*' && reached.get(before) == Some(&true),
                (symbol, letter) => letter == Some(&symbol) && reached.get(before) == Some(&true),
            });
            if let Some(place) = next.get_mut(n) {
                *place = from_before || (symbol == '*' && here);
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// Operators of which more values are met by more requests, and those of which by fewer.
const ANY_OF: [&str; 11] = [
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "ArnEquals",
    "ArnLike",
    "NumericEquals",
    "DateEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "Null",
];
const NONE_OF: [&str; 8] = [
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
    "ArnNotEquals",
    "ArnNotLike",
    "NumericNotEquals",
    "DateNotEquals",
    "NotIpAddress",
];

/// Whether whatever meets one condition meets the other: all of its keys, each of which takes no fewer values.
fn condition_covers(wide: &Node, narrow: &Node) -> bool {
    let (Node::Map(wide), Node::Map(narrow)) = (wide, narrow) else {
        return *wide == Node::Null || wide == narrow;
    };
    wide.iter().all(|(operator, keys)| {
        let Some(others) = narrow.get(operator) else { return false };
        let (Node::Map(keys), Node::Map(others)) = (keys, others) else { return keys == others };
        keys.iter().all(|(key, values)| match (values, others.get(key)) {
            (_, None) => false,
            (values, Some(other)) if values == other => true,
            (Node::Set(values), Some(Node::Set(others))) if ANY_OF.contains(&operator.as_str()) => {
                others.is_subset(values)
            }
            (Node::Set(values), Some(Node::Set(others))) if NONE_OF.contains(&operator.as_str()) => {
                values.is_subset(others)
            }
            _ => false,
        })
    })
}

/// `direction` is the one of a permission; a denial goes the other way.
fn change(granted: &Granted, at: &BTreeSet<String>, direction: Direction, others: &Others<'_>) -> PermissionChange {
    let takes = matches!(granted.effect, Grant::Deny | Grant::Boundary);
    let direction = match (direction, takes) {
        (direction, false) => direction,
        (Direction::Widened, true) => Direction::Narrowed,
        (Direction::Narrowed, true) => Direction::Widened,
    };
    PermissionChange {
        direction,
        principal: bare(&granted.principal.to_text()),
        effect: granted.effect,
        action: bare(&granted.action.to_text()),
        resource: granted.resource.to_text(),
        condition: granted.condition.to_value(),
        only_if: granted.only_if.iter().cloned().collect(),
        at: at.iter().cloned().collect::<Vec<_>>().join(", "),
        flags: flags(granted),
        instead: others.instead(granted),
        uncertain: uncertain(granted),
    }
}

/// A resource of the template that stands alone goes by its id.
fn bare(text: &str) -> String {
    text.replace("${", "").replace('}', "")
}

fn describe(granted: &Granted) -> String {
    let mut text = format!("{} on {}", bare(&granted.action.to_text()), granted.resource.to_text());
    if granted.condition != Node::Null {
        text.push_str(&format!(" if {}", granted.condition.to_value()));
    }
    if !granted.only_if.is_empty() {
        text.push_str(&format!(" where {}", granted.only_if.iter().cloned().collect::<Vec<_>>().join(" and ")));
    }
    text
}

fn uncertain(granted: &Granted) -> Option<String> {
    let but =
        [("NotPrincipal", &granted.principal), ("NotAction", &granted.action), ("NotResource", &granted.resource)];
    let but: Vec<&str> = but.iter().filter(|(_, term)| matches!(term, Term::AllBut(_))).map(|(key, _)| *key).collect();
    match granted.effect {
        _ if !but.is_empty() => Some(format!("`{}` cannot be compared, and is taken as said", but.join("` and `"))),
        Grant::ManagedPolicy => Some("what it allows is not in the template".to_owned()),
        Grant::Boundary => Some("what it leaves is not in the template".to_owned()),
        Grant::Allow | Grant::Deny => None,
    }
}

/// Only what allows deserves a second look.
fn flags(granted: &Granted) -> Vec<String> {
    let mut flags = Vec::new();
    if granted.effect == Grant::ManagedPolicy {
        let action = granted.action.to_text();
        let broad = ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"];
        if broad.iter().any(|name| action.ends_with(name)) || action.ends_with("FullAccess") {
            flags.push("a broad policy of AWS's".to_owned());
        }
    }
    if granted.effect != Grant::Allow {
        return flags;
    }
    if term_covers(&granted.principal, &Term::One("*".to_owned())) {
        flags.push("everybody".to_owned());
    }
    let Term::One(action) = lower(&granted.action) else {
        flags.push("everything but some actions".to_owned());
        return flags;
    };
    let (service, verb) = action.split_once(':').unwrap_or((&action, ""));
    if action == "*" {
        flags.push("every action".to_owned());
    } else if verb == "*" {
        flags.push(format!("every action of `{service}`"));
    }
    let reaches = |pattern: &str| word_covers(&action, pattern) || word_covers(pattern, &action);
    let trust =
        action == "sts:assumerole" && matches!(&granted.principal, Term::One(who) if who.starts_with("Service:"));
    for (pattern, says) in [
        ("iam:*", "identities and what they may do"),
        ("sts:*", "takes on roles"),
        ("kms:decrypt", "decrypts"),
        ("secretsmanager:*", "secrets"),
    ] {
        if reaches(pattern) && action != "*" && !trust {
            flags.push(says.to_owned());
        }
    }
    if matches!(&granted.resource, Term::One(word) if word == "*") {
        flags.push("every resource".to_owned());
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover() {
        for (wide, narrow, want) in [
            ("s3:get*", "s3:getobject", true),
            ("s3:getobject", "s3:get*", false),
            ("*", "anything:*", true),
            ("a*c", "abc", true),
            ("a*c", "ab*c", true),
            ("a?c", "a*c", false),
            ("a?c", "a?c", true),
            ("a*", "a", true),
            ("a*b*c", "aXbXbXc", true),
            ("a*b", "acd", false),
            ("", "", true),
            ("**", "*", true),
            ("?*", "*", false),
        ] {
            assert_eq!(word_covers(wide, narrow), want, "{wide} {narrow}");
        }
    }
}
