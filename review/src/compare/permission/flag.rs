//! Permissions that deserve a second look: wildcards, everybody, and what opens other doors.

use super::cover;
use super::grant::Permission;
use crate::compare::report::Grant;
use crate::template::statement::Term;

/// Returns what deserves a second look of a permission that is new.
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
            let sensitive = [
                ("iam:*", "may change who may do what"),
                ("sts:*", "may act as somebody else"),
                ("kms:decrypt", "may decrypt"),
                ("secretsmanager:*", "may reach secrets"),
            ];
            // A service that is trusted with a role of its own is what roles are for.
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
        (Grant::Allow, Term::AllBut(_)) => flag("everything but some actions"),
        (Grant::ManagedPolicy, action) => {
            if action.to_text().ends_with(":policy/AdministratorAccess") {
                flag("any action");
            }
            flag("its statements are not in this template");
        }
        _ => {}
    }
    if permission.grant == Grant::Allow {
        match &permission.resource {
            Term::One(resource) if resource == "*" => flag("any resource"),
            Term::AllBut(_) => flag("everything but some resources"),
            Term::One(_) => {}
        }
        match &permission.principal {
            Term::One(principal) if principal == "*" => flag("anybody"),
            Term::AllBut(_) => flag("anybody but some"),
            Term::One(_) => {}
        }
    }
    flags
}
