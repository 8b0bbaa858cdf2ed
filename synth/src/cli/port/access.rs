//! Port's address and the credentials for it. Secrets come from the environment, from Secrets Manager or from a file that
//! only its owner can read. They are never taken from the command line and never printed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, FromArgMatches};
use model::arn;
use port::{Client, Credentials, Deadline, Failure, Region};
use serde::Deserialize;

use super::explained;

/// Time for the first call. It is short, so that a wrong address or a network that is down is reported soon.
pub(super) const FIRST: Duration = Duration::from_secs(15);

/// Time for any other call with its retries: long enough for Port's five-minute rate limit window to let one through.
const CALL: Duration = Duration::from_secs(90);

#[derive(Debug, Args)]
pub(in crate::cli) struct Access {
    /// Region of your organisation in Port [default: eu]
    #[arg(long, value_parser = regions(), env = "PORT_REGION", hide_env_values = true, value_name = "REGION")]
    region: Option<Region>,
    /// URL of Port's API, instead of that of a region
    #[arg(long, env = "PORT_API_URL", hide_env_values = true, value_name = "URL")]
    url: Option<String>,
    /// Section of the credentials file to use
    #[arg(long, env = "PORT_PROFILE", hide_env_values = true, value_name = "NAME")]
    profile: Option<String>,
    /// Secret in AWS Secrets Manager with `clientId` and `clientSecret`; needs the AWS CLI
    #[arg(long, env = "PORT_SECRET_ARN", hide_env_values = true, value_name = "ARN", conflicts_with = "profile")]
    secret_arn: Option<String>,
}

fn regions() -> impl TypedValueParser<Value = Region> {
    let names = Region::ALL.map(|region| PossibleValue::new(region.as_str()).help(format!("`{}`", region.api_url())));
    // Only names of `Region` get here.
    PossibleValuesParser::new(names).map(|name| Region::parse(&name).unwrap_or(Region::Eu))
}

/// A section of the credentials file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    client_id: String,
    client_secret: String,
    region: Option<Region>,
    url: Option<String>,
}

/// A client with its credentials.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) url: String,
    patience: Duration,
}

impl Session {
    /// Logs in.
    ///
    /// # Errors
    /// If Port cannot be reached, which says under which URL, or if it does not accept the credentials.
    pub(super) async fn enter(&self) -> anyhow::Result<()> {
        self.client.log_in(Deadline::after(FIRST)).await.map_err(|failure| match &failure {
            Failure::Unavailable { .. } => anyhow!(
                "cannot reach Port at `{}`: {failure}\n  help: check your network, the proxy settings, and --region or --url",
                self.url
            ),
            _ => explained(&failure),
        })
    }

    /// Returns the deadline of a call that starts now.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.patience)
    }
}

impl Access {
    /// Reads the flags of an unfinished line and the environment. `value` returns the value of a flag. `None` if one
    /// is not valid.
    pub(in crate::cli) fn typed(value: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let command = Self::augment_args(clap::Command::new("synth").no_binary_name(true));
        let flags = command.get_arguments().filter_map(|flag| Some(format!("--{}", flag.get_long()?)));
        let words: Vec<OsString> =
            flags.filter_map(|flag| value(&flag).map(|value| [flag.into(), value])).flatten().collect();
        Self::from_arg_matches(&command.try_get_matches_from(words).ok()?).ok()
    }

    /// Returns a client if the credentials can be read at once. A secret in AWS cannot: the AWS CLI takes its time, and
    /// may ask for a code.
    pub(in crate::cli) fn client_at_hand(&self) -> Option<Client> {
        let in_aws = self.secret_arn.is_some() && self.profile.is_none();
        if in_aws { None } else { self.session().ok().map(|session| session.client) }
    }

    /// Returns the region, if one is asked for.
    pub(in crate::cli) fn region(&self) -> Option<Region> {
        self.region
    }

    /// Finds the credentials and Port's address. Sends nothing yet.
    pub(super) fn session(&self) -> anyhow::Result<Session> {
        let (credentials, profile_url) = self.credentials()?;
        let url = match (&self.url, self.region, profile_url) {
            (Some(url), ..) => url.clone(),
            (None, Some(region), _) => region.api_url().to_owned(),
            (None, None, Some(url)) => url,
            (None, None, None) => Region::Eu.api_url().to_owned(),
        };
        if !is_safe(&url) {
            bail!("`{url}` does not start with `https://`; the credentials would be sent unencrypted");
        }
        Ok(Session { client: Client::new(http()?, &url, credentials), url, patience: CALL })
    }

