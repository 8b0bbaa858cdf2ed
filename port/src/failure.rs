//! Why a call came to nothing, by what to do about it.

/// The three ways in which a call fails for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Port refused this request and would refuse it again: any 4xx that no waiting and no new token mends.
    ///
    /// `message` is Port's own and may quote what was sent: it may go into a run's summary, never into a log.
    #[error("Port answered {status} `{error}`")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Port's short code, such as `invalid_request`.
        error: String,
        /// Port's words; empty where it gave none.
        message: String,
    },
    /// Port does not accept the credentials, also with a new token.
    #[error("Port does not accept the credentials of the secret ({status})")]
    Credentials {
        /// 401 or 403 of the token call, or 401 of any other after the token was renewed.
        status: u16,
    },
    /// Nothing came of it in the time there was; a later try may do.
    #[error("Port could not be reached in time after {attempts} attempts: {cause}")]
    Unavailable {
        /// How often it was tried.
        attempts: u32,
        /// What went wrong last, in words without data.
        cause: String,
    },
}

impl Failure {
    /// The status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Credentials { status } => Some(*status),
            Self::Unavailable { .. } => None,
        }
    }
}
