//! Formats of strings.
//!
//! Formats whose shape Port does not document (`user`, `team`, `timer`, `labeled-url` …) are not checked.

use std::net::{Ipv4Addr, Ipv6Addr};

use jiff::civil::{DateTime, Time};

/// Describes what a format requires, if `text` does not have it. Returns `None` if it fits or the format is unknown.
pub(super) fn wanted(format: &str, text: &str) -> Option<&'static str> {
    let (fits, wanted) = match format {
        "date-time" => (is_date_time(text), "a date and time such as `2026-01-31T12:00:00Z`"),
        "url" => (is_url(text), "a URL such as `https://example.com`"),
        "email" | "idn-email" => (
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
            "an e-mail address such as `user@example.com`",
        ),
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address such as `10.0.0.1`"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address such as `2001:db8::1`"),
        _ => return None,
    };
    (!fits).then_some(wanted)
}

fn is_url(text: &str) -> bool {
    let scheme = |scheme: &str| scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    text.split_once(':').is_some_and(|(before, after)| scheme(before) && !after.is_empty())
        && !text.contains(char::is_whitespace)
}

/// Returns whether text is a date and time of RFC 3339 that exists. A leap second is allowed.
fn is_date_time(text: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c.to_ascii_uppercase() };
    let shape: String = text.chars().map(shape).collect();
    let Some(rest) = shape.strip_prefix("0000-00-00T00:00:00").or_else(|| shape.strip_prefix("0000-00-00 00:00:00"))
    else {
        return false;
    };
    let zone = rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches('0'));
    let zone_exists = match zone {
        "Z" => true,
        "+00:00" | "-00:00" => text.get(text.len() - 5..).is_some_and(|offset| offset.parse::<Time>().is_ok()),
        _ => false,
    };
    zone_exists && text.get(..19).is_some_and(|local| local.parse::<DateTime>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_exist() {
        for (text, want) in [
            ("2026-01-31T12:00:00Z", true),
            ("2026-01-31 12:00:00.000000000000z", true),
            ("2024-02-29T23:59:59-23:59", true),
            ("2016-12-31T23:59:60Z", true),
            ("0000-01-01T00:00:00Z", true),
            ("9999-12-31T23:59:59Z", true),
            ("2026-13-31T12:00:00Z", false),
            ("2026-00-01T12:00:00Z", false),
            ("2026-02-29T12:00:00Z", false),
            ("2026-01-31T24:00:00Z", false),
            ("2026-01-31T12:60:00Z", false),
            ("2026-01-31T12:00:61Z", false),
            ("2026-01-31T12:00:00+24:00", false),
            ("2026-01-31T12:00:00+02:60", false),
            ("2026-01-31T12:00:00", false),
            ("2026-01-31T12:00Z", false),
            ("2026-01-31T12:00:00+0200", false),
            ("2026-1-31T12:00:00Z", false),
            ("", false),
        ] {
            assert_eq!(is_date_time(text), want, "{text}");
        }
    }
}
