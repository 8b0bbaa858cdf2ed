//! Wall-clock time in the formats of the two services.

use jiff::Timestamp;

/// Returns the current time as Port writes it: RFC 3339 in UTC with milliseconds.
pub(crate) fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Returns milliseconds since 1970, as Lambda writes deadlines.
pub(crate) fn epoch_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Returns whether text is an RFC 3339 time, which Port requires of a `date-time` property.
pub(crate) fn is_date_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}
