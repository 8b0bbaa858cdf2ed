//! Checks that no secret is in the template's text or where `CloudFormation` or Lambda would show it.

use model::pointer::below;
use serde_json::Value;

use super::credential::{is_account, is_credential};
use super::format::scalar;
use super::plain_text::{self, LITERAL_HELP, is_secret_text};
use super::reveal::{has_letters, reveals};
use super::violation::Violations;
use crate::template::intrinsic::{functions, outcomes_of, referenced, resources, section, substituted, walk};
use crate::template::literal::texts;
use crate::template::types::JSON_SAFE;

pub(super) fn check(template: &Value, violations: &mut Violations) {
    secret_strings(template, violations);
    parameters(template, violations);
    plain_text::check(template, violations);
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
    let local = text.get("Fn::Sub").and_then(|argument| argument.get(1));
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
        if let Some(local) = local.and_then(|local| local.get(name)) {
            return if texts(template, local).iter().any(|text| has_letters(text)) {
                Err(("literal-secret", format!("`{name}` puts a secret in the template in plain text")))
            } else {
                wrong(&format!("`{name}` is defined beside the text; use the masked parameter itself"))
            };
        }
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
pub(super) fn no_echo(parameter: &Value) -> bool {
    parameter
        .get("NoEcho")
        .is_some_and(|echo| echo == true || echo.as_str().is_some_and(|e| e.eq_ignore_ascii_case("true")))
}

/// Whether a parameter names a value in the Parameter Store instead of having it.
fn is_stored(parameter: &Value) -> bool {
    parameter.get("Type").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("AWS::SSM::"))
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

/// Checks that credentials are masked, and that no secret is written in a parameter. Others are visible to everyone who can
/// see the stack.
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
        let secret = |value: &Value| {
            let text = scalar(value).filter(|text| !text.is_empty());
            text.is_some_and(|text| {
                no_echo(parameter) || (is_credential(name) && !is_stored(parameter) && reveals(name, &text))
            })
        };
        if parameter.get("Default").is_some_and(secret) {
            let message = format!("the default of `{name}` puts a secret in the template in plain text");
            violations.error(format!("{at}/Default"), "literal-secret", message).help("set \"Default\": \"\"");
        }
        let values = parameter.get("AllowedValues").and_then(Value::as_array).into_iter().flatten();
        if let Some((index, _)) = values.enumerate().find(|(_, value)| secret(value)) {
            let message = format!("the allowed values of `{name}` put secrets in the template in plain text");
            violations
                .error(format!("{at}/AllowedValues/{index}"), "literal-secret", message)
                .caused_at(format!("{at}/NoEcho"))
                .help("remove `AllowedValues`; `AllowedPattern` can say what a value looks like");
        }
        let pattern = parameter.get("AllowedPattern").and_then(Value::as_str).unwrap_or_default();
        if (no_echo(parameter) || is_credential(name)) && is_one_text(pattern) {
            let message =
                format!("the allowed pattern of `{name}` is one text, which is in the template in plain text");
            violations
                .error(format!("{at}/AllowedPattern"), "literal-secret", message)
                .caused_at(format!("{at}/NoEcho"))
                .help("use a pattern that many values match");
        }
    }
}

/// Whether a pattern matches only one text.
fn is_one_text(pattern: &str) -> bool {
    let text = pattern.trim_start_matches('^').trim_end_matches('$');
    has_letters(text) && !text.contains(['[', '(', '.', '*', '+', '?', '{', '|', '\\'])
}

/// Checks where credentials are used: `CloudFormation` masks a parameter only in its list, not in copies of its value.
fn exposed(template: &Value, violations: &mut Violations) {
    let masked: Vec<&str> =
        section(template, "Parameters").filter(|(_, parameter)| no_echo(parameter)).map(|(name, _)| name).collect();
    for section in ["Resources", "Outputs", "Metadata"] {
        let Some(entries) = template.get(section) else { continue };
        walk(&below("", section), entries, &mut |at, value| {
            if is_secret_text(template, at) {
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
    fn patterns_of_one_text() {
        for (pattern, want) in
            [("^hunter2$", true), ("hunter2", true), ("^[a-z]*$", false), ("", false), (r"^\d$", false)]
        {
            assert_eq!(is_one_text(pattern), want, "{pattern}");
        }
    }
}
