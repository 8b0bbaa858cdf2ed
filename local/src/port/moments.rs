//! Spans of time in searches: from and to, or a name such as `lastWeek`.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};
use serde_json::Value;

/// A span of time, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    /// Reads a span: `from` and `to`, or a `preset`, whose days are those of UTC. `None` if it is neither.
    pub(super) fn parse(value: &Value) -> Option<Self> {
        let part = |key: &str| value.get(key).and_then(Value::as_str);
        match (part("preset"), part("from"), part("to")) {
            (Some(preset), None, None) => Self::named(preset, Timestamp::now()),
            (None, Some(from), Some(to)) => Some(Self { from: from.parse().ok()?, to: to.parse().ok()? }),
            _ => None,
        }
    }

    /// Returns whether a moment is within the span.
    pub(super) fn contains(self, moment: Timestamp) -> bool {
        (self.from..=self.to).contains(&moment)
    }

    fn named(preset: &str, now: Timestamp) -> Option<Self> {
        let now = now.to_zoned(TimeZone::UTC);
        let day = |days: i64| -> Option<Self> {
            let midnight = now.checked_add(days.days()).ok()?.with().time(Time::midnight()).build().ok()?;
            let next = midnight.checked_add(1.day()).ok()?.timestamp();
            let to = next.checked_sub(SignedDuration::from_nanos(1)).ok()?;
            Some(Self { from: midnight.timestamp(), to })
        };
        let since = |then: Result<Zoned, jiff::Error>| -> Option<Self> {
            Some(Self { from: then.ok()?.timestamp(), to: now.timestamp() })
        };
        match preset {
            "today" => day(0),
            "tomorrow" => day(1),
            "yesterday" => day(-1),
            "lastDay" => since(now.checked_sub(1.day())),
            "lastWeek" => since(now.checked_sub(1.week())),
            "last2Weeks" => since(now.checked_sub(2.weeks())),
            "lastMonth" => since(now.checked_sub(1.month())),
            "last3Months" => since(now.checked_sub(3.months())),
            "last6Months" => since(now.checked_sub(6.months())),
            "last12Months" => since(now.checked_sub(12.months())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_ends_where_its_name_says() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        for (preset, within, beyond) in [
            ("today", "2026-03-31T23:59:59.999Z", "2026-04-01T00:00:00Z"),
            ("tomorrow", "2026-04-01T00:00:00Z", "2026-03-31T23:59:59Z"),
            ("yesterday", "2026-03-30T00:00:00Z", "2026-03-31T00:00:00Z"),
            ("lastDay", "2026-03-30T12:00:00Z", "2026-03-30T11:59:59Z"),
            ("lastWeek", "2026-03-24T12:00:00Z", "2026-03-24T11:59:59Z"),
            ("last2Weeks", "2026-03-17T12:00:00Z", "2026-03-17T11:59:59Z"),
            ("lastMonth", "2026-02-28T12:00:00Z", "2026-02-28T11:59:59Z"),
            ("last3Months", "2025-12-31T12:00:00Z", "2025-12-31T11:59:59Z"),
            ("last6Months", "2025-09-30T12:00:00Z", "2026-03-31T12:00:01Z"),
            ("last12Months", "2025-03-31T12:00:00Z", "2025-03-31T11:59:59Z"),
        ] {
            let span = Span::named(preset, now).unwrap();
            assert!(span.contains(within.parse().unwrap()), "{preset}");
            assert!(!span.contains(beyond.parse().unwrap()), "{preset}");
        }
        assert!(Span::named("someday", now).is_none());
    }
}
