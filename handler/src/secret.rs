//! Secrets Manager's `GetSecretValue`: once for each secret and cold start, and when a secret may have been rotated.
//!
//! One signed request with the HTTP client that is already there: the AWS SDK would make the start 15 times longer over
//! HTTPS and the package twice as large.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use port::{Credentials, Deadline, retry};
use secrecy::ExposeSecret;
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
    /// No connection, no answer in time, or an answer that is not from Secrets Manager.
    #[error("Secrets Manager cannot be reached: {0}; a function in a VPC needs an endpoint or a NAT gateway for it")]
    Unreachable(&'static str),
    /// AWS could not answer now, in none of the attempts.
    #[error("Secrets Manager answered {status} `{kind}` and may answer later")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// The exception's name.
        kind: String,
    },
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
    #[error(
        "the secret in `PORT_SECRET_ARN` must be JSON with the keys `clientId` and `clientSecret`, neither of them empty"
    )]
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
    /// Empty for a binary secret, which cannot be one of ours.
    #[serde(default)]
    secret_string: String,
}

#[derive(Default, Deserialize)]
struct Exception {
    #[serde(default, rename = "__type")]
    kind: String,
}

/// The time limit of one attempt.
const ATTEMPT: Duration = Duration::from_secs(3);

/// How long to try while Secrets Manager cannot answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    deadline: Deadline,
    tries: u32,
}

impl Patience {
    /// Returns that of the process's start, for all secrets together: without them nothing can be done. Lambda ends an
    /// initialisation after ten seconds without saying why.
    pub(crate) fn at_start() -> Self {
        Self { deadline: Deadline::after(Duration::from_secs(9)), tries: u32::MAX }
    }

    /// Returns that of an invocation, whose other runs wait meanwhile: three attempts, as in the standard mode of the AWS
    /// SDKs, in at most five seconds.
    pub(crate) fn within(deadline: Deadline) -> Self {
        Self { deadline: deadline.at_most(Duration::from_secs(5)), tries: 3 }
    }
}

/// The longest answer that is read, in bytes. A secret has at most 64 KiB, and each byte may be written as an escape.
const LONGEST: usize = 1024 * 1024;

/// The exceptions after which the SDKs try again (AWS SDKs and Tools Reference Guide, "Retry behavior"). Secrets Manager
/// answers them with 400.
const PASSING: [&str; 16] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Reads the credentials for Port's API.
///
/// # Errors
/// When AWS refuses, is unreachable for longer than `patience`, or returns something else.
pub(crate) async fn credentials(
    http: &reqwest::Client,
    environment: &Environment,
    patience: Patience,
) -> Result<Credentials, SecretError> {
    let text = read(http, environment, "PORT_SECRET_ARN", &environment.port_secret_arn, patience).await?;
    let credentials: Credentials = serde_json::from_str(&text).map_err(|_| SecretError::Shape)?;
    let is_whole = !credentials.client_id.is_empty() && !credentials.client_secret.expose_secret().is_empty();
    is_whole.then_some(credentials).ok_or(SecretError::Shape)
}

/// Reads the private key for inputs that the browser encrypts, from the secret `arn`.
///
/// # Errors
/// As [`credentials`].
pub(crate) async fn input_key(
    http: &reqwest::Client,
    environment: &Environment,
    arn: &str,
    patience: Patience,
) -> Result<InputKey, SecretError> {
    let pem = read(http, environment, "INPUT_KEY_SECRET_ARN", arn, patience).await?;
    InputKey::from_pem(&pem).ok_or(SecretError::Key)
}

/// Returns a secret's text. `variable` is where its ARN comes from, for error messages.
async fn read(
    http: &reqwest::Client,
    environment: &Environment,
    variable: &'static str,
    arn: &str,
    Patience { deadline, tries }: Patience,
) -> Result<String, SecretError> {
    let mut tried = 0;
    loop {
        tried += 1;
        let wait = retry::backoff(tried, None, 0.0);
        match ask(http, environment, variable, arn, deadline.at_most(ATTEMPT)).await {
            Err(SecretError::Unreachable(_) | SecretError::Busy { .. })
                if tried < tries && wait < deadline.remaining() =>
            {
                tokio::time::sleep(wait).await;
            }
            answer => return answer,
        }
    }
}

