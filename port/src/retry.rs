//! When to try again and how long to wait. Plain functions, so that a test can hold the schedule as a table.

use std::time::Duration;

/// What to do after an answer, by its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// 2xx.
    Success,
    /// 401: the token has expired.
    Renew,
    /// 408, 425, 429, 5xx, and what no API answers (1xx, 3xx): the same request may succeed later.
    Again,
    /// Any other 4xx.
    Final,
}

/// Returns what a status means.
pub fn status_kind(status: u16) -> StatusKind {
    match status {
        200..=299 => StatusKind::Success,
        401 => StatusKind::Renew,
        408 | 425 | 429 => StatusKind::Again,
        400..=499 => StatusKind::Final,
        _ => StatusKind::Again,
    }
}

/// The first wait, before jitter.
const FIRST: Duration = Duration::from_millis(200);
/// The longest wait, unless the server asks for more.
const LONGEST: Duration = Duration::from_secs(8);

/// Returns how long to wait before the next attempt: doubling from 200 ms to 8 s, reduced by up to half according to
/// `jitter` (0 to 1), but never less than the server asked for.
///
/// `attempt` counts the attempts so far, from 1.
pub fn backoff(attempt: u32, asked: Option<Duration>, jitter: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST);
    let ours = doubled.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0);
    asked.map_or(ours, |asked| asked.max(ours))
}

/// The longest wait that is believed: even a wrong answer must not silence the function for good.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// Returns the wait that an answer asks for: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), or
/// `x-ratelimit-reset`. Port's documentation says that this is a Unix time, its Terraform provider reads seconds to wait;
/// above 10 000 it is taken as a Unix time. `now` is the time since the Unix epoch.
pub fn asked(retry_after: Option<&str>, ratelimit_reset: Option<&str>, now: Duration) -> Option<Duration> {
    // More digits than a number holds are a long wait, too.
    let seconds = |text: Option<&str>| {
        let digits = text?.trim();
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Duration::from_secs(digits.parse().unwrap_or(u64::MAX)))
    };
    let date = || {
        let date = jiff::fmt::rfc2822::parse(retry_after?.trim()).ok()?.timestamp().as_second();
        Some(Duration::from_secs(u64::try_from(date).ok()?).saturating_sub(now))
    };
    let reset = || match seconds(ratelimit_reset)? {
        epoch if epoch.as_secs() > 10_000 => Some(epoch.saturating_sub(now)),
        wait => Some(wait),
    };
    seconds(retry_after).or_else(date).or_else(reset).map(|wait| wait.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_kind() {
        for (status, want) in [
            (200, StatusKind::Success),
            (204, StatusKind::Success),
            (302, StatusKind::Again),
            (400, StatusKind::Final),
            (401, StatusKind::Renew),
            (403, StatusKind::Final),
            (404, StatusKind::Final),
            (408, StatusKind::Again),
            (409, StatusKind::Final),
            (422, StatusKind::Final),
            (425, StatusKind::Again),
            (429, StatusKind::Again),
            (500, StatusKind::Again),
            (503, StatusKind::Again),
            (599, StatusKind::Again),
        ] {
            assert_eq!(status_kind(status), want, "{status}");
        }
    }

    #[test]
    fn waits_double_and_are_never_shorter_than_asked() {
        for (attempt, asked, jitter, want) in [
            (1, None, 0.0, 200),
            (1, None, 1.0, 100),
            (2, None, 0.0, 400),
            (3, None, 0.5, 600),
            (6, None, 0.0, 6400),
            (7, None, 0.0, 8000),
            (4_000_000_000, None, 0.0, 8000),
            (1, Some(3), 0.0, 3000),
            (7, Some(3), 0.0, 8000),
        ] {
            let got = backoff(attempt, asked.map(Duration::from_secs), jitter);
            assert_eq!(got.as_millis(), want, "attempt {attempt}, asked {asked:?}, jitter {jitter}");
        }
    }

    #[test]
    fn the_reset_is_a_time_or_a_number_of_seconds() {
        let now = Duration::from_secs(1_713_277_889);
        for (retry_after, reset, want) in [
            (Some("7"), Some("9"), Some(7)),
            (None, Some("9"), Some(9)),
            (None, Some("1713277899"), Some(10)),
            (None, Some("1713277000"), Some(0)),
            (Some("Tue, 16 Apr 2024 14:31:39 GMT"), None, Some(10)),
            (Some("Tue, 16 Apr 2024 14:31:20 GMT"), None, Some(0)),
            (Some("Wed, 21 Oct 2099 07:28:00 GMT"), None, Some(3600)),
            (Some("18446744073709551615"), None, Some(3600)),
            (Some("18446744073709551616"), Some("9"), Some(3600)),
            (Some("-1"), None, None),
            (None, Some("soon"), None),
            (None, None, None),
        ] {
            assert_eq!(asked(retry_after, reset, now), want.map(Duration::from_secs), "{retry_after:?} {reset:?}");
        }
    }
}
