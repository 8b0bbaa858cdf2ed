//! Checks sizes against the quotas of `CloudFormation` and Lambda.

use documents::wording::grouped;
use serde_json::Value;

use super::deployed::Deployed;
use super::reference::generated;
use super::violation::Violations;
use crate::template::intrinsic::{functions, last, section};

/// Maximum bytes of a template inside a request.
const INLINE_TEMPLATE: usize = 51_200;
/// Maximum bytes of a template in a bucket.
const LARGEST_TEMPLATE: usize = 1_000_000;
/// Maximum entries of a section.
const MOST: [(&str, usize); 3] = [("Resources", 500), ("Parameters", 200), ("Outputs", 200)];
/// Maximum bytes of a function's environment, names and values together.
const LARGEST_ENVIRONMENT: usize = 4096;
/// Bytes assumed for a value that is known only at deployment, such as an ARN or a URL.
const TYPICAL_VALUE: usize = 256;
/// Maximum bytes of a function's package, unpacked.
const LARGEST_PACKAGE: usize = 262_144_000;
/// Bytes of the package reserved for the function itself.
const BOOTSTRAP: usize = 16 * 1024 * 1024;

pub(super) fn check(deployed: &Deployed<'_>, violations: &mut Violations) {
    let size = deployed.template_bytes;
    if size > LARGEST_TEMPLATE {
        let message = format!(
            "the template has {} bytes; CloudFormation allows at most {}",
            grouped(size),
            grouped(LARGEST_TEMPLATE)
        );
        violations.error("", "template-too-large", message).help("move your own resources to a separate stack");
    } else if size > INLINE_TEMPLATE {
        let message = format!(
            "the template has {} bytes; CloudFormation allows at most {} without a bucket",
            grouped(size),
            grouped(INLINE_TEMPLATE)
        );
        violations
            .warning("", "template-needs-bucket", message)
            .help("`sam deploy` uses a bucket; the console and `--template-body` cannot");
    }
    if deployed.plan_bytes > LARGEST_PACKAGE - BOOTSTRAP {
        let message = format!(
            "the plan has {} bytes; Lambda allows a package of at most {}, including the function",
            grouped(deployed.plan_bytes),
            grouped(LARGEST_PACKAGE)
        );
        violations.error("", "plan-too-large", message).help("divide the blueprints between several runners");
    }
    for (name, most) in MOST {
        let added = if name == "Resources" { generated(deployed.template).len() } else { 0 };
        let count = section(deployed.template, name).count() + added;
        if count > most {
            let with = if added > 0 { format!(", including {added} that SAM adds") } else { String::new() };
            let message = format!("{} entries in `{name}`{with}; CloudFormation allows at most {most}", grouped(count));
            violations.error(format!("/{name}"), "too-many-entries", message).help("move some to a separate stack");
        }
    }
    environments(deployed.template, violations);
}

fn environments(template: &Value, violations: &mut Violations) {
    for (at, function) in functions(template) {
        let variables = function.get("Environment").and_then(|environment| environment.get("Variables")?.as_object());
        let bytes = |(name, value): (&String, &Value)| name.len() + value.as_str().map_or(TYPICAL_VALUE, str::len);
        let size: usize = variables.into_iter().flatten().map(bytes).sum();
        if size > LARGEST_ENVIRONMENT {
            let id = at.split('/').nth(2).unwrap_or(last(&at));
            let message = format!(
                "the environment of `{id}` has {} bytes; Lambda allows at most {}",
                grouped(size),
                grouped(LARGEST_ENVIRONMENT)
            );
            violations
                .error(format!("{at}/Environment/Variables"), "environment-too-large", message)
                .help("move large values to a file in the package or to Parameter Store");
        }
    }
}
