//! What becomes of each resource, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::follow::{self, Shifts, Use};
use super::node::Node;
use super::pair::{Pair, Pairs};
use super::replacement::{self, Verdict};
use super::report::{Effect, Reason, ResourceChange, Risk};
use super::risk;
use super::stack::Resource;
use super::tree::Difference;
use super::words::{property, value};

/// Every resource that something happens to; worst first, then by id.
pub(crate) fn changes(pairs: &Pairs<'_>, shifts: &Shifts) -> Vec<ResourceChange> {
    let mut found: Vec<Found<'_>> = pairs.both.iter().map(|pair| Found::of(pair, shifts)).collect();
    follow_each_other(&mut found);
    let mut changes: Vec<ResourceChange> = found.into_iter().filter_map(Found::into_change).collect();
    changes.extend(pairs.come.iter().map(|(id, resource)| ResourceChange {
        id: (*id).to_owned(),
        old_id: None,
        kind: resource.kind.clone(),
        made_of: resource.of.clone(),
        effect: Effect::Added,
        reasons: under_condition(resource),
        risk: None,
        changes: Vec::new(),
    }));
    changes.extend(pairs.gone.iter().map(|(id, resource)| ResourceChange {
        id: (*id).to_owned(),
        old_id: None,
        kind: resource.kind.clone(),
        made_of: resource.of.clone(),
        effect: if is_kept(resource) { Effect::Released } else { Effect::Deleted },
        reasons: under_condition(resource),
        risk: risk::deleted(resource),
        changes: Vec::new(),
    }));
    changes.sort_by(|one, other| other.effect.cmp(&one.effect).then_with(|| one.id.cmp(&other.id)));
    changes
}

/// What is known of a resource that both sides have.
struct Found<'a> {
    pair: &'a Pair<'a>,
    uses: Vec<Use<'a>>,
    differences: Vec<Difference>,
    effect: Option<Effect>,
    reasons: BTreeSet<Reason>,
}

impl<'a> Found<'a> {
    fn of(pair: &'a Pair<'a>, shifts: &Shifts) -> Self {
        let uses = pair.new.attributes.get("Properties").map(follow::uses).unwrap_or_default();
        let mut found = Self { pair, uses, differences: pair.differences(), effect: None, reasons: BTreeSet::new() };
        if pair.old.kind != pair.new.kind {
            let text = format!(
                "its type was `{}`: a new one takes its place, which CloudFormation does only under another logical id",
                pair.old.kind
            );
            found.worsen(Effect::Replaced, Some(Reason { pointer: "/Type".to_owned(), text, follows: None }));
        }
        for difference in &found.differences.clone() {
            found.consider(difference);
        }
        found.consider_condition(shifts);
        if !shifts.is_empty() {
            for (effect, reason) in follow::shifted(&pair.new.kind, &found.uses, shifts) {
                found.worsen(effect, Some(reason));
            }
        }
        if pair.is_renamed() {
            let text =
                format!("its logical id was `{}`: CloudFormation makes a new one and deletes the old", pair.old_id);
            found.worsen(Effect::Renamed, Some(Reason { pointer: String::new(), text, follows: None }));
        }
        found
    }

    fn worsen(&mut self, effect: Effect, reason: Option<Reason>) {
        // Under another id it is made anew, whatever else happens to it.
        let effect = if self.pair.is_renamed() { Effect::Renamed } else { effect };
        self.effect = self.effect.max(Some(effect));
        self.reasons.extend(reason);
    }

    /// One difference of its own.
    fn consider(&mut self, difference: &Difference) {
        let Some(("Properties", below)) = difference.path.split_first().map(|(first, below)| (first.as_str(), below))
        else {
            return self.worsen(Effect::Changed, None);
        };
        let inner = Difference { path: below.to_vec(), old: difference.old.clone(), new: difference.new.clone() };
        let kind = &self.pair.new.kind;
        let (effect, text) = match replacement::verdict(kind, &inner) {
            Some((Verdict::InPlace, _)) => return self.worsen(Effect::Changed, None),
            Some((Verdict::Replaces, why)) => (Effect::Replaced, why.unwrap_or("cannot be changed in place")),
            Some((Verdict::MayReplace, why)) => {
                (Effect::MayBeReplaced, why.unwrap_or("cannot always be changed in place"))
            }
            None if is_updated(kind) => return self.worsen(Effect::Changed, None),
            None => (Effect::MayBeReplaced, "of this type it is not known here what can be changed in place"),
        };
        let name = if below.is_empty() { "what it is made of".to_owned() } else { format!("`{}`", property(below)) };
        let text = if text.starts_with("cannot") { format!("{name} {text}") } else { format!("{name}: {text}") };
        self.worsen(effect, Some(Reason { pointer: difference.pointer(), text, follows: None }));
    }

