//! Changes to the function's package: the template names its folder, and the plan is a file in it.

use super::report::{Reason, ResourceChange, ResourceEffect};
use crate::template::node::Node;
use crate::template::stack::{DeployedResource, Stack};

/// The folder of the package.
const PACKAGE: &str = "runner/";

/// Whether a resource is the function that carries runs out.
pub(super) fn is_ours(resource: &DeployedResource) -> bool {
    resource.property(&["CodeUri"]).and_then(Node::word) == Some(PACKAGE)
}

/// Returns the functions that carry runs out.
pub(super) fn functions(stack: &Stack) -> impl Iterator<Item = (&String, &DeployedResource)> {
    stack.resources.iter().filter(|(_, resource)| is_ours(resource))
}

/// Reports the function as changed: a changed plan changes the package, although the template stays the same.
pub(super) fn changed(old: &Stack, new: &Stack, resources: &mut Vec<ResourceChange>) {
    for (id, function) in functions(new).filter(|(id, _)| old.resources.contains_key(*id)) {
        let text = "`plan.json` in its package changed".to_owned();
        let reason = Reason { pointer: "/Properties/CodeUri".to_owned(), text, follows: None };
        if let Some(known) = resources.iter_mut().find(|known| known.id == *id) {
            known.reasons.push(reason);
            continue;
        }
        resources.push(ResourceChange {
            id: id.clone(),
            old_id: None,
            resource_type: function.resource_type.clone(),
            generated_by: None,
            effect: ResourceEffect::Changed,
            reasons: vec![reason],
            risk: None,
            changes: Vec::new(),
        });
    }
    resources.sort_by(|a, b| (b.effect, &a.id).cmp(&(a.effect, &b.id)));
}
