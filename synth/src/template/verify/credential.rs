//! What looks like a credential: by its name, and by its format. `docs/operations.md` lists both.

use serde_json::Value;

/// Parts of names of secrets, without hyphens.
const PARTS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "credential",
    "privatekey",
    "accesskey",
    "connectionstring",
];
/// Words that make a name that of a secret, wherever they are in it.
const WORDS: [&str; 3] = ["pwd", "dsn", "jwt"];
/// Words that do so at its end.
const LAST: [&str; 2] = ["pass", "authorization"];
/// Words before `key` that do so.
const KEYS: [&str; 9] = ["signing", "hmac", "shared", "ssh", "session", "license", "account", "auth", "webhook"];
/// Words before `url` or `uri` that do so, since such addresses have a password in them.
const SERVERS: [&str; 14] = [
    "database",
    "db",
    "postgres",
    "postgresql",
    "pg",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "redis",
    "amqp",
    "rabbitmq",
    "jdbc",
    "sqlalchemy",
];
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

/// Whether a name is that of a secret.
pub(super) fn is_credential(name: &str) -> bool {
    let words = words(name);
    let plain = words.concat();
    let last = words.last().map(String::as_str).unwrap_or_default();
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map(String::as_str).unwrap_or_default();
    if ["url", "uri"].contains(&last) && SERVERS.contains(&before) {
        return true;
    }
    let named = PARTS.iter().any(|part| plain.contains(part))
        || words.iter().any(|word| WORDS.contains(&word.as_str()))
        || LAST.contains(&last)
        || (last == "key" && KEYS.contains(&before));
    named && !ABOUT.iter().any(|word| plain.ends_with(word))
}

/// Whether a name looks like that of an account, which as a parameter belongs to a secret.
pub(super) fn is_account(name: &str) -> bool {
    let plain = words(name).concat();
    plain.ends_with("username") || plain.ends_with("clientid")
}

/// Returns the words of a name, in lower case: `DB_PWD`, `dbPwd` and `db-pwd` are `db`, `pwd`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for letter in name.chars() {
        let starts = !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && before.is_ascii_lowercase());
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a text under the name of a secret has something of the secret in it: a letter or a digit that is not from a
/// reference. An ARN and the alias of a key are not secret.
pub(super) fn reveals(text: &str) -> bool {
    let text = text.trim();
    let harmless = ["true", "false"].contains(&text) || ["arn:", "alias/"].iter().any(|start| text.starts_with(start));
    !harmless && has_letters(text)
}

fn has_letters(text: &str) -> bool {
    unresolved(text).contains(char::is_alphanumeric)
}

/// Removes dynamic references (`{{resolve:…}}`).
fn unresolved(text: &str) -> String {
    let mut pieces = text.split("{{resolve:");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| plain + piece.split_once("}}").map_or("", |(_, rest)| rest))
}

/// Recognizes secrets by their format.
pub(super) fn known_format(text: &str) -> Option<&'static str> {
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
            Value::Object(pairs) => pairs.iter().any(|(name, value)| match value.as_str() {
                Some(text) => is_credential(name) && reveals(text),
                None => has(value),
            }),
            Value::Array(items) => items.iter().any(has),
            _ => false,
        }
    }
    text.starts_with('{') && serde_json::from_str(text).is_ok_and(|value| has(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::literal::UNKNOWN;

    #[test]
    fn names_that_look_like_credentials() {
        for (name, want) in [
            ("MasterUserPassword", true),
            ("DB_PASSWORD", true),
            ("DB_PWD", true),
            ("dbPwd", true),
            ("PGPASSWORD", true),
            ("SMTP_PASS", true),
            ("api_key", true),
            ("GITHUB_TOKEN", true),
            ("ClientSecret", true),
            ("DATABASE_URL", true),
            ("databaseUrl", true),
            ("REDIS_URI", true),
            ("SENTRY_DSN", true),
            ("JWT_SIGNING_KEY", true),
            ("ConnectionString", true),
            ("Authorization", true),
            ("PORT_SECRET_ARN", false),
            ("SecretId", false),
            ("PasswordPolicy", false),
            ("TokenUrl", false),
            ("Description", false),
            ("SERVICE_URL", false),
            ("PassThrough", false),
            ("Compass", false),
            ("AuthorizationType", false),
            ("Key", false),
        ] {
            assert_eq!(is_credential(name), want, "{name}");
        }
    }

    #[test]
    fn texts_that_reveal_something() {
        let unknown = UNKNOWN.to_string();
        for (text, want) in [
            ("hunter2", true),
            ("{{resolve:secretsmanager:a:SecretString:b}}", false),
            ("{{resolve:ssm-secure:a}}hunter2", true),
            ("arn:aws:iam::000000000000:role/x", false),
            ("true", false),
            ("", false),
            (" : ", false),
            (unknown.as_str(), false),
        ] {
            assert_eq!(reveals(text), want, "{text}");
        }
    }

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
            ("AKIA is how the keys of AWS start", false),
            ("arn:aws:iam::000000000000:role/x", false),
        ] {
            assert_eq!(known_format(text).is_some(), want, "{text}");
        }
    }
}
