//! Wall-clock time as the two services write it.

use jiff::Timestamp;

/// Now, as Port writes times: RFC 3339 in UTC with milliseconds.
pub(crate) fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Milliseconds since 1970, as Lambda writes deadlines.
pub(crate) fn epoch_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Whether a text is an RFC 3339 time, as Port demands of a `date-time` property.
pub(crate) fn is_date_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}
