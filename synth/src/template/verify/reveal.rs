//! What a literal value under the name of a secret reveals: a secret, or an amount, a switch or a reference.
//! `docs/operations.md` says which is which.

use super::credential::words;
use crate::template::literal::UNKNOWN;

/// Words with which a number is an amount.
const AMOUNTS: [&str; 52] = [
    "after",
    "age",
    "attempts",
    "bits",
    "budget",
    "burst",
    "bytes",
    "cache",
    "cost",
    "count",
    "days",
    "duration",
    "expires",
    "history",
    "hours",
    "index",
    "interval",
    "iterations",
    "level",
    "lifetime",
    "limit",
    "lockout",
    "max",
    "maximum",
    "millis",
    "min",
    "minimum",
    "minutes",
    "ms",
    "num",
    "number",
    "per",
    "percent",
    "period",
    "port",
    "prevention",
    "priority",
    "quota",
    "rate",
    "retries",
    "retry",
    "reuse",
    "rounds",
    "seconds",
    "size",
    "threshold",
    "timeout",
    "total",
    "ttl",
    "valid",
    "weight",
    "window",
];
/// Words with which `true` and `false` are a switch.
const SWITCHES: [&str; 56] = [
    "allow",
    "allowed",
    "auto",
    "cache",
    "can",
    "change",
    "check",
    "create",
    "delete",
    "disable",
    "disabled",
    "enable",
    "enabled",
    "encrypt",
    "encrypted",
    "exclude",
    "expose",
    "force",
    "forward",
    "generate",
    "has",
    "hide",
    "ignore",
    "import",
    "include",
    "is",
    "manage",
    "managed",
    "mask",
    "need",
    "needs",
    "no",
    "only",
    "optional",
    "permanent",
    "persist",
    "preserve",
    "propagate",
    "read",
    "require",
    "required",
    "requires",
    "reset",
    "resolve",
    "reuse",
    "revoke",
    "rotate",
    "save",
    "send",
    "show",
    "skip",
    "store",
    "use",
    "validate",
    "verify",
    "with",
];
/// Properties of AWS with such names and the few values that they have.
const ENUMERATED: [(&str, &[&str]); 6] = [
    ("ActorTokenContent", &["AWS_IAM_ID_TOKEN_JWT", "M2M", "NONE"]),
    ("HttpTokens", &["required", "optional"]),
    ("AccessToken", UNITS),
    ("IdToken", UNITS),
    ("RefreshToken", UNITS),
    ("Secret", &["true", "false"]),
];
/// Units of time of Cognito's `TokenValidityUnits`.
const UNITS: &[&str] = &["seconds", "minutes", "hours", "days"];

/// Whether a text under the name of a secret has something of the secret in it: a letter, a digit or a sign that is not from
/// a reference. An ARN, a public key, and under names that are made for them the alias of a key, an amount and a switch are not secret.
pub(super) fn reveals(name: &str, text: &str) -> bool {
    let text = text.trim();
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if ENUMERATED.iter().any(|(property, values)| *property == name && values.contains(&text)) {
        return false;
    }
    if ["true", "false"].iter().any(|switch| text.eq_ignore_ascii_case(switch)) {
        return !has(&SWITCHES);
    }
    if is_amount(text) {
        return !has(&AMOUNTS) && !words.last().is_some_and(|last| last.ends_with("tokens"));
    }
    let is_alias = words.last().is_some_and(|last| last.ends_with("key")) && is_alias(text);
    let is_public = ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"].iter().any(|start| text.starts_with(start));
    !is_arn(text) && !is_alias && !is_public && has_letters(text)
}

/// Whether a text is a number, or one with a unit of time such as `5m`.
fn is_amount(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let unit = text.get(number.len()..).unwrap_or_default();
    number.parse::<f64>().is_ok() && ["", "ms", "s", "m", "h", "d"].contains(&unit)
}

