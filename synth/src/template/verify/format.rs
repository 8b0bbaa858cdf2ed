//! What looks like a credential by its format. `docs/operations.md` lists what is recognized.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::credential::{is_credential, words};
use super::reveal::{has_letters, reveals};
use crate::template::literal::UNKNOWN;

/// Recognizes secrets by their format, also in Base64.
pub(super) fn known_format(text: &str) -> Option<&'static str> {
    plain_format(text).or_else(|| plain_format(&decoded(text)?))
}

/// Decodes Base64, such as an instance's `UserData`, if it is a text.
fn decoded(text: &str) -> Option<String> {
    let joined: String = text.split_ascii_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(joined).ok().filter(|bytes| bytes.len() >= SHORTEST)?;
    String::from_utf8(bytes).ok()
}

/// The shortest script with a secret, in bytes. Shorter words are Base64 by chance.
const SHORTEST: usize = 12;

fn plain_format(text: &str) -> Option<&'static str> {
    let starts = |starts: &[&str]| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c))
            .any(|word| word.len() >= 20 && starts.iter().any(|start| word.starts_with(start)))
    };
    let is_jwt = |word: &str| word.starts_with("eyJ") && word.len() >= 40 && word.matches('.').count() == 2;
    if starts(&["AKIA", "ASIA"]) {
        Some("an AWS access key")
    } else if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        Some("a private key")
    } else if starts(&TOKENS)
        || text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c)).any(is_jwt)
        || text.contains("hooks.slack.com/services/")
    {
        Some("an access token")
    } else if has_password_in_url(text) || has_password_in_pairs(text) {
        Some("a password in a connection string")
    } else if has_password_in_json(text) {
        Some("a secret in JSON")
    } else if assigns_secret(text) {
        Some("a secret that is assigned to its name")
    } else {
        None
    }
}

/// How tokens start.
const TOKENS: [&str; 18] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "sk_live_",
    "rk_live_",
    "sk-ant-",
    "sk-proj-",
    "npm_",
    "pypi-",
    "AIza",
];

/// Whether an address has a password: `scheme://user:password@host`.
fn has_password_in_url(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ', '"', '\'', '\n']).next().unwrap_or_default();
        let password =
            authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
        password.is_some_and(has_letters)
    })
}

/// Whether a list of settings has a password: `Server=…;Password=…`.
fn has_password_in_pairs(text: &str) -> bool {
    let names = ["password", "pwd", "accountkey", "sharedaccesskey", "sharedaccesssignature"];
    let pairs: Vec<(String, &str)> = text
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (words(name).concat(), value))
        .collect();
    pairs.len() > 1 && pairs.iter().any(|(name, value)| names.contains(&name.as_str()) && has_letters(value))
}

/// Whether a text is JSON with a secret in it.
fn has_password_in_json(text: &str) -> bool {
    fn has(value: &Value) -> bool {
        match value {
            Value::Object(pairs) => pairs.iter().any(|(name, value)| match scalar(value) {
                // `"Token.$"` is a path in a state machine.
                Some(text) => !name.ends_with(".$") && is_credential(name) && reveals(name, &text),
                None => has(value),
            }),
            Value::Array(items) => items.iter().any(has),
            _ => false,
        }
    }
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str(text).is_ok_and(|value| has(&value))
}

/// Returns a string, a number or a boolean as text.
pub(super) fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string().into()),
        _ => None,
    }
}

/// Whether a text, such as a script, assigns a literal to the name of a secret: `export DB_PASSWORD=hunter2`,
/// `password = "hunter2"`, or a line `password: hunter2`.
fn assigns_secret(text: &str) -> bool {
    text.lines().any(|line| {
        line.match_indices(['=', ':']).any(|(at, sign)| {
            let (before, after) = (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default());
            let written = before.trim_end().trim_end_matches(['"', '\'']);
            let is_name = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
            let name = written.rsplit(|c| !is_name(c)).next().unwrap_or_default();
            if !is_credential(name) {
                return false;
            }
            let start = written.strip_suffix(name).unwrap_or_default();
            let begins = start.trim_matches([' ', '\t', '-', '"', '\'', '{']).is_empty() || start.trim() == "export";
            literal(name, after, sign == ":", begins, written.len() == at)
        })
    })
}