/// Returns Secrets Manager's address in a region.
fn endpoint(environment: &Environment, region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    match &environment.secrets_manager_url {
        Some(url) => format!("{}/", url.trim_end_matches('/')),
        None => format!("https://secretsmanager.{region}.{suffix}/"),
    }
}

async fn ask(
    http: &reqwest::Client,
    environment: &Environment,
    variable: &'static str,
    arn: &str,
    deadline: Deadline,
) -> Result<String, SecretError> {
    let region = environment.region_of(arn);
    let url = endpoint(environment, region);
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
    let mut response = request.timeout(deadline.remaining()).body(body).send().await.map_err(unreachable)?;
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + piece.len() > LONGEST {
            return Err(SecretError::Unreachable(FOREIGN));
        }
        bytes.extend_from_slice(&piece);
    }
    if status.is_success() {
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| SecretError::Unreachable(FOREIGN))?;
        return Ok(answer.secret_string);
    }
    let exception: Exception = serde_json::from_slice(&bytes).unwrap_or_default();
    Err(refusal(variable, status.as_u16(), &exception.kind))
}

const FOREIGN: &str = "the answer is not from Secrets Manager";

/// The longest name of an exception. AWS's own are half as long.
const NAME: usize = 64;

/// Returns what a status and the exception in its body mean. Every exception has a name; a proxy's page has none, and what
/// does not look like a name is not printed.
fn refusal(variable: &'static str, status: u16, exception: &str) -> SecretError {
    // `com.amazonaws.secretsmanager#AccessDeniedException:http://…`
    let kind = exception.rsplit('#').next().and_then(|kind| kind.split(':').next()).unwrap_or_default();
    let is_name = kind.len() <= NAME && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let kind = if is_name { kind.to_owned() } else { String::new() };
    if matches!(status, 408 | 429 | 500..) || PASSING.contains(&kind.as_str()) {
        SecretError::Busy { status, kind }
    } else if kind.is_empty() {
        SecretError::Unreachable(FOREIGN)
    } else {
        SecretError::Refused { variable, status, kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::{WHOLE, read};

    #[test]
    fn the_address_is_that_of_the_secrets_region() {
        for (arn, url) in [
            (
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:p-AbCdEf",
                "https://secretsmanager.eu-west-1.amazonaws.com/",
            ),
            (
                "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:p-AbCdEf",
                "https://secretsmanager.cn-north-1.amazonaws.com.cn/",
            ),
            (
                "arn:aws-us-gov:secretsmanager:us-gov-west-1:1:secret:p-AbCdEf",
                "https://secretsmanager.us-gov-west-1.amazonaws.com/",
            ),
            ("a-name", "https://secretsmanager.us-east-1.amazonaws.com/"),
        ] {
            let environment = read(&WHOLE).unwrap();
            assert_eq!(endpoint(&environment, environment.region_of(arn)), url);
            for address in ["http://127.0.0.1:1", "http://127.0.0.1:1/"] {
                let environment = read(&[&WHOLE[..], &[("AWS_ENDPOINT_URL", address)]].concat()).unwrap();
                assert_eq!(endpoint(&environment, environment.region_of(arn)), "http://127.0.0.1:1/");
            }
        }
    }

    #[test]
    fn a_refusal_is_final_unless_aws_says_that_it_passes() {
        for (status, exception, passes) in [
            (400, "ThrottlingException", true),
            (400, "com.amazonaws.secretsmanager#ThrottlingException", true),
            (400, "com.amazonaws.secretsmanager#ThrottlingException:http://internal.amazon.com/", true),
            (400, "RequestTimeout", true),
            (408, "", true),
            (429, "", true),
            (500, "InternalServiceError", true),
            (503, "", true),
            (403, "", true),
            (404, "", true),
            (400, "AccessDeniedException", false),
            (400, "DecryptionFailure", false),
            (400, "ExpiredTokenException", false),
            (400, "InvalidParameterException", false),
            (400, "InvalidRequestException", false),
            (400, "ResourceNotFoundException", false),
            (403, "UnrecognizedClientException", false),
        ] {
            let error = refusal("PORT_SECRET_ARN", status, exception);
            assert_eq!(!matches!(error, SecretError::Refused { .. }), passes, "{status} {exception}: {error}");
        }
    }
}
