//! Everything that invocations share once the function has started: the plan, the teams' code, the client for Port, and
//! the secrets, with everything that they decide.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{Plan, PlannedAction, Run};
use port::{Client, Credentials, Deadline};
use secrecy::ExposeSecret;

use crate::decryption::{DecryptionError, InputKey, Keys, Undecipherable, unlock};
use crate::environment::Environment;
use crate::log::{Facts, Level, Log};
use crate::rotation::{Renewal, Rotating, Versions};
use crate::secret::{self, Patience, SecretError};
use crate::seen::Seen;
use crate::signature::{self, SignatureError};
use crate::work::Work;

/// Everything that invocations share.
pub(crate) struct Service {
    pub(crate) plan: Plan,
    work: BTreeMap<String, Work>,
    pub(crate) client: Arc<Client>,
    pub(crate) seen: Seen,
    pub(crate) log: Log,
    credentials: Rotating<Credentials>,
    input_key: Option<RotatingKey>,
    environment: Environment,
    http: reqwest::Client,
}

/// The private key for inputs that the browser encrypts, with its secret's ARN.
struct RotatingKey {
    arn: String,
    key: Rotating<InputKey>,
}

/// Why something is not accepted that a secret decides.
#[derive(Debug)]
pub(crate) enum Unaccepted<E> {
    /// It does not fit the secret.
    Wrong(E),
    /// The secret may have been rotated, and could not be read again. It may fit later.
    Undecided,
}

/// What an operator reads about [`Unaccepted::Undecided`].
pub(crate) const UNDECIDED: &str = "the secret may have been rotated and could not be read again";

impl Service {
    /// Reads the secrets, once per cold start.
    pub(crate) async fn new(
        plan: Plan,
        work: BTreeMap<String, Work>,
        log: Log,
        environment: Environment,
        http: reqwest::Client,
    ) -> Result<Self, SecretError> {
        let patience = Patience::at_start();
        let credentials = secret::credentials(&http, &environment, patience).await?;
        let grace = Duration::from_secs(plan.replay_window.into());
        let input_key = match environment.input_key_secret_arn.clone() {
            None => None,
            Some(arn) => {
                let key = secret::input_key(&http, &environment, &arn, patience).await?;
                Some(RotatingKey { arn, key: Rotating::new(key, grace) })
            }
        };
        let client = Arc::new(Client::new(http.clone(), &environment.port_api_url, credentials.clone()));
        let credentials = Rotating::new(credentials, grace);
        Ok(Self { plan, work, client, seen: Seen::default(), log, credentials, input_key, environment, http })
    }

    /// Returns the function's name, a dimension of the metrics.
    pub(crate) fn function_name(&self) -> &str {
        &self.environment.function_name
    }

    /// Reads the secret again if Port refused the credentials: somebody may have rotated it.
    pub(crate) async fn renew_credentials(&self, deadline: Deadline) {
        if self.client.take_refusal() {
            self.renew_secret(&self.credentials.versions().current, deadline).await;
        }
    }

    /// Checks the signature of a message that was published at this time, in milliseconds since the epoch.
    pub(crate) async fn verify(
        &self,
        message: &str,
        published: Option<i64>,
        deadline: Deadline,
    ) -> Result<(), Unaccepted<SignatureError>> {
        let check = |versions: &Versions<Credentials>| {
            let check = |credentials: &Credentials| {
                let secret = credentials.client_secret.expose_secret().as_bytes();
                signature::check(message, secret, self.plan.signatures, self.plan.replay_window, published)
            };
            let mut checked = versions.iter().map(check);
            checked.find(|checked| *checked != Err(SignatureError::Wrong)).unwrap_or(Err(SignatureError::Wrong))
        };
        let versions = self.credentials.versions();
        let checked = match check(&versions) {
            Err(SignatureError::Wrong) => match self.renew_secret(&versions.current, deadline).await {
                Renewal::Changed => check(&self.credentials.versions()),
                Renewal::Same => Err(SignatureError::Wrong),
                Renewal::Unreadable => return Err(Unaccepted::Undecided),
            },
            checked => checked,
        };
        checked.map_err(Unaccepted::Wrong)
    }

    /// Decrypts the inputs of a run that arrived encrypted.
    pub(crate) async fn unlock(
        &self,
        action: &PlannedAction,
        run: &mut Run,
        deadline: Deadline,
    ) -> Result<(), Unaccepted<DecryptionError>> {
        // Each of the two secrets can turn out to have been rotated.
        loop {
            let credentials = self.credentials.versions();
            let input_key = self.input_key.as_ref().map(|held| held.key.versions());
            let client_secrets: Vec<&str> =
                credentials.iter().map(|credentials| credentials.client_secret.expose_secret()).collect();
            let input_keys: Vec<&InputKey> = input_key.iter().flat_map(Versions::iter).collect();
            let keys = Keys { client_secrets: &client_secrets, input_keys: &input_keys };
            let Err(error) = unlock(run, &action.encrypted, &keys) else { return Ok(()) };
            let renewal = match error.why {
                Undecipherable::OtherSecret | Undecipherable::ShortSecret => {
                    self.renew_secret(&credentials.current, deadline).await
                }
                Undecipherable::OtherKey => self.renew_input_key(input_key.as_ref(), deadline).await,
                _ => Renewal::Same,
            };
            match renewal {
                Renewal::Changed => {}
                Renewal::Same => return Err(Unaccepted::Wrong(error)),
                Renewal::Unreadable => return Err(Unaccepted::Undecided),
            }
        }
    }

    /// Reads the client secret again after `tried` did not fit, at most once a minute.
    async fn renew_secret(&self, tried: &Arc<Credentials>, deadline: Deadline) -> Renewal {
        let read = async {
            let credentials = secret::credentials(&self.http, &self.environment, Patience::within(deadline)).await?;
            if credentials != **tried {
                self.client.replace_credentials(credentials.clone()).await;
                self.log.write(Level::Info, "the client secret was rotated", &Facts::default());
            }
            Ok(credentials)
        };
        self.credentials.renew(tried, read, |error| self.unreadable(&error)).await
    }

    /// Reads the private key again after the current one of `tried` did not fit, at most once a minute.
    async fn renew_input_key(&self, tried: Option<&Versions<InputKey>>, deadline: Deadline) -> Renewal {
        let (Some(RotatingKey { arn, key }), Some(tried)) = (&self.input_key, tried) else { return Renewal::Same };
        let read = secret::input_key(&self.http, &self.environment, arn, Patience::within(deadline));
        key.renew(&tried.current, read, |error| self.unreadable(&error)).await
    }

    fn unreadable(&self, error: &SecretError) {
        let cause = error.to_string();
        let facts = Facts { cause: Some(&cause), ..Facts::default() };
        self.log.write(Level::Error, "the secret could not be read again", &facts);
    }

    /// Returns the code that is registered for an action.
    pub(crate) fn work(&self, action: &PlannedAction) -> Option<&Work> {
        self.work.iter().find(|(name, _)| action.is_called(name)).map(|(_, work)| work)
    }
}
