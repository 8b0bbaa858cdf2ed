//! The access token: fetched once in its lifetime, no matter how many runs wait for it, and not at all for a while after
//! Port refused the credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::answer::Answer;

/// The client id and secret for Port's API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The public half.
    pub client_id: String,
    /// Never printed: the type prevents it.
    pub client_secret: SecretString,
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        self.client_id == other.client_id && self.client_secret.expose_secret() == other.client_secret.expose_secret()
    }
}

/// A token, and when to fetch the next one.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    renew_at: Instant,
    /// Counts the tokens fetched. Port may answer the same text again, so the text does not identify an answer.
    number: u64,
    /// What became of the calls with this text.
    record: Arc<Record>,
}

/// What became of the calls with a token.
#[derive(Debug, Default)]
struct Record {
    /// Port let in at least one.
    accepted: AtomicBool,
    /// Calls in a row that Port refused.
    refused: AtomicU32,
}

/// This many calls in a row are refused only if all are.
const ALL_REFUSED_AT: u32 = 3;

impl Token {
    /// Notes that Port let in a call with this token.
    pub(crate) fn accept(&self) {
        self.record.accepted.store(true, Ordering::Relaxed);
        self.record.refused.store(0, Ordering::Relaxed);
    }

    /// Notes that Port refused a call because of this token.
    pub(crate) fn refuse(&self) {
        self.record.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns whether Port lets in nothing with this token, as far as is known.
    fn is_useless(&self) -> bool {
        !self.record.accepted.load(Ordering::Relaxed) || self.record.refused.load(Ordering::Relaxed) >= ALL_REFUSED_AT
    }
}

/// The answer of `POST /v1/auth/access_token`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenAnswer {
    access_token: SecretString,
    /// In seconds. Port returns the same token until it expires, so a new answer may be close to its end.
    expires_in: Option<Box<RawValue>>,
}

impl Answer for TokenAnswer {
    // Port's description does not require it here.
    const SAYS_OK: bool = false;
}

/// The token in use, or Port's refusal of the credentials.
#[derive(Debug, Default)]
pub(crate) struct Held {
    token: Option<Token>,
    fetched: u64,
    refusal: Option<Refusal>,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    status: u16,
    until: Instant,
    /// No call is let in. Otherwise only renewing is pointless: some calls are let in with the token as it is.
    total: bool,
}

/// How long a refusal of the credentials is remembered, unless they are replaced by others. The token endpoint has
/// Port's tightest limit: 100 calls in five minutes for the whole organisation.
const REFUSED_FOR: Duration = Duration::from_mins(1);

impl Held {
    /// Returns the token to use now, or `None` if one must be fetched. `lapsed` is the token that a call was just
    /// refused with.
    ///
    /// # Errors
    /// The status of Port's refusal, while it is remembered.
    pub(crate) fn usable(&mut self, lapsed: Option<&Token>, now: Instant) -> Result<Option<Token>, u16> {
        let refusal = self.refusal.filter(|refusal| now < refusal.until);
        if let Some(refusal) = refusal.filter(|refusal| refusal.total) {
            return Err(refusal.status);
        }
        let other = |token: &&Token| lapsed.is_none_or(|lapsed| lapsed.number != token.number);
        match (self.token.as_ref().filter(|token| now < token.renew_at).filter(other), refusal) {
            (Some(token), _) => Ok(Some(token.clone())),
            (None, Some(Refusal { status, .. })) if lapsed.is_some() => {
                if lapsed.is_some_and(Token::is_useless) {
                    self.refuse(status, now);
                }
                Err(status)
            }
            (None, _) => Ok(None),
        }
    }

    /// Keeps a token that was requested at `now`.
    pub(crate) fn keep(&mut self, answer: TokenAnswer, now: Instant) -> Token {
        self.fetched += 1;
        let renew_at = now + life(answer.expires_in.as_deref());
        let same = self.token.take().filter(|token| token.value.expose_secret() == answer.access_token.expose_secret());
        let record = same.map(|token| token.record).unwrap_or_default();
        self.token.insert(Token { value: answer.access_token, renew_at, number: self.fetched, record }).clone()
    }

    /// Remembers that Port gives no token for the credentials.
    pub(crate) fn refuse(&mut self, status: u16, now: Instant) {
        self.token = None;
        self.refusal = Some(Refusal { status, until: now + REFUSED_FOR, total: true });
    }

    /// Remembers that a call was refused with a token that had just been renewed. Returns whether this concerns every
    /// call.
    pub(crate) fn refuse_renewed(&mut self, token: &Token, status: u16, now: Instant) -> bool {
        let total = token.is_useless();
        if total {
            self.refuse(status, now);
        } else {
            self.refusal = Some(Refusal { status, until: now + REFUSED_FOR, total });
        }
        total
    }

