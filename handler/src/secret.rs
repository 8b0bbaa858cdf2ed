//! Secrets Manager's `GetSecretValue`, once for each secret and cold start.
//!
//! One signed request with the HTTP client that is already there: the AWS SDK would make the start 15 times longer over
//! HTTPS and the package twice as large.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use port::Credentials;
use serde::Deserialize;
use serde_json::json;

use crate::decryption::InputKey;
use crate::environment::Environment;

/// Why the credentials cannot be read. No message contains any part of them.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The request could not be signed.
    #[error("the request for the secret could not be signed")]
    Signing(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No connection, or no answer in time.
    #[error("Secrets Manager cannot be reached: {0}")]
    Unreachable(&'static str),
    /// AWS refused.
    #[error(
        "Secrets Manager answered {status} `{kind}`; check that the role may call GetSecretValue on the ARN in `{variable}`"
    )]
    Refused {
        /// The variable with the secret's ARN.
        variable: &'static str,
        /// The HTTP status.
        status: u16,
        /// The exception's name.
        kind: String,
    },
    /// The secret does not have the form that the template expects.
    #[error("the secret in `PORT_SECRET_ARN` must be JSON with the keys `clientId` and `clientSecret`")]
    Shape,
    /// The secret is not a private key.
    #[error(
        "the secret in `INPUT_KEY_SECRET_ARN` must be an RSA private key in PEM, as `openssl genrsa 2048` writes it"
    )]
    Key,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    secret_string: String,
}

#[derive(Default, Deserialize)]
struct Exception {
    #[serde(default, rename = "__type")]
    kind: String,
}

const TRIES: u32 = 3;

/// Reads the credentials for Port's API.
///
/// # Errors
/// When AWS refuses, is unreachable in three attempts, or returns something else.
pub(crate) async fn credentials(http: &reqwest::Client, environment: &Environment) -> Result<Credentials, SecretError> {
    let text = read(http, environment, "PORT_SECRET_ARN", &environment.port_secret_arn).await?;
    serde_json::from_str(&text).map_err(|_| SecretError::Shape)
}

/// Reads the private key for inputs that the browser encrypts, if the template sets one.
///
/// # Errors
/// When AWS refuses, is unreachable in three attempts, or returns something else.
pub(crate) async fn input_key(
    http: &reqwest::Client,
    environment: &Environment,
) -> Result<Option<InputKey>, SecretError> {
    let Some(arn) = &environment.input_key_secret_arn else { return Ok(None) };
    let pem = read(http, environment, "INPUT_KEY_SECRET_ARN", arn).await?;
    InputKey::from_pem(&pem).map(Some).ok_or(SecretError::Key)
}

/// Returns a secret's text. `variable` is where its ARN comes from, for error messages.
async fn read(
    http: &reqwest::Client,
    environment: &Environment,
    variable: &'static str,
    arn: &str,
) -> Result<String, SecretError> {
    let mut tried = 0;
    loop {
        tried += 1;
        match ask(http, environment, variable, arn).await {
            Err(SecretError::Unreachable(_) | SecretError::Refused { status: 429 | 500.., .. }) if tried < TRIES => {
                tokio::time::sleep(Duration::from_millis(100) * tried).await;
            }
            answer => return answer,
        }
    }
}

async fn ask(
    http: &reqwest::Client,
    environment: &Environment,
    variable: &'static str,
    arn: &str,
) -> Result<String, SecretError> {
    let region = environment.region_of(arn);
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let url = match &environment.secrets_manager_url {
        Some(url) => format!("{}/", url.trim_end_matches('/')),
        None => format!("https://secretsmanager.{region}.{suffix}/"),
    };
    let body = json!({ "SecretId": arn }).to_string();
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "secretsmanager.GetSecretValue")];

    let signing = |error: Box<dyn std::error::Error + Send + Sync>| SecretError::Signing(error);
    let identity = environment.credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("secretsmanager")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| signing(error.into()))?
        .into();
    let signable = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))
        .map_err(|error| signing(error.into()))?;
    let (instructions, _) = sign(signable, &params).map_err(|error| signing(error.into()))?.into_parts();

    let request = headers
        .into_iter()
        .chain(instructions.headers())
        .fold(http.post(&url), |request, (name, value)| request.header(name, value));
    let unreachable = |error: reqwest::Error| SecretError::Unreachable(port::http::cause(&error));
    let response = request.body(body).send().await.map_err(unreachable)?;
    let status = response.status();
    let bytes = response.bytes().await.map_err(unreachable)?;
    if !status.is_success() {
        let exception: Exception = serde_json::from_slice(&bytes).unwrap_or_default();
        // `com.amazonaws.secretsmanager#AccessDeniedException`
        let kind = exception.kind.rsplit('#').next().unwrap_or_default().to_owned();
        return Err(SecretError::Refused { variable, status: status.as_u16(), kind });
    }
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| SecretError::Shape)?;
    Ok(answer.secret_string)
}
