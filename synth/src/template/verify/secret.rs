//! Checks that no secret is in the template's text or where `CloudFormation` or Lambda would show it.

use model::pointer::below;
use serde_json::Value;

use super::credential::{is_account, is_credential, known_format, reveals};
use super::violation::Violations;
use crate::template::intrinsic::{
    functions, intrinsic, outcomes_of, referenced, resources, section, substituted, walk,
};
use crate::template::literal::texts;
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
            return if texts(template, local).iter().any(|text| reveals(text)) {
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
fn no_echo(parameter: &Value) -> bool {
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
        let default = parameter.get("Default").is_some_and(|default| default != "");
        let literal = parameter.get("Default").and_then(Value::as_str).is_some_and(reveals);
        if default && (no_echo(parameter) || (literal && !text && is_credential(name) && !is_stored(parameter))) {
            let message = format!("the default of `{name}` puts a secret in the template in plain text");
            violations.error(format!("{at}/Default"), "literal-secret", message).help("set \"Default\": \"\"");
        }
    }
}

/// Checks for literal values that look like secrets.
fn literals(template: &Value, violations: &mut Violations) {
    for section in ["Parameters", "Mappings", "Resources", "Outputs"] {
        if let Some(entries) = template.get(section) {
            literals_in(template, &below("", section), None, entries, violations);
        }
    }
    // A condition only compares, so what its name suggests says nothing about its value.
    for (name, condition) in section(template, "Conditions") {
        literals_in(template, &below("/Conditions", name), None, condition, violations);
    }
}

/// Checks a value, which is named `name` in the template, and every value below it.
fn literals_in(template: &Value, at: &str, name: Option<&str>, value: &Value, violations: &mut Violations) {
    let is_call = intrinsic(value).is_some();
    if value.is_string() || is_call {
        let texts = texts(template, value);
        let name = name.filter(|name| is_credential(name) && !at.contains("/Metadata/"));
        let message = match (texts.iter().find_map(|text| known_format(text)), name) {
            (Some(format), _) => Some(format!("this puts {format} in the template in plain text")),
            (None, Some(name)) if texts.iter().any(|text| reveals(text)) => {
                Some(format!("`{name}` puts a secret in the template in plain text"))
            }
            _ => None,
        };
        if let Some(message) = message {
            violations.error(at, "literal-secret", message).help(LITERAL_HELP);
            return;
        }
    }
    match value {
        Value::Object(pairs) => {
            // Lists of variables and tags have their names in a pair of its own.
            let named = ["Name", "Key"].iter().find_map(|key| pairs.get(*key)?.as_str());
            for (key, value) in pairs.iter().filter(|(key, _)| *key != "SecretString") {
                let name = match key.as_str() {
                    _ if is_call => None,
                    "Value" => named.or(Some("Value")),
                    key => Some(key),
                };
                literals_in(template, &below(at, key), name, value, violations);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                literals_in(template, &format!("{at}/{index}"), name, item, violations);
            }
        }
        _ => {}
    }
}

const LITERAL_HELP: &str =
    "store it in Secrets Manager, pass the secret's ARN to the function, and read it in the code";

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
}
