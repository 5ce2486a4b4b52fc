//! UTC instants and the one place that reads the wall clock.
//!
//! The only module that names `chrono`. Nothing but [`System`] knows what time it
//! is, and only `assess` and `cli` may ask it; no environment variable moves it.
//!
//! INVARIANT: a [`Timestamp`] prints as RFC 3339 in UTC with a `Z`, without
//! fractional digits where the instant is whole seconds, and lies in the years
//! 1970 to 2261, so that its nanoseconds fit an `i64`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// An instant in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// Text that is not an instant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a timestamp: {reason}")]
pub struct TimestampError {
    text: String,
    reason: &'static str,
}

/// What tells the time.
pub trait Clock {
    /// Returns the current instant, in whole seconds.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Clock for System {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one reader of the wall clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp(DateTime::from_timestamp(Utc::now().timestamp(), 0).unwrap_or_default())
    }
}

/// A clock that stands still, for tests and replays.
#[derive(Debug, Clone, Copy)]
pub struct Fixed(pub Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Timestamp {
    /// Returns the instant `seconds` after the Unix epoch, where it is representable.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).and_then(Self::within_range)
    }

    /// Returns the instant `nanoseconds` after the Unix epoch, where it is representable.
    pub fn from_unix_nanoseconds(nanoseconds: i64) -> Option<Self> {
        Self::within_range(DateTime::from_timestamp_nanos(nanoseconds))
    }

    /// Returns whole seconds since the Unix epoch.
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Returns nanoseconds since the Unix epoch.
    pub fn unix_nanoseconds(self) -> i64 {
        self.0.timestamp_nanos_opt().unwrap_or(i64::MAX)
    }

    /// Returns the whole seconds from `earlier` to `self`; negative if `earlier` is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_seconds()
    }

    /// Returns the instant `days` of 24 hours later, where it is representable.
    pub fn plus_days(self, days: u32) -> Option<Self> {
        let later = self.0.checked_add_days(Days::new(u64::from(days)))?;
        Self::within_range(later)
    }

    /// Returns the instant `time` later, where it is representable.
    pub fn plus(self, time: Duration) -> Option<Self> {
        let time = TimeDelta::from_std(time).ok()?;
        Self::within_range(self.0.checked_add_signed(time)?)
    }

    /// Reads the `Date` of an HTTP message (RFC 9110, 5.6.7), such as
    /// `Mon, 23 Nov 2026 13:00:00 GMT`.
    pub fn from_http_date(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc2822(text).ok()?;
        Self::within_range(instant.with_timezone(&Utc))
    }

    /// Returns the UTC date, as `2026-11-23`.
    pub fn date(self) -> String {
        self.0.date_naive().to_string()
    }

    /// Returns the UTC time of day in hours and minutes, as `13:00`.
    pub fn time_of_day(self) -> String {
        self.0.format("%H:%M").to_string()
    }

    /// Returns the number of the UTC day, counted from the Unix epoch.
    pub fn day(self) -> i64 {
        self.unix_seconds().div_euclid(86_400)
    }

    /// Returns midnight UTC of the first day of the quarter that comes next.
    pub fn next_quarter(self) -> Option<Self> {
        let date = self.0.date_naive();
        let (year, month) = match date.month0() / 3 {
            3 => (date.year() + 1, 1),
            quarter => (date.year(), 3 * quarter + 4),
        };
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        Self::within_range(first.and_hms_opt(0, 0, 0)?.and_utc())
    }

    fn within_range(instant: DateTime<Utc>) -> Option<Self> {
        (instant.timestamp() >= 0 && instant.timestamp_nanos_opt().is_some())
            .then_some(Self(instant))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339 with any offset, or a bare date, which is its midnight UTC.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let error = |reason| TimestampError {
            text: text.chars().take(80).collect(),
            reason,
        };
        let instant = if text.len() == 10 {
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .and_then(|date| date.and_hms_opt(0, 0, 0))
                .map(|midnight| midnight.and_utc())
        } else {
            DateTime::parse_from_rfc3339(text)
                .ok()
                .map(|instant| instant.to_utc())
        };
        let instant = instant.ok_or_else(|| error("expected RFC 3339, as 2026-11-23T13:00:00Z"))?;
        Self::within_range(instant).ok_or_else(|| error("outside the years 1970 to 2261"))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads a duration such as `90s`, `10m`, `24h`, `7d` or `2w`: one number, one unit.
///
/// # Errors
/// Any other text, and durations beyond a hundred years.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let error = || DurationError {
        text: text.chars().take(80).collect(),
    };
    let split = text.len().checked_sub(1).ok_or_else(error)?;
    let (number, unit) = text.split_at_checked(split).ok_or_else(error)?;
    let unit_s: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(error()),
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(error());
    }
    let count: u64 = number.parse().map_err(|_| error())?;
    match count.checked_mul(unit_s) {
        Some(seconds) if seconds <= 100 * 366 * 86_400 => Ok(Duration::from_secs(seconds)),
        _ => Err(error()),
    }
}

