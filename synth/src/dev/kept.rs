//! What is kept beside the journal, made once for each state folder: credentials, the broker's certificate, the input key.

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use local::journal::StateFolder;
use local::kafka::Identity;
use serde::{Deserialize, Serialize};
use synth::event::KeyPair;

/// The file of the credentials.
pub(super) const CREDENTIALS: &str = "credentials.json";
/// The certificate that Kafka's clients must trust.
pub(super) const CA: &str = "ca.pem";
/// The broker's certificate and its key.
const BROKER: [&str; 2] = ["broker.pem", "broker-key.pem"];
/// The private key for inputs that the browser encrypts.
const INPUT_KEY: &str = "input-key.pem";

/// The credentials of the local Port and of the local broker. They open nothing else.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kept {
    /// The id of Port's client.
    pub(super) client_id: String,
    /// Its secret, of more than the 32 characters that encryption needs.
    pub(super) client_secret: String,
    /// The broker's user.
    pub(super) kafka_user: String,
    /// Its password.
    pub(super) kafka_password: String,
}

impl Kept {
    /// Reads the credentials of a state folder, or makes them.
    pub(super) fn of(folder: &StateFolder) -> anyhow::Result<Self> {
        if let Some(text) = folder.kept(CREDENTIALS)? {
            let path = folder.path().join(CREDENTIALS);
            return serde_json::from_str(&text).with_context(|| {
                format!("`{}` is damaged\n  help: remove it, and new credentials are made", path.display())
            });
        }
        let made = Self {
            client_id: "local-client-id".to_owned(),
            client_secret: random()?,
            kafka_user: "local-kafka-user".to_owned(),
            kafka_password: random()?,
        };
        folder.keep(CREDENTIALS, &(serde_json::to_string_pretty(&made)? + "\n"))?;
        Ok(made)
    }
}

/// Reads the broker's certificate of a state folder, or makes it.
pub(super) fn identity(folder: &StateFolder) -> anyhow::Result<Identity> {
    let kept = (folder.kept(CA)?, folder.kept(BROKER[0])?, folder.kept(BROKER[1])?);
    if let (Some(ca), Some(certificate), Some(key)) = kept {
        return Ok(Identity { ca, certificate, key });
    }
    let made = Identity::generate().context("cannot make a certificate for the broker")?;
    folder.keep(BROKER[1], &made.key)?;
    folder.keep(BROKER[0], &made.certificate)?;
    folder.keep(CA, &made.ca)?;
    Ok(made)
}

/// Reads the private key for encrypted inputs of a state folder, or makes it.
pub(super) fn input_key(folder: &StateFolder) -> anyhow::Result<KeyPair> {
    let cannot = "cannot make a key for encrypted inputs";
    if let Some(pem) = folder.kept(INPUT_KEY)? {
        let path = folder.path().join(INPUT_KEY);
        return KeyPair::read(&pem)
            .with_context(|| format!("`{}` is damaged\n  help: remove it, and a new key is made", path.display()));
    }
    let made = KeyPair::generate().context(cannot)?;
    folder.keep(INPUT_KEY, &made.pem().context(cannot)?)?;
    Ok(made)
}

/// Returns a text that nobody can guess: 43 letters, digits, hyphens and underscores.
pub(super) fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system has no random numbers")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
