//! Checks that no literal value in the template is a secret: by the name of its place, or by its format.

use model::pointer::{below, tokens};
use serde_json::{Map, Value};

use super::credential::is_credential;
use super::format::{known_format, scalar};
use super::reveal::reveals;
use super::secret::no_echo;
use super::violation::Violations;
use crate::template::intrinsic::{intrinsic, section, walk};
use crate::template::literal::texts;

/// What to do with a secret in the template.
pub(super) const LITERAL_HELP: &str =
    "store it in Secrets Manager, pass the secret's ARN to the function, and read it in the code";

/// Keys with the name of what is beside them: variables, tags, options, headers.
const NAMES: [&str; 8] = ["Name", "Key", "name", "key", "OptionName", "ParameterName", "ParameterKey", "HeaderName"];
/// Keys whose values belong to such a name, or to the key above.
const VALUES: [&str; 13] = [
    "Value",
    "Values",
    "value",
    "values",
    "Default",
    "default",
    "DefaultValue",
    "StringValue",
    "ParameterValue",
    "HeaderValue",
    "Text",
    "text",
    "data",
];
/// Metadata about the template: names of parameters with labels, and the notes of overrides.
const NOTES: [&str; 2] = ["AWS::CloudFormation::Interface", "PortActionRunner"];

pub(super) fn check(template: &Value, violations: &mut Violations) {
    let mut check = Check { template, violations };
    check.value("/Description", None, template.get("Description").unwrap_or_default());
    for (name, parameter) in section(template, "Parameters") {
        let at = below("/Parameters", name);
        check.description(&at, name, parameter);
        // Its default and its allowed values are checked with the parameter.
        check.pairs(&at, None, parameter);
    }
    for name in ["Mappings", "Metadata"] {
        for (key, value) in section(template, name).filter(|(key, _)| !NOTES.contains(key)) {
            check.value(&below(&below("", name), key), Some(key), value);
        }
    }
    for (id, resource) in section(template, "Resources") {
        let at = below("/Resources", id);
        check.description(&at, id, resource);
        check.pairs(&at, Some(id), resource);
    }
    for (id, output) in section(template, "Outputs") {
        let at = below("/Outputs", id);
        check.description(&at, id, output);
        let export = output.get("Export").and_then(|export| export.get("Name"));
        let exported = export.and_then(|name| texts(template, name).into_iter().find(|name| is_credential(name)));
        check.pairs(&at, Some(exported.as_deref().unwrap_or(id)), output);
    }
    // A condition only compares, so what its name suggests says nothing about its value.
    for (name, condition) in section(template, "Conditions") {
        let at = below("/Conditions", name);
        check.value(&at, None, condition);
        walk(&at, condition, &mut |at, value| check.comparison(at, value));
    }
}

/// Whether a place is in the text of a secret, which is checked on its own.
pub(super) fn is_secret_text(template: &Value, at: &str) -> bool {
    let path: Vec<String> = tokens(at).take(4).collect();
    let [resources, id, properties, text] = path.as_slice() else { return false };
    resources == "Resources"
        && properties == "Properties"
        && text == "SecretString"
        && template
            .get("Resources")
            .and_then(|all| all.get(id)?.get("Type"))
            .is_some_and(|kind| kind == "AWS::SecretsManager::Secret")
}

struct Check<'a> {
    template: &'a Value,
    violations: &'a mut Violations,
}

