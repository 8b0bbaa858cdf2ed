//! Checks that no secret is in the template's text or where `CloudFormation` or Lambda would show it.

use model::pointer::below;
use serde_json::Value;

use super::violation::Violations;
use crate::template::intrinsic::{functions, last, outcomes_of, referenced, resources, section, substituted, walk};
use crate::template::types::JSON_SAFE;

pub(super) fn check(template: &Value, violations: &mut Violations) {
    secret_strings(template, violations);
    parameters(template, violations);
    literals(template, violations);
    exposed(template, violations);
}

/// Checks that a secret's text has only masked parameters as values, and is JSON for any values of theirs.
fn secret_strings(template: &Value, violations: &mut Violations) {
    for (at, properties) in resources(template, &["AWS::SecretsManager::Secret"]) {
        for text in outcomes_of(properties, "SecretString") {
            let Err((code, message)) = secret_fault(template, text) else { continue };
            let violation = violations.error(format!("{at}/SecretString"), code, message);
            let names = substituted(text).map(|(_, names)| names).unwrap_or_default();
            for name in names.into_iter().chain(text.get("Ref").and_then(Value::as_str)) {
                for key in ["NoEcho", "AllowedPattern"] {
                    violation.caused_at(format!("{}/{key}", below("/Parameters", name)));
                }
                violation.caused_at(below("/Parameters", name));
            }
            violation.help(SECRET_HELP);
        }
    }
}

const SECRET_HELP: &str =
    r#"use a parameter with "NoEcho": true, for example {"Fn::Sub": "{\"password\":\"${MyPassword}\"}"}"#;

fn secret_fault(template: &Value, text: &Value) -> Result<(), (&'static str, String)> {
    let wrong = |message: &str| Err(("secret-text", message.to_owned()));
    if let Some(name) = text.get("Ref").and_then(Value::as_str) {
        return masked(template, name);
    }
    let (text, names) = match substituted(text) {
        Some((_, names)) if names.is_empty() => {
            return Err(("literal-secret", "this puts a secret in the template in plain text".to_owned()));
        }
        Some(known) => known,
        None => {
            return wrong("a secret's text must be a masked parameter, or an `Fn::Sub` of JSON with masked parameters");
        }
    };
    let Ok(Value::Object(pairs)) = serde_json::from_str(text) else { return wrong("a secret's text must be JSON") };
    for (key, value) in &pairs {
        let whole = value.as_str().and_then(|value| value.strip_prefix("${")?.strip_suffix('}'));
        if whole.is_none_or(|name| name.contains('}') || name.starts_with('!')) {
            let message = format!("the value of `{key}` must be a single parameter");
            return Err(("literal-secret", message));
        }
    }
    for name in names {
        masked(template, name)?;
        let pattern = template.pointer(&format!("/Parameters/{name}/AllowedPattern")).and_then(Value::as_str);
        if !pattern.is_some_and(keeps_json) {
            let message = format!(
                "the `AllowedPattern` of `{name}` must exclude quotes and backslashes, which break the JSON: `{JSON_SAFE}`"
            );
            return Err(("secret-text", message));
        }
    }
    Ok(())
}

fn masked(template: &Value, name: &str) -> Result<(), (&'static str, String)> {
    let masked = section(template, "Parameters").any(|(parameter, value)| parameter == name && no_echo(value));
    masked.then_some(()).ok_or_else(|| ("secret-text", format!("`{name}` is not a masked parameter")))
}

/// Whether a parameter is masked. `CloudFormation` also accepts booleans as text.
fn no_echo(parameter: &Value) -> bool {
    parameter
        .get("NoEcho")
        .is_some_and(|echo| echo == true || echo.as_str().is_some_and(|e| e.eq_ignore_ascii_case("true")))
}

/// Whether a pattern excludes characters that break JSON: our own pattern, or a list of characters without quote and
/// backslash.
fn keeps_json(pattern: &str) -> bool {
    let plain = || {
        let (class, repeat) = pattern.strip_prefix("^[")?.strip_suffix('$')?.split_once(']')?;
        let counts = repeat.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let repeated = counts
            .map_or(["*", "+"].contains(&repeat), |counts| counts.chars().all(|c| c == ',' || c.is_ascii_digit()));
        let single = ["A-Z", "a-z", "0-9"].iter().fold(class.to_owned(), |class, range| class.replace(range, ""));
        let range = single.trim_start_matches('-').trim_end_matches('-').contains('-');
        Some(repeated && !range && !single.contains(['^', '"', '\\']))
    };
    pattern == JSON_SAFE || plain() == Some(true)
}

/// Checks that credentials are masked. Others are visible to everyone who can see the stack.
fn parameters(template: &Value, violations: &mut Violations) {
    for (name, parameter) in section(template, "Parameters") {
        let at = below("/Parameters", name);
        let text = parameter.get("Type").is_some_and(|kind| kind == "String");
        if text && !no_echo(parameter) && (is_credential(name) || is_account(name)) {
            violations
                .error(
                    format!("{at}/NoEcho"),
                    "unmasked-parameter",
                    format!("`{name}` looks like a credential but is not masked"),
                )
                .caused_at(at.clone())
                .help("add \"NoEcho\": true");
        }
        if no_echo(parameter) && parameter.get("Default").is_some_and(|default| default != "") {
            let message = format!("the default of `{name}` puts a secret in the template in plain text");
            violations.error(format!("{at}/Default"), "literal-secret", message).help("set \"Default\": \"\"");
        }
    }
}