/// Writes a duration as [`parse_duration`] reads it, in the largest unit that leaves
/// nothing over.
pub fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(604_800, 'w'), (86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let fits = |unit_s: &u64| seconds > 0 && seconds.is_multiple_of(*unit_s);
    match units.iter().find(|(unit_s, _)| fits(unit_s)) {
        Some((unit_s, unit)) => format!("{}{unit}", seconds / unit_s),
        None => format!("{seconds}s"),
    }
}

/// Text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a duration: expected a whole number and s, m, h, d or w, as in `10m`")]
pub struct DurationError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_utc_whatever_the_offset() {
        let instant: Timestamp = "2026-11-23T14:00:00+01:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-11-23T13:00:00Z");
        assert_eq!(instant.unix_nanoseconds(), 1_795_438_800_000_000_000);
        let date: Timestamp = "2026-12-01".parse().unwrap();
        assert_eq!(date.to_string(), "2026-12-01T00:00:00Z");
        let fraction: Timestamp = "2026-11-23T13:00:00.250Z".parse().unwrap();
        assert_eq!(fraction.to_string(), "2026-11-23T13:00:00.250Z");
    }

    #[test]
    fn refuses_what_is_not_an_instant() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-11-23T13:00:00",
            "1969-12-31T23:59:59Z",
            "2300-01-01T00:00:00Z",
            "2026-11-2éé",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_and_quarters_are_counted_in_utc() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let instant = at("2026-12-31T23:30:00Z");
        assert_eq!(instant.plus_days(14).unwrap(), at("2027-01-14T23:30:00Z"));
        assert_eq!(instant.date(), "2026-12-31");
        assert_eq!(instant.time_of_day(), "23:30");
        assert_eq!(at("2027-01-01").day() - instant.day(), 1);
        for (from, next) in [
            ("2026-11-23T13:00:00Z", "2027-01-01"),
            ("2026-12-31T23:59:59Z", "2027-01-01"),
            ("2027-01-01", "2027-04-01"),
            ("2027-03-31", "2027-04-01"),
            ("2027-09-30", "2027-10-01"),
        ] {
            assert_eq!(at(from).next_quarter().unwrap(), at(next), "{from}");
        }
        assert_eq!(at("2262-04-01").next_quarter(), None);
        assert_eq!(instant.plus_days(u32::MAX), None);
    }

    #[test]
    fn durations_have_one_number_and_one_unit() {
        assert_eq!(parse_duration("10m").unwrap().as_secs(), 600);
        assert_eq!(parse_duration("7d").unwrap().as_secs(), 604_800);
        for text in ["0s", "90s", "10m", "36h", "1d", "2w"] {
            assert_eq!(duration_text(parse_duration(text).unwrap()), text);
        }
        for text in [
            "",
            "m",
            "10",
            "1.5h",
            "-1s",
            "+1s",
            "10 m",
            "1h30m",
            "10é",
            "99999999999999d",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}
