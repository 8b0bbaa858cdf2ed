//! Flags permissions that a reviewer should check: wildcards, public access, and privilege escalation.

use super::cover;
use super::grant::Permission;
use crate::compare::report::Grant;
use crate::template::statement::Term;

/// Returns what a reviewer should check about a new permission.
pub(super) fn flags(permission: &Permission) -> Vec<String> {
    let mut flags = Vec::new();
    let mut flag = |word: &str| flags.push(word.to_owned());
    match (&permission.grant, &permission.action) {
        (Grant::Allow, Term::One(action)) => {
            let lower = action.to_ascii_lowercase();
            if lower == "*" {
                flag("any action");
            } else if lower.contains(['*', '?']) {
                flag("wildcard in the action");
            }
            // Others have this permission on the resource, as in the trust policy of a role.
            let is_trust = match &permission.principal {
                Term::One(who) => who == "*" || who.contains(':'),
                Term::AllBut(_) => true,
            };
            let sensitive = [
                ("iam:*", "can change permissions"),
                ("sts:*", if is_trust { "can assume this role" } else { "can assume another identity" }),
                ("kms:decrypt", "can decrypt data"),
                ("secretsmanager:*", "can access secrets"),
            ];
            // A role that trusts an AWS service is normal.
            let trust = matches!(&permission.principal, Term::One(who) if who.starts_with("Service:"));
            for (pattern, words) in sensitive {
                if !(trust && lower == "sts:assumerole")
                    && (cover::word(pattern, &lower, true)
                        || (lower.contains('*') && cover::word(&lower, pattern, true)))
                {
                    flag(words);
                }
            }
        }
        (Grant::Allow, Term::AllBut(_)) => flag("all actions with exceptions"),
        (Grant::PolicyTemplate, _) => flag("its statements are not in this template"),
        (Grant::ManagedPolicy | Grant::Role | Grant::Group, action) => {
            if action.to_text().ends_with(":policy/AdministratorAccess") {
                flag("any action");
            }
            flag("its statements are not in this template");
        }
        _ => {}
    }
    if permission.grant == Grant::Allow {
        match &permission.resource {
            Term::One(resource) if resource == "*" && permission.attached.is_empty() => flag("any resource"),
            Term::AllBut(_) => flag("all resources with exceptions"),
            Term::One(_) => {}
        }
        match &permission.principal {
            Term::One(principal) if principal == "*" => flag("any principal"),
            Term::AllBut(_) => flag("all principals with exceptions"),
            Term::One(_) => {}
        }
    }
    flags
}