/// Whether what follows `name` and a sign is a literal secret. `begins`: the name begins its line. `tight`: nothing is between
/// name and sign.
fn literal(name: &str, after: &str, colon: bool, begins: bool, tight: bool) -> bool {
    let value = after.trim_start();
    let is_spaced = value.len() < after.len();
    if let Some(quote) = value.chars().next().filter(|c| "\"'".contains(*c)) {
        let quoted = value.get(1..).and_then(|rest| rest.split_once(quote)).map(|(quoted, _)| quoted);
        return quoted.is_some_and(|quoted| is_literal(name, quoted));
    }
    if colon {
        // In YAML. A sentence goes on after its first word.
        let value = value.trim_end();
        return begins
            && is_spaced
            && !value.contains(char::is_whitespace)
            && has_digit(value)
            && is_literal(name, value);
    }
    let end = |c: char| c.is_whitespace() || ";,&|\"'`)".contains(c);
    let value = value.split(end).next().unwrap_or_default();
    let is_variable = !name.contains(|c: char| c.is_ascii_lowercase());
    // In code, `token=token` and `token=get()` are not literals.
    let is_setting = begins && has_digit(value) && !value.contains(['(', '[', '.']);
    tight && !is_spaced && (is_variable || is_setting) && is_literal(name, value)
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// Whether a value is a literal secret and not a variable, a command or a placeholder.
fn is_literal(name: &str, value: &str) -> bool {
    let refers = ["$", "<", "%", "{{", "(", "`", "!", "*"].iter().any(|start| value.starts_with(start));
    let known = !value.contains(UNKNOWN) && !value.contains("${") && !value.contains("$(");
    let absent =
        ["null", "none", "nil", "undefined", "true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word));
    known && !refers && !absent && reveals(name, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_with_a_known_format() {
        let key = format!("AKIA{}", "ABCDEFGH12345678");
        let token = format!("ghp_{}", "x".repeat(36));
        let jwt = format!("Bearer eyJ{}.{}.c", "a".repeat(20), "b".repeat(20));
        let half_known = format!("https://user:{UNKNOWN}@host/");
        for (text, want) in [
            (key.as_str(), true),
            (token.as_str(), true),
            (jwt.as_str(), true),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII", true),
            ("postgres://app:hunter2@db.example.com:5432/app", true),
            ("Server=db;User Id=app;Password=hunter2", true),
            ("{\"db\": {\"password\": \"hunter2\"}}", true),
            (half_known.as_str(), false),
            ("postgres://app:{{resolve:secretsmanager:a}}@db/app", false),
            ("ssh://git@example.com/a:b", false),
            ("https://example.com/a@b:c", false),
            ("{\"username\": \"x\"}", false),
            ("{\"pin\": 1, \"password\": 1234567890}", true),
            (" [{\"password\": \"hunter2\"}]", true),
            ("{\"password_length\": 12, \"max_tokens\": 100, \"Token.$\": \"$.a\"}", false),
            ("#!/bin/bash\nexport DB_PASSWORD=hunter2\n", true),
            ("docker run -e DB_PASSWORD=hunter2 app", true),
            ("DB_PASSWORD=\"hunter2\" app", true),
            ("password = 'hunter2'", true),
            ("password=hunter2", true),
            ("db:\n  password: hunter2\n", true),
            ("aws.secretKey=\"hunter2\"", true),
            ("export DB_PASSWORD=$(aws ssm get-parameter --name x1)", false),
            ("export DB_PASSWORD=$PASSWORD1", false),
            ("DB_PASSWORD=\"${X}\"", false),
            ("TOKEN=`curl http://169.254.169.254/1`", false),
            ("token = event['token1']\npassword = os.environ['P1']", false),
            ("client.call(token=token, password=password1)", false),
            ("Password: must have 8 characters", false),
            ("The token: 2 of them", false),
            ("ZXhwb3J0IERCX1BBU1NXT1JEPWh1bnRlcjI=", true),
            ("ZXhwb3J0IERCX1BBU1NXT1JEPQ==", false),
            ("TOKEN_TTL=300", false),
            ("PASSWORD_FILE=/run/secrets/x1", false),
            ("https://example.com/?next_token=abc1", false),
            ("AKIA is how the keys of AWS start", false),
            ("arn:aws:iam::000000000000:role/x", false),
        ] {
            assert_eq!(known_format(text).is_some(), want, "{text}");
        }
    }
}