/// Checks for literal values that look like secrets.
fn literals(template: &Value, violations: &mut Violations) {
    for section in ["Parameters", "Conditions", "Resources", "Outputs"] {
        let Some(entries) = template.get(section) else { continue };
        walk(&below("", section), entries, &mut |at, value| {
            let Some((text, names)) = substituted(value) else { return };
            let shape = known_shape(text);
            let key = last(at);
            let written_out =
                names.is_empty() && is_credential(key) && !is_harmless(text) && !at.contains("/Metadata/");
            if key == "SecretString" || (shape.is_none() && !written_out) || at.contains("/Fn::Sub") {
                return;
            }
            let message = match shape {
                Some(shape) => format!("this puts {shape} in the template in plain text"),
                None => format!("`{key}` puts a secret in the template in plain text"),
            };
            violations.error(at, "literal-secret", message).help(LITERAL_HELP);
        });
    }
}

const LITERAL_HELP: &str =
    "store it in Secrets Manager, pass the secret's ARN to the function, and read it in the code";

/// Words in the names of secrets, lower case and without hyphens.
const CREDENTIALS: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "token", "apikey", "credential", "privatekey", "accesskey"];
/// Words after them that mean something else than the secret: its name, its address, a rule about it.
const ABOUT: [&str; 15] = [
    "arn",
    "arns",
    "id",
    "ids",
    "name",
    "names",
    "uri",
    "url",
    "type",
    "policy",
    "version",
    "length",
    "description",
    "template",
    "prefix",
];

fn is_credential(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    CREDENTIALS.iter().any(|word| plain.contains(word)) && !ABOUT.iter().any(|word| plain.ends_with(word))
}

/// Whether a name looks like that of an account, which as a parameter belongs to a secret.
fn is_account(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    plain.ends_with("username") || plain.ends_with("clientid")
}

/// Whether a value is not secret, whatever its key.
fn is_harmless(text: &str) -> bool {
    text.is_empty()
        || ["true", "false"].contains(&text)
        || ["arn:", "{{resolve:"].iter().any(|start| text.starts_with(start))
}

/// Recognizes secrets by their format.
fn known_shape(text: &str) -> Option<&'static str> {
    let starts = |starts: &[&str]| {
        text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c))
            .any(|word| word.len() >= 20 && starts.iter().any(|start| word.starts_with(start)))
    };
    if starts(&["AKIA", "ASIA"]) {
        Some("an AWS access key")
    } else if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        Some("a private key")
    } else if starts(&["ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk_live_"]) {
        Some("an access token")
    } else {
        None
    }
}

/// Checks where credentials are used: `CloudFormation` masks a parameter only in its list, not in copies of its value.
fn exposed(template: &Value, violations: &mut Violations) {
    let masked: Vec<&str> =
        section(template, "Parameters").filter(|(_, parameter)| no_echo(parameter)).map(|(name, _)| name).collect();
    for section in ["Resources", "Outputs", "Metadata"] {
        let Some(entries) = template.get(section) else { continue };
        walk(&below("", section), entries, &mut |at, value| {
            if at.contains("/SecretString") {
                return;
            }
            for name in referenced(value).filter(|name| masked.contains(name)) {
                let message = format!("credential `{name}` is visible here; use it only in a `SecretString`");
                violations.error(at, "exposed-secret", message).help(LITERAL_HELP);
            }
            if at.contains("Metadata/") && value.as_str().is_some_and(|text| text.contains("{{resolve:")) {
                violations.error(at, "exposed-secret", "this dynamic reference is resolved and visible in metadata");
            }
        });
    }
    for (at, function) in functions(template) {
        let Some(environment) = function.get("Environment") else { continue };
        walk(&format!("{at}/Environment"), environment, &mut |at, value| {
            if value
                .as_str()
                .is_some_and(|text| text.contains("{{resolve:secretsmanager") || text.contains("{{resolve:ssm-secure"))
            {
                let message = "this dynamic reference puts the secret in the function's configuration";
                violations.error(at, "exposed-secret", message).help(LITERAL_HELP);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_keep_json() {
        for (pattern, want) in [
            (JSON_SAFE, true),
            ("^[A-Za-z0-9]*$", true),
            ("^[A-Za-z0-9_.-]{8,64}$", true),
            ("^[ -~]*$", false),
            ("^[^x]*$", false),
            (r#"^[a-z"]*$"#, false),
            (r"^[\w]*$", false),
            ("[a-z]*", false),
            (".*", false),
        ] {
            assert_eq!(keeps_json(pattern), want, "{pattern}");
        }
    }

    #[test]
    fn names_that_look_like_credentials() {
        for (name, want) in [
            ("MasterUserPassword", true),
            ("DB_PASSWORD", true),
            ("api_key", true),
            ("GITHUB_TOKEN", true),
            ("ClientSecret", true),
            ("PORT_SECRET_ARN", false),
            ("SecretId", false),
            ("PasswordPolicy", false),
            ("TokenUrl", false),
            ("Description", false),
        ] {
            assert_eq!(is_credential(name), want, "{name}");
        }
    }

    #[test]
    fn secrets_with_a_known_format() {
        let key = format!("AKIA{}", "ABCDEFGH12345678");
        let token = format!("ghp_{}", "x".repeat(36));
        for (text, want) in [
            (key.as_str(), true),
            (token.as_str(), true),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII", true),
            ("AKIA is how the keys of AWS start", false),
            ("arn:aws:iam::000000000000:role/x", false),
        ] {
            assert_eq!(known_shape(text).is_some(), want, "{text}");
        }
    }
}