    /// Forgets everything: the credentials were replaced.
    pub(crate) fn clear(&mut self) {
        self.token = None;
        self.refusal = None;
    }
}

/// The shortest time for which a token is used. If it expires before that, a call that is refused renews it.
const SHORTEST: Duration = Duration::from_mins(1);
/// The longest: Port's tokens are valid for three hours.
const LONGEST: Duration = Duration::from_hours(24);

/// Returns how long a token is used: its lifetime minus a tenth, or minus five minutes if that is less; between one
/// minute and a day, whatever the answer says.
fn life(expires_in: Option<&RawValue>) -> Duration {
    // A number that is out of range is infinite here. JSON has no NaN.
    let seconds = expires_in.and_then(|number| number.get().parse::<f64>().ok()).unwrap_or_default();
    let seconds = seconds.clamp(0.0, LONGEST.as_secs_f64());
    let lifetime = Duration::from_secs_f64(seconds);
    lifetime.saturating_sub((lifetime / 10).min(Duration::from_mins(5))).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(held: &mut Held, now: Instant) -> Token {
        held.keep(serde_json::from_str(r#"{"accessToken": "t", "expiresIn": 10800}"#).unwrap(), now)
    }

    #[test]
    fn a_token_is_used_for_most_of_its_life_but_never_less_than_a_minute() {
        for (expires_in, want) in [
            ("10800", 10_800 - 300),
            ("100", 90),
            ("0", 60),
            ("3", 60),
            ("null", 60),
            ("-5", 60),
            ("\"10800\"", 60),
            ("{}", 60),
            ("18446744073709551615", 86_100),
            ("1e300", 86_100),
            ("1e999", 86_100),
            ("-1e999", 60),
        ] {
            let answer = format!("{{\"accessToken\":\"t\",\"expiresIn\":{expires_in}}}");
            let answer: TokenAnswer = serde_json::from_str(&answer).unwrap();
            assert_eq!(life(answer.expires_in.as_deref()), Duration::from_secs(want), "{expires_in}");
        }
        let answer: TokenAnswer = serde_json::from_str(r#"{"accessToken": "t"}"#).unwrap();
        assert_eq!(life(answer.expires_in.as_deref()), SHORTEST);
    }

    /// A call that was refused with an older token takes the current one, even if its text is the same.
    #[test]
    fn one_renewal_serves_everyone() {
        let (mut tokens, now) = (Held::default(), Instant::now());
        assert!(tokens.usable(None, now).unwrap().is_none());
        let first = held(&mut tokens, now);
        assert!(tokens.usable(None, now).unwrap().is_some());
        assert!(tokens.usable(Some(&first), now).unwrap().is_none(), "it must be renewed");
        let second = held(&mut tokens, now);
        assert_eq!(tokens.usable(Some(&first), now).unwrap().unwrap().number, second.number);
        assert!(tokens.usable(None, now + Duration::from_mins(175)).unwrap().is_none(), "it is about to expire");
    }

    #[test]
    fn a_refusal_is_remembered_for_a_minute() {
        let (mut tokens, now) = (Held::default(), Instant::now());
        tokens.refuse(403, now);
        assert_eq!(tokens.usable(None, now + Duration::from_secs(59)).unwrap_err(), 403);
        assert!(tokens.usable(None, now + Duration::from_mins(1)).unwrap().is_none());
        tokens.clear();
        assert!(tokens.usable(None, now).unwrap().is_none(), "other credentials are tried at once");
    }

    /// A renewed token with which nothing was let in means refused credentials. If something was, only renewing is
    /// pointless.
    #[test]
    fn renewing_that_does_not_help_is_not_repeated() {
        let (mut tokens, now) = (Held::default(), Instant::now());
        let token = held(&mut tokens, now);
        assert!(tokens.refuse_renewed(&token, 401, now));
        assert_eq!(tokens.usable(None, now).unwrap_err(), 401);

        let mut tokens = Held::default();
        held(&mut tokens, now).accept();
        let token = held(&mut tokens, now);
        token.refuse();
        token.refuse();
        assert!(!tokens.refuse_renewed(&token, 401, now), "the same text was let in before");
        assert!(tokens.usable(None, now).unwrap().is_some());
        assert_eq!(tokens.usable(Some(&token), now).unwrap_err(), 401);
        assert!(tokens.usable(None, now).unwrap().is_some(), "other calls may still be let in");
        assert!(tokens.usable(Some(&token), now + REFUSED_FOR).unwrap().is_none());
        token.refuse();
        assert_eq!(tokens.usable(Some(&token), now).unwrap_err(), 401);
        assert_eq!(tokens.usable(None, now).unwrap_err(), 401, "three in a row: none is let in any more");
    }
}
