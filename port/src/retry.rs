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

/// Returns the wait that `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3). `now` is the time since the Unix
/// epoch.
pub fn retry_after(text: &str, now: Duration) -> Option<Duration> {
    let date = || {
        let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp().as_second();
        Some(Duration::from_secs(u64::try_from(date).ok()?).saturating_sub(now))
    };
    seconds(text).or_else(date).map(|wait| wait.min(LONGEST_ASKED))
}

/// Returns the wait that `x-ratelimit-reset` asks for. Port's documentation says that this is a Unix time, its Terraform
/// provider reads seconds to wait: above 10 000 it is a Unix time, and one in milliseconds after the year 5000.
pub fn reset(text: &str, now: Duration) -> Option<Duration> {
    let wait = match seconds(text)? {
        millis if millis.as_secs() > 100_000_000_000 => Duration::from_millis(millis.as_secs()).saturating_sub(now),
        epoch if epoch.as_secs() > 10_000 => epoch.saturating_sub(now),
        wait => wait,
    };
    Some(wait.min(LONGEST_ASKED))
}

/// Reads a number of seconds, rounded up: some servers write fractions. More digits than a number holds are a long time, too.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let whole = [whole, fraction].into_iter().all(is_number).then(|| whole.parse().unwrap_or(u64::MAX))?;
    let is_more = fraction.bytes().any(|digit| digit != b'0');
    Some(Duration::from_secs(whole.saturating_add(is_more.into())))
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
    fn waits_are_read_in_every_form_that_servers_write() {
        let now = Duration::from_secs(1_713_277_889);
        let waits = |text: &str| [retry_after(text, now), reset(text, now)].map(|wait| wait.map(|wait| wait.as_secs()));
        for (text, want) in [
            ("7", [Some(7); 2]),
            (" 7 ", [Some(7); 2]),
            ("0", [Some(0); 2]),
            ("0.5", [Some(1); 2]),
            ("30.000", [Some(30); 2]),
            ("30.25", [Some(31); 2]),
            ("10000", [Some(3600); 2]),
            ("1713277899", [Some(3600), Some(10)]),
            ("1713277898.5", [Some(3600), Some(10)]),
            ("1713277000", [Some(3600), Some(0)]),
            ("1713277899500", [Some(3600), Some(10)]),
            ("1713277000000", [Some(3600), Some(0)]),
            ("18446744073709551615", [Some(3600); 2]),
            ("18446744073709551616", [Some(3600); 2]),
            ("18446744073709551615.5", [Some(3600); 2]),
            ("Tue, 16 Apr 2024 14:31:39 GMT", [Some(10), None]),
            ("Tue, 16 Apr 2024 14:31:20 GMT", [Some(0), None]),
            ("Wed, 21 Oct 2099 07:28:00 GMT", [Some(3600), None]),
        ] {
            assert_eq!(waits(text), want, "{text}");
        }
        for text in ["", "-1", "+7", "soon", "7s", "1e3", ".", "7.", ".5", "1.2.3", "1, 30", "NaN", "Tue, 99 Apr 2024"]
        {
            assert_eq!(waits(text), [None; 2], "{text}");
        }
    }
}