    /// A condition that came, or says something else, decides whether the resource stays.
    fn consider_condition(&mut self, shifts: &Shifts) {
        let (old, new) = (self.pair.old.word("Condition"), self.pair.new.word("Condition"));
        let text = match (old, new) {
            (Some(old), None) => {
                let text = format!("no longer only where `{old}` holds: it is made where that does not");
                let reason = Reason { pointer: "/Condition".to_owned(), text, follows: Some(old.to_owned()) };
                return self.worsen(Effect::Changed, Some(reason));
            }
            (_, None) => return,
            (None, Some(new)) => format!("stays only where `{new}` holds"),
            (Some(old), Some(new)) if old != new => format!("stays only where `{new}` holds, in place of `{old}`"),
            (Some(_), Some(new)) if shifts.is_condition(new) => {
                format!("condition `{new}`, under which it stands, is another")
            }
            _ => return,
        };
        let reason = Reason { pointer: "/Condition".to_owned(), text, follows: new.map(str::to_owned) };
        self.worsen(Effect::MayBeDeleted, Some(reason));
    }

    fn into_change(self) -> Option<ResourceChange> {
        let effect = self.effect?;
        let pair = self.pair;
        let mut reasons = self.reasons;
        if matches!(effect, Effect::Replaced | Effect::Renamed) {
            reasons.extend(same_name(pair, effect));
        }
        Some(ResourceChange {
            id: pair.id.to_owned(),
            old_id: pair.is_renamed().then(|| pair.old_id.to_owned()),
            kind: pair.new.kind.clone(),
            made_of: pair.new.of.clone(),
            effect,
            risk: at_stake(effect, pair),
            reasons: reasons.into_iter().collect(),
            changes: self.differences.iter().map(Difference::to_change).collect(),
        })
    }
}

fn at_stake(effect: Effect, pair: &Pair<'_>) -> Option<Risk> {
    match effect {
        Effect::Replaced | Effect::MayBeReplaced => risk::replaced(pair.old, pair.new),
        // The old one goes as anything goes that is no longer in the template.
        Effect::Renamed => risk::deleted(pair.old).map(|mut risk| {
            if let Some(more) = risk::replaced(pair.old, pair.new).filter(|_| pair.old.kind.ends_with("SourceMapping"))
            {
                risk.text = more.text;
            }
            risk
        }),
        Effect::MayBeDeleted => risk::deleted(pair.old),
        _ => None,
    }
}

/// Until nothing follows from anything that was not known before.
fn follow_each_other(found: &mut [Found<'_>]) {
    loop {
        let effects: BTreeMap<&str, Effect> = found
            .iter()
            .filter_map(|one| Some((one.pair.id, one.effect?)))
            .filter(|(_, effect)| matches!(effect, Effect::Replaced | Effect::Renamed | Effect::MayBeReplaced))
            .collect();
        if effects.is_empty() {
            return;
        }
        let mut more = false;
        for one in found.iter_mut() {
            for (effect, reason) in follow::followed(&one.pair.new.kind, &one.uses, &effects) {
                let before = one.effect;
                one.reasons.retain(|old| old.pointer != reason.pointer || old.follows != reason.follows);
                one.worsen(effect, Some(reason));
                more |= one.effect != before;
            }
        }
        if !more {
            return;
        }
    }
}

/// A name of its own that both the old and the new one would bear.
fn same_name(pair: &Pair<'_>, effect: Effect) -> Option<Reason> {
    let name = replacement::facts(&pair.new.kind)?.own_name(&pair.new.kind)?;
    let (old, new) = (pair.before(&[name]), pair.new.property(&[name])?);
    if *new == Node::Null || old != Some(new) {
        return None;
    }
    let shown = value(Some(new));
    let text = match effect {
        Effect::Renamed => {
            format!("`{name}` is {shown} for both: the new one cannot be made while the old one is there")
        }
        _ => format!(
            "`{name}` stays {shown}: CloudFormation refuses to replace what has a name of its own, unless that is another too"
        ),
    };
    Some(Reason { pointer: format!("/Properties/{name}"), text, follows: None })
}

/// Types that nobody's schema describes, and that are asked to update themselves.
fn is_updated(kind: &str) -> bool {
    let kinds = ["Custom::", "AWS::CloudFormation::CustomResource", "AWS::Serverless::", "SAM event "];
    kinds.iter().any(|known| kind.starts_with(known))
}

fn is_kept(resource: &Resource) -> bool {
    matches!(resource.word("DeletionPolicy"), Some("Retain" | "RetainExceptOnCreate"))
}

fn under_condition(resource: &Resource) -> Vec<Reason> {
    let reason = |condition: &str| Reason {
        pointer: "/Condition".to_owned(),
        text: format!("only where `{condition}` holds"),
        follows: Some(condition.to_owned()),
    };
    resource.word("Condition").map(reason).into_iter().collect()
}