    /// Finds the credentials, and the URL that a profile sets.
    fn credentials(&self) -> anyhow::Result<(Credentials, Option<String>)> {
        if let Some(name) = &self.profile {
            let path = file().context("cannot find the credentials file: HOME is not set")?;
            let profile =
                profile(&path, name)?.with_context(|| format!("`{}` has no section `[{name}]`", path.display()))?;
            return Ok(from_profile(profile));
        }
        if let Some(arn) = &self.secret_arn {
            return Ok((from_secret(arn)?, None));
        }
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (variable("PORT_CLIENT_ID"), variable("PORT_CLIENT_SECRET")) {
            (Some(client_id), Some(secret)) => {
                return Ok((Credentials { client_id, client_secret: secret.into() }, None));
            }
            (Some(_), None) => bail!("PORT_CLIENT_ID is set but PORT_CLIENT_SECRET is not"),
            (None, Some(_)) => bail!("PORT_CLIENT_SECRET is set but PORT_CLIENT_ID is not"),
            (None, None) => {}
        }
        if let Some(path) = file()
            && path.exists()
            && let Some(profile) = profile(&path, "default")?
        {
            return Ok(from_profile(profile));
        }
        bail!(
            "no credentials for Port\n  help: set PORT_CLIENT_ID and PORT_CLIENT_SECRET (in Port, they are behind the `…` menu \
             under Credentials), or PORT_SECRET_ARN, or write a credentials file: see `synth port --help`"
        )
    }
}

/// Builds an HTTP client that trusts the system's root certificates and uses the proxy that the usual variables name.
fn http() -> anyhow::Result<reqwest::Client> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        bail!("this system has no root certificates; install `ca-certificates`, or set SSL_CERT_FILE");
    }
    Ok(port::http::client_trusting(roots)?)
}

/// Whether a URL is encrypted or local. Parsed as the client parses it: `http://localhost:1@example.com` is not local.
fn is_safe(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    })
}

/// Returns where the credentials file is expected.
fn file() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("PORT_CREDENTIALS_FILE") {
        return Some(PathBuf::from(path));
    }
    let folder = std::env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = folder.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
    folder.map(|folder| folder.join("port-action-runner/credentials.toml"))
}

/// Reads a section of the credentials file. Refuses a file that others can read.
fn profile(path: &Path, name: &str) -> anyhow::Result<Option<Profile>> {
    let shown = path.display();
    let text = synth::files::text(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).with_context(|| format!("cannot read `{shown}`"))?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!("other users can read `{shown}`, which has secrets in it; run\n  chmod 600 {shown}");
        }
    }
    // The parser's message would quote the file's secrets.
    let mut table: toml::Table =
        toml::from_str(&text).map_err(|_| anyhow::anyhow!("`{shown}` is not valid TOML; see `synth port --help`"))?;
    let Some(section) = table.remove(name) else { return Ok(None) };
    let profile = section.try_into().map_err(|_| {
        anyhow::anyhow!(
            "`[{name}]` in `{shown}` must have `client_id` and `client_secret`, and may have `region` or `url`"
        )
    })?;
    Ok(Some(profile))
}

fn from_profile(profile: Profile) -> (Credentials, Option<String>) {
    let url = profile.url.or_else(|| profile.region.map(|region| region.api_url().to_owned()));
    (Credentials { client_id: profile.client_id, client_secret: profile.client_secret.into() }, url)
}

/// Reads a secret with the AWS CLI, which supports every way to log in to AWS. The region is taken from the ARN.
fn from_secret(arn: &str) -> anyhow::Result<Credentials> {
    let region = arn::region(arn);
    let mut command = Command::new("aws");
    command.args([
        "secretsmanager",
        "get-secret-value",
        "--query",
        "SecretString",
        "--output",
        "text",
        "--secret-id",
        arn,
    ]);
    command.args(region.iter().flat_map(|region| ["--region", region]));
    let output = command.output().context("cannot start the AWS CLI (`aws`), which is needed to read the secret")?;
    if !output.status.success() {
        bail!("the AWS CLI cannot read `{arn}`: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|_| anyhow::anyhow!("the secret `{arn}` must be JSON with the keys `clientId` and `clientSecret`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_only_sent_encrypted_or_locally() {
        for (url, want) in [
            ("https://api.port.io", true),
            ("http://127.0.0.1:1234", true),
            ("http://localhost/v1", true),
            ("http://[::1]:80", true),
            ("http://api.port.io", false),
            ("http://127.0.0.1.example.com", false),
            ("http://localhost@example.com", false),
            ("http://localhost:80@example.com", false),
            ("http://localhost\\@example.com", true),
            ("http://example.com#@localhost", false),
            ("ftp://127.0.0.1", false),
            ("api.port.io", false),
        ] {
            assert_eq!(is_safe(url), want, "{url}");
        }
    }
}
