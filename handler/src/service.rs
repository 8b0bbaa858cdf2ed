//! Everything that invocations share once the function has started: the plan, the teams' code, the client for Port, and
//! the current secrets.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Plan, PlannedAction};
use port::Client;

use crate::decryption::{InputKey, Keys};
use crate::environment::Environment;
use crate::log::{Facts, Level, Log};
use crate::secret::{self, SecretError};
use crate::seen::Seen;
use crate::work::Work;

/// Everything that invocations share.
pub(crate) struct Service {
    pub(crate) plan: Plan,
    work: BTreeMap<String, Work>,
    pub(crate) client: Arc<Client>,
    pub(crate) seen: Seen,
    pub(crate) log: Log,
    input_key: Option<InputKey>,
    environment: Environment,
    http: reqwest::Client,
}

impl Service {
    /// Reads the secrets, once per cold start.
    pub(crate) async fn new(
        plan: Plan,
        work: BTreeMap<String, Work>,
        log: Log,
        environment: Environment,
        http: reqwest::Client,
    ) -> Result<Self, SecretError> {
        let credentials = secret::credentials(&http, &environment).await?;
        let input_key = secret::input_key(&http, &environment).await?;
        let client = Arc::new(Client::new(http.clone(), &environment.port_api_url, credentials));
        Ok(Self { plan, work, client, seen: Seen::default(), log, input_key, environment, http })
    }

    /// Returns the function's name, a dimension of the metrics.
    pub(crate) fn function_name(&self) -> &str {
        &self.environment.function_name
    }

    /// Reads the secret again if Port refused the credentials: somebody may have rotated it.
    pub(crate) async fn renew_credentials(&self) {
        if !self.client.take_refusal() {
            return;
        }
        match secret::credentials(&self.http, &self.environment).await {
            Ok(credentials) => self.client.replace_credentials(credentials).await,
            Err(error) => {
                let cause = error.to_string();
                let facts = Facts { cause: Some(&cause), ..Facts::default() };
                self.log.write(Level::Error, "the secret could not be read again", &facts);
            }
        }
    }

    /// Returns the keys for encrypted inputs, given the current client secret.
    pub(crate) fn keys<'a>(&'a self, client_secret: &'a str) -> Keys<'a> {
        Keys { client_secret, input_key: self.input_key.as_ref() }
    }

    /// Returns the code that is registered for an action.
    pub(crate) fn work(&self, action: &PlannedAction) -> Option<&Work> {
        self.work.iter().find(|(name, _)| action.is_called(name)).map(|(_, work)| work)
    }
}
