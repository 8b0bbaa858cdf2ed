//! Choices between shapes. A value is matched to one branch, and only that branch is checked.

use serde_json::{Map, Value};

use super::{Grammar, Id, Object, Rest, Shape};

/// The most alternatives that help a reader.
const FEW: usize = 4;

/// A choice of several shapes, none of which is a choice itself.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) branches: Vec<Id>,
    /// Keys whose values distinguish objects, such as `type`. The one that most branches require comes first.
    pub(super) tags: Vec<String>,
}

/// The result of a choice.
pub(super) enum Picked<'a> {
    /// The value belongs to this branch.
    Branch(Id),
    /// No branch accepts a value of this JSON type, or this word.
    Unfit,
    /// No branch accepts the value of this key. Has the shapes of the key, and the branches that are still possible.
    TagUnfit(&'a str, Vec<Id>, Vec<Id>),
    /// This key is missing, and needed to choose one of these branches.
    TagMissing(&'a str, Vec<Id>),
    /// The object has no key of any of these branches.
    Strange(Vec<Id>),
}

impl Choice {
    /// Chooses the branch that `value` is meant to be.
    pub(super) fn pick(&self, grammar: &Grammar, value: &Value) -> Picked<'_> {
        let fits: Vec<Id> = self.branches.iter().copied().filter(|branch| grammar.admits(*branch, value)).collect();
        match (fits.as_slice(), value) {
            ([], _) => Picked::Unfit,
            ([only], _) => Picked::Branch(*only),
            (_, Value::Object(pairs)) => self.object(grammar, fits, pairs),
            ([first, ..], Value::Array(elements)) => {
                let takes = |branch: &&Id| match (grammar.shape(**branch), elements.first()) {
                    (Shape::List(list), Some(element)) => grammar.admits(list.items, element),
                    _ => true,
                };
                Picked::Branch(*fits.iter().find(takes).unwrap_or(first))
            }
            ([first, ..], _) => Picked::Branch(*first),
        }
    }

    fn object(&self, grammar: &Grammar, mut fits: Vec<Id>, pairs: &Map<String, Value>) -> Picked<'_> {
        for tag in &self.tags {
            let at = |branch: &Id| grammar.object(*branch).and_then(|object| object.keys.get(tag)).map(|key| key.shape);
            let having: Vec<Id> = fits.iter().filter_map(at).collect();
            match pairs.get(tag) {
                _ if having.is_empty() => {}
                Some(value) => {
                    let taking = |branch: &Id| at(branch).is_some_and(|shape| grammar.admits(shape, value));
                    let taken: Vec<Id> = fits.iter().copied().filter(taking).collect();
                    if taken.is_empty() {
                        // The mistake may be a single word.
                        let nearly = |branch: &Id| at(branch).is_some_and(|shape| grammar.resembles(shape, value));
                        let left = fits.into_iter().filter(nearly).collect();
                        return Picked::TagUnfit(tag, having, left);
                    }
                    fits = taken;
                }
                None => {
                    let needs =
                        |branch: &Id| grammar.object(*branch).is_some_and(|object| object.required.contains(tag));
                    if fits.len() > 1 && fits.iter().all(needs) {
                        return Picked::TagMissing(tag, fits);
                    }
                }
            }
        }
        let known = |branch: &Id| {
            grammar.object(*branch).is_none_or(|object| pairs.keys().any(|key| object.keys.contains_key(key)))
        };
        if (2..=FEW).contains(&fits.len()) && !fits.iter().any(known) {
            return Picked::Strange(fits);
        }
        let nearest =
            fits.iter().min_by_key(|branch| grammar.object(**branch).map_or(1, |object| distance(object, pairs)));
        nearest.map_or(Picked::Unfit, |branch| Picked::Branch(*branch))
    }

    /// Returns the values of a tag that allow a key that `here` does not have: `("type", ["WEBHOOK"])`.
    pub(super) fn elsewhere(&self, grammar: &Grammar, here: &Object, key: &str) -> Option<(&str, Vec<String>)> {
        let objects = || self.branches.iter().filter_map(|branch| grammar.object(*branch));
        self.tags.iter().find_map(|tag| {
            let words = |object: &Object| match object.keys.get(tag).map(|key| grammar.shape(key.shape)) {
                Some(Shape::Text(text)) => text.words.clone(),
                _ => Vec::new(),
            };
            let ours = words(here);
            let theirs: Vec<String> =
                objects().filter(|object| object.keys.contains_key(key)).flat_map(words).collect();
            let few = theirs.len() <= FEW;
            let differs =
                few && !ours.is_empty() && !theirs.is_empty() && theirs.iter().all(|word| !ours.contains(word));
            differs.then_some((tag.as_str(), theirs))
        })
    }
}

/// Counts the keys that are missing or unknown in an object of this shape.
fn distance(object: &Object, pairs: &Map<String, Value>) -> usize {
    let missing = object.required.iter().filter(|key| !pairs.contains_key(*key)).count();
    let unknown = match object.rest {
        Rest::Named { .. } => 0,
        Rest::Open | Rest::Closed => pairs.keys().filter(|key| !object.keys.contains_key(*key)).count(),
    };
    missing + unknown
}

/// Returns the keys that distinguish object branches: those whose values fit only one of two branches.
pub(super) fn tags(shapes: &[Option<Shape>], branches: &[Id]) -> Vec<String> {
    let objects: Vec<&Object> = branches
        .iter()
        .filter_map(|id| match shapes.get(*id) {
            Some(Some(Shape::Object(object))) => Some(object),
            _ => None,
        })
        .collect();
    let mut tags: Vec<(usize, String)> = Vec::new();
    for key in objects.iter().flat_map(|object| &object.required) {
        if tags.iter().any(|(_, tag)| tag == key) {
            continue;
        }
        let at: Vec<Id> = objects.iter().filter_map(|object| object.keys.get(key)).map(|key| key.shape).collect();
        let apart = |(n, a): (usize, &Id)| at.iter().skip(n + 1).any(|b| disjoint(shapes, *a, *b));
        if at.iter().enumerate().any(apart) {
            let needed = objects.iter().filter(|object| object.required.contains(key)).count();
            tags.push((needed, key.clone()));
        }
    }
    // The sort is stable, so equals keep the order of the grammar.
    tags.sort_by_key(|(needed, _)| std::cmp::Reverse(*needed));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

/// Returns whether no value can have both shapes, judged by JSON types and words.
fn disjoint(shapes: &[Option<Shape>], a: Id, b: Id) -> bool {
    let shape = |id: Id| shapes.get(id).and_then(Option::as_ref);
    let (Some(one), Some(other)) = (shape(a), shape(b)) else { return false };
    match (one, other) {
        (Shape::Choice(choice), _) => choice.branches.iter().all(|branch| disjoint(shapes, *branch, b)),
        (_, Shape::Choice(choice)) => choice.branches.iter().all(|branch| disjoint(shapes, a, *branch)),
        (Shape::Any, _) | (_, Shape::Any) => false,
        (Shape::Text(one), Shape::Text(other)) => {
            !one.words.is_empty() && !other.words.is_empty() && one.words.iter().all(|word| !other.words.contains(word))
        }
        _ => std::mem::discriminant(one) != std::mem::discriminant(other),
    }
}