impl Check<'_> {
    /// Checks a value, which has the name `name`, and every value below it.
    fn value(&mut self, at: &str, name: Option<&str>, value: &Value) {
        let is_call = intrinsic(value).is_some();
        if is_call || scalar(value).is_some() {
            let texts = texts(self.template, value);
            let name = name.filter(|name| is_credential(name));
            let message = match (texts.iter().find_map(|text| known_format(text)), name) {
                (Some(format), _) => Some(format!("this puts {format} in the template in plain text")),
                (None, Some(name)) if texts.iter().any(|text| reveals(name, text)) => {
                    Some(format!("`{name}` puts a secret in the template in plain text"))
                }
                _ => None,
            };
            if let Some(message) = message {
                self.violations.error(at, "literal-secret", message).help(LITERAL_HELP);
                return;
            }
        }
        match value {
            Value::Object(_) if is_call => self.pairs(at, None, value),
            Value::Object(_) => self.pairs(at, name, value),
            Value::Array(items) => {
                let mut flag = None;
                for (index, item) in items.iter().enumerate() {
                    self.value(&format!("{at}/{index}"), flag.or(name), item);
                    // `["--password", "hunter2"]` in a command.
                    flag = item.as_str().and_then(|item| item.strip_prefix("--")).filter(|_| {
                        items.get(index + 1).and_then(Value::as_str).is_none_or(|next| !next.starts_with('-'))
                    });
                }
            }
            _ => {}
        }
    }

    /// Checks the pairs of an object, which has the name `above`.
    fn pairs(&mut self, at: &str, above: Option<&str>, object: &Value) {
        let Some(pairs) = object.as_object() else { return };
        let is_call = intrinsic(object).is_some();
        let beside = self.beside(pairs);
        let in_mapping = at.starts_with("/Mappings/");
        for (key, value) in pairs {
            let at = below(at, key);
            if is_secret_text(self.template, &at) || (key == "Metadata" && is_only_notes(value)) {
                continue;
            }
            let name = match key.as_str() {
                _ if is_call => None,
                // A statement's condition only compares.
                "Condition" if value.is_object() => {
                    self.formats(&at, value);
                    continue;
                }
                key if VALUES.contains(&key) => match &beside {
                    Beside::Name(name) => Some(name.as_str()),
                    Beside::Reference => None,
                    Beside::Nothing => above.or(Some(key)),
                },
                // What is in the properties belongs to the resource, and every value of a mapping to all keys above it.
                "Properties" => above,
                key if in_mapping && !is_credential(key) => above,
                key => Some(key),
            };
            self.value(&at, name, value);
        }
    }

    /// Checks every value for secrets with a known form.
    fn formats(&mut self, at: &str, value: &Value) {
        walk(at, value, &mut |at, value| {
            if value.is_string() {
                self.value(at, None, value);
            }
        });
    }

    /// Returns the name that a list of variables or tags has in a pair of its own.
    fn beside(&self, pairs: &Map<String, Value>) -> Beside {
        // CodeBuild's variables may name a secret instead of having it.
        let is_reference = |kind: &Value| kind == "SECRETS_MANAGER" || kind == "PARAMETER_STORE";
        if pairs.get("Type").is_some_and(is_reference) {
            return Beside::Reference;
        }
        let names: Vec<String> =
            NAMES.iter().filter_map(|key| pairs.get(*key)).flat_map(|name| texts(self.template, name)).collect();
        let likely = names.iter().find(|name| is_credential(name)).or(names.first());
        likely.map_or(Beside::Nothing, |name| Beside::Name(name.clone()))
    }

    /// Checks the description of something that is named like a secret: it is not one word with digits in it.
    fn description(&mut self, at: &str, name: &str, entry: &Value) {
        for key in ["Description", "ConstraintDescription"] {
            let Some(text) = entry.get(key).and_then(Value::as_str).filter(|_| is_credential(name)) else { continue };
            let is_word = !text.contains(char::is_whitespace) && text.contains(|c: char| c.is_ascii_digit());
            if is_word && reveals(name, text) {
                let message = format!("the description of `{name}` puts a secret in the template in plain text");
                self.violations.error(below(at, key), "literal-secret", message).help("describe it in words");
            }
        }
    }

    /// Checks that a masked parameter is not compared with a literal.
    fn comparison(&mut self, at: &str, value: &Value) {
        let Some(("Fn::Equals", Value::Array(sides))) = intrinsic(value) else { return };
        let masked = |side: &Value| {
            let name = side.get("Ref").and_then(Value::as_str)?;
            section(self.template, "Parameters").find(|(parameter, value)| *parameter == name && no_echo(value))
        };
        let Some((name, _)) = sides.iter().find_map(masked) else { return };
        if sides.iter().any(|side| texts(self.template, side).iter().any(|text| reveals(name, text))) {
            let message = format!("this compares `{name}` with a secret in plain text");
            self.violations
                .error(at, "literal-secret", message)
                .help("compare it with \"\" only, or use another parameter");
        }
    }
}

/// What an object says about the name of its value.
enum Beside {
    Name(String),
    /// The value names a secret that is kept elsewhere.
    Reference,
    Nothing,
}

/// Whether the metadata of a resource has nothing but our notes.
fn is_only_notes(metadata: &Value) -> bool {
    metadata.as_object().is_some_and(|metadata| metadata.keys().all(|key| NOTES.contains(&key.as_str())))
}
