//! How a consumer of the organisation's topics signs in. Port's own agent asks for it; the reference does not mention it.

use serde_json::json;

use super::answer::{ApiAnswer, Refusal};
use super::state::State;

/// What Port says about its Kafka.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaCredentials {
    /// The brokers, as `host:port`.
    pub brokers: Vec<String>,
    /// The user.
    pub username: String,
    /// The user's password.
    pub password: String,
}

/// `GET /v1/kafka-credentials`
pub(super) fn read(state: &State) -> Result<ApiAnswer, Refusal> {
    let missing = || Refusal::not_found("Kafka credentials", &state.credentials.client_id);
    let KafkaCredentials { brokers, username, password } = state.kafka.as_ref().ok_or_else(missing)?;
    let credentials = json!({"brokers": brokers, "username": username, "password": password});
    Ok(ApiAnswer::ok(json!({"ok": true, "credentials": credentials})))
}
