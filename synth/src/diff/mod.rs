//! What a pull request does to a deployed stack: two sides in, a [`Report`] out.
//!
//! ```text
//! Side ─ yaml ─► template ─ sam ─► Stack ─┬─ pair ─► what stays, goes, comes ─ resource, follow ─► resources
//!   │                                     ├─ grant ─ permission ─► permissions
//!   │                                     ├─ delivery, setting ─► delivery, settings
//!   └─ plan, Port's documents ────────────┴─ meaning, port ─► meaning, port
//! ```
//!
//! Every arrow is a function of its arguments. Nothing here deploys, asks AWS or runs `git`.

mod contract;
mod delivery;
mod follow;
mod grant;
mod mapping;
pub mod markdown;
mod meaning;
mod node;
mod normal;
mod pair;
mod permission;
mod policy;
mod port;
mod replacement;
pub mod report;
mod resource;
mod risk;
mod sam;
mod setting;
pub mod side;
mod stack;
pub mod text;
mod tree;
mod words;
pub mod yaml;

use self::pair::Pairs;
pub use self::report::Report;
use self::report::{Effect, VERSION, Verdict};
pub use self::side::Side;
use self::stack::Stack;

/// What happens when `new` follows `old`.
pub fn diff(old: &Side, new: &Side) -> Report {
    let (before, after) = (Stack::of(old.template()), Stack::of(new.template()));
    let pairs = Pairs::of(&before, &after);
    let shifts = follow::Shifts::of(&before, &after);
    let resources = resource::changes(&pairs, &shifts);
    let permissions = permission::changes(&pairs);
    let delivery = delivery::changes(&pairs);
    let settings = setting::changes(&before, &after, &pairs);
    let port = port::changes(old, new);
    let meaning = meaning::changes(old, new, &pairs);
    let mut notes: Vec<String> = old.notes().iter().chain(new.notes()).cloned().collect();
    if old.plan().is_some() != new.plan().is_some() {
        notes.push("only one side has a plan: what a run writes is not compared".to_owned());
    }
    if old.has_documents() != new.has_documents() {
        notes.push("only one side has Port's documents: blueprints and actions are not compared".to_owned());
    }
    let verdict = verdict(&resources, &permissions);
    Report {
        version: VERSION,
        old: old.name().to_owned(),
        new: new.name().to_owned(),
        verdict,
        meaning,
        resources,
        permissions,
        delivery,
        settings,
        port,
        notes,
    }
}

fn verdict(resources: &[report::ResourceChange], permissions: &[report::PermissionChange]) -> Verdict {
    let count = |effects: &[Effect]| resources.iter().filter(|resource| effects.contains(&resource.effect)).count();
    let goes = |direction| permissions.iter().any(|permission| permission.direction == direction);
    Verdict {
        added: count(&[Effect::Added]),
        changed: count(&[Effect::Changed]),
        replaced: count(&[Effect::Replaced, Effect::MayBeReplaced]),
        maybe_replaced: count(&[Effect::MayBeReplaced]),
        deleted: count(&[Effect::Deleted, Effect::MayBeDeleted]),
        maybe_deleted: count(&[Effect::MayBeDeleted]),
        renamed: count(&[Effect::Renamed]),
        released: count(&[Effect::Released]),
        widened: goes(report::Direction::Widened),
        narrowed: goes(report::Direction::Narrowed),
    }
}
