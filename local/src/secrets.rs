//! A fake Secrets Manager that implements `GetSecretValue` and requires a signature with the temporary credentials of a
//! role and the region of the secret, but does not verify it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::lock::lock;
use crate::server::{self, Reply, Request, Server};

/// A running Secrets Manager. Dropping it stops it.
#[derive(Debug)]
pub struct FakeSecretsManager {
    server: Server,
    vault: Arc<Vault>,
}

#[derive(Debug, Default)]
struct Vault(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    secrets: BTreeMap<String, String>,
    /// The only session token that is accepted; any, without one.
    session_token: Option<String>,
    calls: usize,
    /// What happens to the next requests, in this order; `None` is an answer.
    script: VecDeque<Option<Failing>>,
}

/// What happens to a request instead of an answer.
#[derive(Debug, Clone)]
enum Failing {
    /// A status, with the name of an exception.
    Refused(u16, String),
    /// No answer, as long as the client waits.
    Silent,
}

impl FakeSecretsManager {
    /// Starts on a free port of `127.0.0.1`.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound or the thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let vault = Arc::new(Vault::default());
        let server = Server::start((Ipv4Addr::LOCALHOST, 0).into(), Arc::clone(&vault))?;
        Ok(Self { server, vault })
    }

    /// Returns the endpoint, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Adds or replaces a secret. It can be read by its ARN or by the name in the ARN.
    pub fn add(&self, arn: &str, secret_string: &str) {
        lock(&self.vault.0).secrets.insert(arn.to_owned(), secret_string.to_owned());
    }

    /// Answers only requests with this session token from now on, which is the only credential that is compared.
    pub fn require_session_token(&self, token: &str) {
        lock(&self.vault.0).session_token = Some(token.to_owned());
    }

    /// Returns the number of requests so far, including refused ones.
    #[must_use]
    pub fn calls(&self) -> usize {
        lock(&self.vault.0).calls
    }

    /// Answers the next `count` requests with a status and the exception that AWS has for it instead of a secret.
    pub fn fail_next(&self, count: usize, status: u16) {
        let exception = if status < 500 { "ThrottlingException" } else { "InternalServiceError" };
        self.refuse_next(count, status, exception);
    }

    /// Answers the next `count` requests with a status and an exception instead of a secret. Without a name, the answer
    /// is a page, as a proxy in between would answer.
    pub fn refuse_next(&self, count: usize, status: u16, exception: &str) {
        self.script(count, Some(Failing::Refused(status, exception.to_owned())));
    }

    /// Does not answer the next `count` requests, as long as their clients wait.
    pub fn hang_next(&self, count: usize) {
        self.script(count, Some(Failing::Silent));
    }

    /// Answers the next `count` requests, between others that fail.
    pub fn answer_next(&self, count: usize) {
        self.script(count, None);
    }

    fn script(&self, count: usize, step: Option<Failing>) {
        lock(&self.vault.0).script.extend(std::iter::repeat_n(step, count));
    }
}

impl server::Endpoint for Vault {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        match self.draw() {
            None => self.read(&request),
            Some(Failing::Silent) => std::future::pending().await,
            Some(Failing::Refused(status, kind)) if kind.is_empty() => page(status),
            Some(Failing::Refused(status, kind)) => refuse(status, &kind, "a scripted failure"),
        }
    }
}

impl Vault {
    /// Counts a request, and returns what happens to it instead of an answer.
    fn draw(&self) -> Option<Failing> {
        let mut contents = lock(&self.0);
        contents.calls += 1;
        contents.script.pop_front().flatten()
    }

    fn read(&self, request: &Request) -> Reply {
        let contents = lock(&self.0);
        if request.method != "POST" || request.header("x-amz-target") != Some("secretsmanager.GetSecretValue") {
            return refuse(400, "UnknownOperationException", "only GetSecretValue is supported here");
        }
        match request.header("authorization") {
            None => return refuse(403, "MissingAuthenticationTokenException", "the request is not signed"),
            Some(header) if !is_signature(header) || request.header("x-amz-date").is_none() => {
                return refuse(403, "AccessDeniedException", "the signature is malformed");
            }
            // The credentials of a role are temporary, so AWS does not know them without their session.
            Some(_) => {
                let token = request.header("x-amz-security-token");
                let is_known = contents.session_token.as_deref().is_none_or(|known| token == Some(known));
                if token.is_none() || !is_known {
                    return refuse(403, "UnrecognizedClientException", "The security token is invalid.");
                }
            }
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let Some(id) = body.get("SecretId").and_then(Value::as_str) else {
            return refuse(400, "InvalidParameterException", "SecretId is missing");
        };
        let found = contents.secrets.iter().find(|(arn, _)| arn.as_str() == id || name(arn) == id);
        let Some((arn, secret)) = found else {
            return refuse(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
        };
        let region = arn.split(':').nth(3).unwrap_or_default();
        if request.header("authorization").is_some_and(|header| scope(header).nth(2) != Some(region)) {
            return refuse(400, "InvalidSignatureException", "the credential is scoped to another region");
        }
        let body = json!({
            "ARN": arn,
            "Name": name(arn),
            "SecretString": secret,
            "VersionId": "00000000-0000-4000-8000-000000000001",
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": 1_700_000_000.0,
        });
        reply(200, &body)
    }
}

/// Returns the name in an ARN: the text after `secret:`, without the hyphen and six characters that AWS appends.
fn name(arn: &str) -> &str {
    let full = arn.split_once(":secret:").map_or(arn, |(_, name)| name);
    match full.rsplit_once('-') {
        Some((name, suffix)) if suffix.len() == 6 => name,
        _ => full,
    }
}

/// Returns the parts of the scope in a signature: key, date, region, service, and the word `aws4_request`.
fn scope(header: &str) -> impl Iterator<Item = &str> {
    header
        .split_once("Credential=")
        .map_or("", |(_, rest)| rest)
        .split([',', ' '])
        .next()
        .unwrap_or_default()
        .split('/')
}

/// Returns whether a header looks like a signature version 4 for this service.
fn is_signature(header: &str) -> bool {
    let Some(fields) = header.strip_prefix("AWS4-HMAC-SHA256 ") else { return false };
    let field = |name: &str| {
        fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
    };
    let scope: Vec<&str> = scope(header).collect();
    let signature = field("Signature");
    let is_signed = |header: &str| field("SignedHeaders").split(';').any(|signed| signed == header);
    matches!(scope.as_slice(), [key, date, region, "secretsmanager", "aws4_request"]
        if !key.is_empty() && date.len() == 8 && !region.is_empty())
        && is_signed("host")
        && is_signed("x-amz-date")
        && signature.len() == 64
        && signature.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn refuse(status: u16, kind: &str, message: &str) -> Reply {
    reply(status, &json!({"__type": kind, "Message": message}))
}

fn reply(status: u16, body: &Value) -> Reply {
    response(status, "application/x-amz-json-1.1", body.to_string())
}

fn page(status: u16) -> Reply {
    response(status, "text/html", "<html><body>the proxy's page</body></html>".to_owned())
}

fn response(status: u16, kind: &'static str, body: String) -> Reply {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Reply::Whole(response)
}
