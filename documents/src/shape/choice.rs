//! Choices between shapes: one branch is picked by what tells the branches apart, and only that one is checked.

use serde_json::{Map, Value};

use super::{Grammar, Id, Object, Rest, Shape};

/// More alternatives than this are no help.
const FEW: usize = 4;

/// One of several shapes, none of which is a choice itself.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) branches: Vec<Id>,
    /// Keys by whose values objects are told apart, such as `type`; the one that most branches need comes first.
    pub(super) tags: Vec<String>,
}

/// What became of a choice.
pub(super) enum Picked<'a> {
    /// This branch it is.
    Branch(Id),
    /// No branch takes a value of this JSON type, or none of these words.
    Unfit,
    /// No branch takes what stands at this key: what could stand there, and the branches that are left.
    TagUnfit(&'a str, Vec<Id>, Vec<Id>),
    /// This key is needed to tell which of these branches it is.
    TagMissing(&'a str, Vec<Id>),
    /// An object that has nothing of any of these branches.
    Strange(Vec<Id>),
}

impl Choice {
    /// The branch that `value` is meant to be.
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
                        // What is wrong may be a word alone.
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

    /// Which values of a tag go with a key that `here` does not have: `("type", ["WEBHOOK"])`.
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

/// How many keys are missing from or unknown to an object of this shape.
fn distance(object: &Object, pairs: &Map<String, Value>) -> usize {
    let missing = object.required.iter().filter(|key| !pairs.contains_key(*key)).count();
    let unknown = match object.rest {
        Rest::Named { .. } => 0,
        Rest::Open | Rest::Closed => pairs.keys().filter(|key| !object.keys.contains_key(*key)).count(),
    };
    missing + unknown
}

/// The keys that tell object branches apart: those that no value could have in two of the branches at once.
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
    // The sort is stable: among equals the order of the grammar stays.
    tags.sort_by_key(|(needed, _)| std::cmp::Reverse(*needed));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

/// Whether no value can have both shapes, as far as JSON types and words tell.
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
