//! Why a call failed, by what to do about it.

/// The three ways in which a call can fail for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Port refused this request and would refuse it again: a 4xx that neither waiting nor a new token can fix.
    ///
    /// `message` is Port's own and may quote what was sent: it may appear in a run's summary, but never in a log.
    #[error("Port answered {status} `{error}`")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Port's short code, such as `invalid_request`.
        error: String,
        /// Port's message. Empty if it gave none.
        message: String,
    },
    /// Port does not accept the credentials, not even with a new token.
    #[error("Port does not accept the credentials ({status})")]
    Credentials {
        /// 401 or 403 from the token call, or 401 from any other after the token was renewed.
        status: u16,
    },
    /// No answer in the time available. A later attempt may succeed.
    #[error("calling Port failed after {attempts} attempt{}: {cause}", if *attempts == 1 { "" } else { "s" })]
    Unavailable {
        /// The number of attempts.
        attempts: u32,
        /// What went wrong in the last attempt, without any data.
        cause: String,
    },
}

impl Failure {
    /// Returns the HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Credentials { status } => Some(*status),
            Self::Unavailable { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_known_if_port_answered() {
        let refused = Failure::Refused { status: 422, error: "e".to_owned(), message: "m".to_owned() };
        assert_eq!(refused.status(), Some(422));
        assert_eq!(Failure::Credentials { status: 401 }.status(), Some(401));
        let unavailable = |attempts| Failure::Unavailable { attempts, cause: "status 503".to_owned() };
        assert_eq!(unavailable(1).status(), None);
        assert_eq!(unavailable(1).to_string(), "calling Port failed after 1 attempt: status 503");
        assert_eq!(unavailable(2).to_string(), "calling Port failed after 2 attempts: status 503");
        assert_eq!(refused.to_string(), "Port answered 422 `e`");
    }
}