/// Whether a text is an ARN that names something (AWS General Reference, "Amazon Resource Names"), as far as it is known.
fn is_arn(text: &str) -> bool {
    let known = |part: &str, legal: &dyn Fn(&str) -> bool| part.contains(UNKNOWN) || legal(part);
    let word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, region, account, resource] => {
            let digits = |part: &str| part.len() == 12 && part.chars().all(|c| c.is_ascii_digit());
            let empty = |part: &str| part.is_empty() || part == "*";
            let typed =
                |kinds: &[&str]| known(resource, &|resource| kinds.iter().any(|kind| resource.starts_with(kind)));
            let regional = known(region, &|region| word(region) && region.matches('-').count() > 1)
                && known(account, &|account| digits(account));
            let global = known(region, &empty)
                && known(account, &|account| empty(account) || digits(account) || account == "aws");
            known(partition, &|partition| partition == "aws" || partition.starts_with("aws-"))
                && resource.chars().all(|c| !c.is_whitespace())
                && match *service {
                    "secretsmanager" => regional && typed(&["secret:"]),
                    "ssm" => regional && typed(&["parameter/"]),
                    "kms" => regional && typed(&["key/", "alias/"]),
                    "iam" => global && typed(&["role/", "user/", "policy/", "group/", "root", "instance-profile/"]),
                    service => known(service, &word) && regional,
                }
        }
        // A reference may replace several parts.
        ["arn", .., last] => last.ends_with(UNKNOWN) && parts.iter().all(|part| part.contains(UNKNOWN) || word(part)),
        _ => false,
    }
}

/// Whether a text is an alias of a key (KMS API reference, `AliasName`).
fn is_alias(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c) || c == UNKNOWN;
    text.strip_prefix("alias/").is_some_and(|name| !name.is_empty() && name.len() <= 250 && name.chars().all(legal))
}

/// Whether a text has letters, digits or signs of its own.
pub(super) fn has_letters(text: &str) -> bool {
    unresolved(text).contains(|c: char| c.is_alphanumeric() || "!#$%^+~".contains(c))
}

/// Removes dynamic references: `{{resolve:service:…}}`.
fn unresolved(text: &str) -> String {
    let mut pieces = text.split("{{resolve:");
    let first = pieces.next().unwrap_or_default().to_owned();
    let services = ["ssm:", "ssm-secure:", "secretsmanager:"];
    pieces.fold(first, |plain, piece| match piece.split_once("}}") {
        Some((reference, rest)) if services.iter().any(|service| reference.starts_with(service)) => plain + rest,
        _ => plain + piece,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_reveal_something() {
        let unknown = UNKNOWN.to_string();
        let arn = format!("arn:{UNKNOWN}:secretsmanager:{UNKNOWN}:{UNKNOWN}:secret:x");
        for (name, text, want) in [
            ("DB_PASSWORD", "hunter2", true),
            ("DB_PASSWORD", "1234567890", true),
            ("DB_PASSWORD", "true", true),
            ("DB_PASSWORD", "!#%^", true),
            ("DB_PASSWORD", "{{resolve:secretsmanager:a:SecretString:b}}", false),
            ("DB_PASSWORD", "{{resolve:ssm-secure:a}}hunter2", true),
            ("DB_PASSWORD", "{{resolve:hunter2}}", true),
            ("DB_PASSWORD", "{{resolve:ssm:hunter2", true),
            ("DB_PASSWORD", "", false),
            ("DB_PASSWORD", " : ", false),
            ("DB_PASSWORD", unknown.as_str(), false),
            ("DB_PASSWORD", arn.as_str(), false),
            ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:x-AbCdEf", false),
            ("DB_PASSWORD", "arn:aws:ssm:eu-west-1:000000000000:parameter/x", false),
            ("DB_PASSWORD", "arn:hunter2", true),
            ("DB_PASSWORD", "arn:aws:hunter2", true),
            ("DB_PASSWORD", "arn:aws:x:::hunter2", true),
            ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:000000000000:hunter2", true),
            ("DB_PASSWORD", "arn:aws:iam::000000000000:role/x hunter2", true),
            ("DB_PASSWORD", "alias/hunter2", true),
            ("SigningKey", "alias/signing", false),
            ("SigningKey", "alias/hunter2!", true),
            ("SSH_KEY", "ssh-ed25519 AAAAC3 me", false),
            ("Credentials", "arn:aws:iam::000000000000:role/x", false),
            ("Credentials", "arn:aws:iam::*:user/*", false),
            ("ManageMasterUserPassword", "true", false),
            ("GenerateSecret", "false", false),
            ("PasswordReusePrevention", "24", false),
            ("MAX_TOKENS", "4096", false),
            ("TOKEN_TTL", "5m", false),
            ("TOKEN_TTL", "hunter2", true),
            ("HttpTokens", "required", false),
            ("HttpTokens", "hunter2", true),
            ("AccessToken", "hours", false),
        ] {
            assert_eq!(reveals(name, text), want, "{name}: {text}");
        }
    }
}
