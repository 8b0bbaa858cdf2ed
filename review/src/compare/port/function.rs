//! Changes to the function that carries runs out: its logs, its memory, the machine that it is built for.

use super::consequence::{About, Consequences};
use crate::compare::package;
use crate::compare::report::{ChangeKind, Subject};
use crate::template::node::Node;
use crate::template::stack::{DeployedResource, Stack};

/// Adds what a change of the function's settings means. Defaults are those of the CloudFormation Template Reference,
/// `AWS::Lambda::Function` and `AWS::Logs::LogGroup`.
pub(super) fn changes(old: &Stack, new: &Stack, found: &mut Consequences) {
    let about = About { subject: Subject::Function, blueprint: "", action: None };
    for (id, after) in package::functions(new) {
        let Some(before) = old.resources.get(id).filter(|resource| package::is_ours(resource)) else { continue };
        let texts = [
            ("Architectures", architecture(before, after)),
            ("MemorySize", memory(before, after)),
            ("RetentionInDays", logs(retention(before, old), retention(after, new))),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                found.add(about, Some(key), ChangeKind::Changed, text);
            }
        }
    }
}

fn architecture(old: &DeployedResource, new: &DeployedResource) -> Option<String> {
    let of = |function: &DeployedResource| {
        let listed = function.property(&["Architectures"]).and_then(|list| list.children().next());
        listed.map_or_else(|| Some("x86_64".to_owned()), |name| name.word().map(str::to_owned))
    };
    let (before, after) = (of(old)?, of(new)?);
    (before != after).then(|| {
        format!("the function runs on `{after}` instead of `{before}`: build it for `{after}` before you deploy")
    })
}

fn memory(old: &DeployedResource, new: &DeployedResource) -> Option<String> {
    let of = |function: &DeployedResource| -> Option<u32> {
        function.property(&["MemorySize"]).map_or(Some(128), |size| size.word()?.parse().ok())
    };
    let (before, after) = (of(old)?, of(new)?);
    let times = if before > 0 && after % before == 0 { after / before } else { 0 };
    let words = match times {
        1 => return None,
        2 => "twice the memory".to_owned(),
        3 => "three times the memory".to_owned(),
        4 => "four times the memory".to_owned(),
        0 => return (before != after).then(|| format!("the function has {after} MB of memory instead of {before} MB")),
        times => format!("{times} times the memory"),
    };
    Some(format!("the function has {words}: {after} MB instead of {before} MB"))
}

/// How long log events are kept; `None` is forever.
type Retention = Option<u32>;

/// Returns how long the function's log group keeps log events; `None` if the template does not say.
fn retention(function: &DeployedResource, stack: &Stack) -> Option<Retention> {
    let Node::Ref(group) = function.property(&["LoggingConfig", "LogGroup"])? else { return None };
    match stack.resources.get(group)?.property(&["RetentionInDays"]) {
        None => Some(None),
        Some(days) => days.word()?.parse().ok().map(Some),
    }
}

fn logs(old: Option<Retention>, new: Option<Retention>) -> Option<String> {
    match (old?, new?) {
        (before, after) if before == after => None,
        (None, Some(after)) => Some(format!("log events older than {after} days are deleted; before, none were")),
        (Some(before), Some(after)) if after < before => {
            Some(format!("log events older than {after} days are deleted; before, they were kept for {before} days"))
        }
        (Some(before), Some(after)) => Some(format!("log events are kept for {after} days instead of {before}")),
        (before, None) => before.map(|days| format!("log events are no longer deleted after {days} days")),
    }
}
