//! The settings that Lambda and the template pass to the function in environment variables. Nothing else reads them.

use std::path::PathBuf;

use aws_credential_types::Credentials;

use crate::log::Level;

/// The function's settings. The environment holds the ARN of the secret, never the secret.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `PORT_API_URL`.
    pub port_api_url: String,
    /// `PORT_SECRET_ARN`: JSON with `clientId` and `clientSecret`.
    pub port_secret_arn: String,
    /// `INPUT_KEY_SECRET_ARN`: the private key for inputs that the browser encrypts, in PEM. Set only if there are such
    /// inputs.
    pub input_key_secret_arn: Option<String>,
    /// `LAMBDA_TASK_ROOT`, the folder with `plan.json` and `bootstrap`.
    pub task_root: PathBuf,
    /// `AWS_LAMBDA_FUNCTION_NAME`, a dimension of the metrics.
    pub function_name: String,
    /// `AWS_LAMBDA_LOG_LEVEL`.
    pub log_level: Level,
    /// `AWS_REGION`, the function's region.
    pub region: String,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER`, or else `AWS_ENDPOINT_URL`, as in the AWS SDKs.
    pub secrets_manager_url: Option<String>,
    /// The credentials of the function's role.
    pub credentials: Credentials,
}

/// An environment variable is missing.
#[derive(Debug, thiserror::Error)]
#[error("environment variable `{0}` is not set: {1}")]
pub struct EnvironmentError(&'static str, &'static str);

const TEMPLATE: &str = "the template should set it";
const LAMBDA: &str = "Lambda should set it";

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// When a variable is missing: the first one, and who should set it.
    pub fn read() -> Result<Self, EnvironmentError> {
        Self::from(|name| std::env::var(name).ok())
    }

    /// An empty variable counts as one that is not set.
    fn from(get: impl Fn(&'static str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let get = |name| get(name).filter(|value| !value.is_empty());
        let need = |name, who| get(name).ok_or(EnvironmentError(name, who));
        Ok(Self {
            port_api_url: need("PORT_API_URL", TEMPLATE)?,
            port_secret_arn: need("PORT_SECRET_ARN", TEMPLATE)?,
            input_key_secret_arn: get("INPUT_KEY_SECRET_ARN"),
            task_root: need("LAMBDA_TASK_ROOT", LAMBDA)?.into(),
            function_name: get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            log_level: Level::parse(&get("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default()),
            region: need("AWS_REGION", LAMBDA)?,
            secrets_manager_url: get("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| get("AWS_ENDPOINT_URL")),
            credentials: Credentials::from_keys(
                need("AWS_ACCESS_KEY_ID", LAMBDA)?,
                need("AWS_SECRET_ACCESS_KEY", LAMBDA)?,
                get("AWS_SESSION_TOKEN"),
            ),
        })
    }
}

impl Environment {
    /// Returns the region in a secret's ARN, or the function's own region for a name without one.
    pub(crate) fn region_of<'a>(&'a self, secret_arn: &'a str) -> &'a str {
        model::arn::region(secret_arn).unwrap_or(&self.region)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn read(pairs: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
        Environment::from(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    pub(crate) const WHOLE: [(&str, &str); 6] = [
        ("PORT_API_URL", "https://api.port.io"),
        ("PORT_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:p-AbCdEf"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "not-to-be-seen"),
    ];

    #[test]
    fn a_secret_is_read_in_the_region_of_its_arn() {
        let environment = read(&WHOLE).unwrap();
        assert_eq!(environment.region_of(&environment.port_secret_arn), "eu-west-1");
        assert_eq!(environment.region_of("a-name"), "us-east-1");
        assert_eq!(environment.log_level, Level::Info);
        assert!(!format!("{environment:?}").contains("not-to-be-seen"));
    }

    #[test]
    fn endpoint_variables_are_those_of_the_sdks() {
        let with = |more: &[(&str, &str)]| read(&[&WHOLE[..], more].concat()).unwrap().secrets_manager_url;
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("AWS_ENDPOINT_URL", "http://a")]).as_deref(), Some("http://a"));
        let both = [("AWS_ENDPOINT_URL", "http://a"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://b")];
        assert_eq!(with(&both).as_deref(), Some("http://b"));
    }

    #[test]
    fn a_missing_or_empty_variable_is_named() {
        let empty = [&[("PORT_API_URL", "")], &WHOLE[1..]].concat();
        for pairs in [&WHOLE[1..], &empty] {
            assert_eq!(
                read(pairs).unwrap_err().to_string(),
                "environment variable `PORT_API_URL` is not set: the template should set it"
            );
        }
        let optional =
            [("INPUT_KEY_SECRET_ARN", ""), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", ""), ("AWS_SESSION_TOKEN", "")];
        let environment = read(&[&WHOLE[..], &optional].concat()).unwrap();
        assert_eq!((environment.input_key_secret_arn, environment.secrets_manager_url), (None, None));
        assert_eq!(environment.credentials.session_token(), None);
    }

    /// Lambda's credentials are temporary: AWS does not know them without their token.
    #[test]
    fn the_credentials_have_their_session_token() {
        let environment = read(&[&WHOLE[..], &[("AWS_SESSION_TOKEN", "a-session")]].concat()).unwrap();
        assert_eq!(environment.credentials.session_token(), Some("a-session"));
    }
}
