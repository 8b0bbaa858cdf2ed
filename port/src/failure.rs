//! Why a call failed, by what to do about it.

/// The three ways in which a call can fail for good.
///
/// The text of a failure consists of our own words and numbers only, so it may appear in a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Port refused this request and would refuse it again: a 4xx that neither waiting nor a new token can fix.
    ///
    /// `error` and `message` are Port's own and may quote what was sent: they may appear in a run's summary, but never
    /// in a log.
    #[error("Port refused the request ({status} {})", code(*status))]
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
        /// The status of the refusal: that of the token call, or 401 from any other after the token was renewed.
        status: u16,
    },
    /// No answer of Port's in the time available. A later attempt may succeed.
    #[error("calling Port failed after {attempts} attempt{}: {cause}", if *attempts == 1 { "" } else { "s" })]
    Unavailable {
        /// The number of attempts. 0 if the call was not made at all.
        attempts: u32,
        /// What went wrong in the last attempt.
        cause: Cause,
    },
}

/// What went wrong in an attempt: nothing that was sent or received is part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The connection, in the words of [`crate::http::cause`].
    #[error("{0}")]
    Transport(&'static str),
    /// Port's own answer, which asks to try again.
    #[error("status {0}")]
    Status(u16),
    /// An answer that is not Port's: something between us and Port sent it.
    #[error("status {status} without Port's JSON body")]
    Foreign {
        /// The HTTP status.
        status: u16,
    },
    /// An answer that is longer than any of Port's, of which the rest was not read.
    #[error("status {status} with a body that is too long")]
    TooLong {
        /// The HTTP status.
        status: u16,
    },
    /// The deadline passed.
    #[error("no time left")]
    NoTime,
    /// Port asked for a wait that ends after the deadline. Until then, nothing is sent.
    #[error("Port asked to wait for longer than there is time")]
    Wait,
    /// Too many calls in a row failed, and the next check comes after the deadline.
    #[error("Port is down")]
    Down,
    /// What was there a moment ago is gone.
    #[error("the entity was created and deleted by something else meanwhile")]
    Vanished,
}

impl Failure {
    /// Returns the HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Credentials { status } => Some(*status),
            Self::Unavailable { .. } => None,
        }
    }

    /// Returns the status with which a proxy refused the request: a 4xx that is not Port's, and that does not ask to
    /// try again.
    pub fn refused_by_proxy(&self) -> Option<u16> {
        match self {
            Self::Unavailable { cause: Cause::Foreign { status: status @ 400..=499 }, .. }
                if !matches!(status, 408 | 425 | 429) =>
            {
                Some(*status)
            }
            _ => None,
        }
    }
}

/// Returns a fixed word for a refusal. Port's own code is free text, and may be anything.
fn code(status: u16) -> &'static str {
    match status {
        400 => "bad-request",
        403 => "forbidden",
        404 => "not-found",
        409 => "conflict",
        413 => "too-large",
        422 => "invalid",
        423 => "locked",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_never_quotes_port() {
        let words = |failure: &Failure| failure.to_string();
        for status in 400..500 {
            let failure =
                Failure::Refused { status, error: "quoted-error".to_owned(), message: "quoted-message".to_owned() };
            assert!(!words(&failure).contains("quoted"), "{failure}");
            assert!(words(&failure).contains(&format!("({status} ")), "{failure}");
        }
    }

    #[test]
    fn a_refusal_has_the_word_of_its_status() {
        let words: Vec<&str> = (400..=500).map(code).filter(|word| *word != "refused").collect();
        assert_eq!(words, ["bad-request", "forbidden", "not-found", "conflict", "too-large", "invalid", "locked"]);
        let failure = Failure::Refused { status: 404, error: "e".to_owned(), message: "m".to_owned() };
        assert!(failure.to_string().contains("(404 not-found)"), "{failure}");
    }

    #[test]
    fn what_a_proxy_refuses_for_good() {
        let proxy = |cause| Failure::Unavailable { attempts: 1, cause }.refused_by_proxy();
        for status in [400, 401, 403, 404, 405, 407, 413, 414, 431, 451, 499] {
            assert_eq!(proxy(Cause::Foreign { status }), Some(status));
        }
        for status in [200, 204, 302, 399, 408, 425, 429, 500, 502, 503] {
            assert_eq!(proxy(Cause::Foreign { status }), None, "{status}");
        }
        for cause in [Cause::Status(413), Cause::TooLong { status: 413 }, Cause::Wait, Cause::Down, Cause::NoTime] {
            assert_eq!(proxy(cause), None);
        }
        assert_eq!(Failure::Credentials { status: 403 }.refused_by_proxy(), None);
        let refused = Failure::Refused { status: 413, error: String::new(), message: String::new() };
        assert_eq!(refused.refused_by_proxy(), None);
    }

    #[test]
    fn a_status_is_known_if_port_answered() {
        let refused = Failure::Refused { status: 422, error: "e".to_owned(), message: "m".to_owned() };
        assert_eq!(refused.status(), Some(422));
        assert_eq!(Failure::Credentials { status: 401 }.status(), Some(401));
        let unavailable = |attempts| Failure::Unavailable { attempts, cause: Cause::Status(503) };
        assert_eq!(unavailable(1).status(), None);
        assert_eq!(unavailable(1).to_string(), "calling Port failed after 1 attempt: status 503");
        assert_eq!(unavailable(2).to_string(), "calling Port failed after 2 attempts: status 503");
    }
}
