//! What looks like a credential by its name. `docs/operations.md` lists such names.

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
/// Words that begin like one of them and mean something else.
const OTHERS: [&str; 3] = ["tokeniz", "secretar", "passwordless"];
/// Ends of names that make them those of secrets, and words that do so wherever they are.
const ENDS: [&str; 3] = ["pwd", "dsn", "jwt"];
/// Words that do so at its end.
const LAST: [&str; 2] = ["pass", "authorization"];
/// What may be before `pass` without a separator.
const OWNERS: [&str; 19] = [
    "db", "user", "root", "admin", "ftp", "ssh", "ldap", "smtp", "mail", "sql", "pg", "postgres", "redis", "mongo",
    "http", "proxy", "auth", "login", "key",
];
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
/// Ends of names, in the singular, that mean something else than the secret: its name, its address, a rule about it.
const ABOUT: [&str; 41] = [
    "algorithm",
    "arn",
    "audience",
    "bucket",
    "description",
    "endpoint",
    "expiration",
    "expiry",
    "file",
    "format",
    "header",
    "host",
    "hostname",
    "id",
    "issuer",
    "kind",
    "length",
    "manager",
    "method",
    "mode",
    "name",
    "parameter",
    "path",
    "policy",
    "prefix",
    "provider",
    "ref",
    "region",
    "role",
    "rotation",
    "scope",
    "status",
    "stdin",
    "template",
    "type",
    "units",
    "uri",
    "url",
    "validity",
    "vendor",
    "version",
];
/// Whether a name is that of a secret.
pub(super) fn is_credential(name: &str) -> bool {
    let words = words(name);
    let plain = words.concat();
    let last = words.last().map(String::as_str).unwrap_or_default();
    let ends_with = |before: &[&str], end: &str| {
        plain.strip_suffix(end).is_some_and(|start| before.iter().any(|word| start.ends_with(word)))
    };
    if ["url", "uri"].iter().any(|end| ends_with(&SERVERS, end)) {
        return true;
    }
    let others = OTHERS.iter().fold(plain.clone(), |plain, other| plain.replace(other, ""));
    let named = PARTS.iter().any(|part| others.contains(part))
        || ENDS.iter().any(|end| plain.ends_with(end) || words.iter().any(|word| word == end))
        || LAST.contains(&last)
        || ends_with(&OWNERS, "pass")
        || ["key", "keys"].iter().any(|end| ends_with(&KEYS, end));
    let singular = plain.strip_suffix('s').unwrap_or(&plain);
    named && !ABOUT.iter().any(|word| plain.ends_with(word) || singular.ends_with(word))
}

/// Whether a name looks like that of an account, which as a parameter belongs to a secret.
pub(super) fn is_account(name: &str) -> bool {
    let plain = words(name).concat();
    plain.ends_with("username") || plain.ends_with("clientid")
}

/// Returns the words of a name, in lower case: `DB_PWD`, `dbPwd`, `DBPwd` and `db-pwd` are `db`, `pwd`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let capital = letter.is_ascii_uppercase();
        let next = letters.peek().is_some_and(char::is_ascii_lowercase);
        let starts = !letter.is_ascii_alphanumeric()
            || (capital && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && next)));
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

#[cfg(test)]
mod tests {
    use super::*;

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
            // Without separators, and with acronyms.
            ("SSHKEY", true),
            ("SSHKey", true),
            ("DBPASSWORD", true),
            ("DBPass", true),
            ("DBPASS", true),
            ("APITOKEN", true),
            ("DBPWD", true),
            ("MYJWT", true),
            ("DATABASEURL", true),
            ("DbSecretARNs", false),
            ("SECRETARN", false),
            // About a secret.
            ("KeyId", false),
            ("SecretArn", false),
            ("TokenEndpoint", false),
            ("MinimumPasswordLength", false),
            ("KeySchema", false),
            ("JWT_ISSUER", false),
            ("TokenValidityUnits", false),
            ("PublicKey", false),
            ("PartitionKey", false),
            ("BYPASS", false),
            ("TOKENIZER", false),
            ("TOKENIZER_TOKEN", true),
            ("SSH_KEYS", true),
        ] {
            assert_eq!(is_credential(name), want, "{name}");
        }
    }
}
