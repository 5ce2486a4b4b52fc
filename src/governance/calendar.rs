//! Calendar periods and business days, in UTC. Pure arithmetic on day numbers, which
//! count from 1970-01-01.
//!
//! Business days are Monday to Friday: holidays differ between the places of one firm, and
//! a deadline must be the same for everybody.

use std::fmt;

use thiserror::Error;

use crate::clock::Timestamp;

/// How often something recurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rhythm {
    /// Every calendar month.
    Monthly,
    /// Every calendar quarter.
    Quarterly,
    /// Every calendar year.
    Annual,
}

/// One month, quarter or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// Which of them.
    pub rhythm: Rhythm,
    /// How many such periods began between 1970-01-01 and this one.
    ordinal: i64,
}

/// Text that names no period.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a {rhythm} period: expected {expected}")]
pub struct PeriodError {
    text: String,
    rhythm: Rhythm,
    expected: &'static str,
}

impl Rhythm {
    /// Every rhythm, the shortest first.
    pub const ALL: [Self; 3] = [Self::Monthly, Self::Quarterly, Self::Annual];

    /// Returns its permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Annual => "annual",
        }
    }

    const fn months(self) -> i64 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Annual => 12,
        }
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Period {
    /// Returns the period in which `at` lies.
    pub fn of(rhythm: Rhythm, at: Timestamp) -> Self {
        let (year, month, _) = civil(at.day());
        Self {
            rhythm,
            ordinal: months_since_epoch(year, month).div_euclid(rhythm.months()),
        }
    }

    /// Reads `2026-10`, `2026-Q4` or `2026`.
    ///
    /// # Errors
    /// Any other text, and years outside 1970 to 2261.
    pub fn parse(rhythm: Rhythm, text: &str) -> Result<Self, PeriodError> {
        let expected = match rhythm {
            Rhythm::Monthly => "a month, as 2026-10",
            Rhythm::Quarterly => "a quarter, as 2026-Q4",
            Rhythm::Annual => "a year, as 2026",
        };
        let error = || PeriodError {
            text: text.chars().take(80).collect(),
            rhythm,
            expected,
        };
        let (year, part, parts) = match rhythm {
            Rhythm::Monthly => {
                let (year, month) = text.split_once('-').ok_or_else(error)?;
                let whole = (month.len() == 2).then_some(month).ok_or_else(error)?;
                (year, number(whole).ok_or_else(error)?, 12)
            }
            Rhythm::Quarterly => {
                let (year, quarter) = text.split_once("-Q").ok_or_else(error)?;
                let whole = (quarter.len() == 1).then_some(quarter).ok_or_else(error)?;
                (year, number(whole).ok_or_else(error)?, 4)
            }
            Rhythm::Annual => (text, 1, 1),
        };
        let year = (year.len() == 4)
            .then(|| number(year))
            .flatten()
            .filter(|year| (1970..=2261).contains(year))
            .ok_or_else(error)?;
        if !(1..=parts).contains(&part) {
            return Err(error());
        }
        Ok(Self {
            rhythm,
            ordinal: (year - 1970) * parts + part - 1,
        })
    }

    /// Returns the period after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self {
            ordinal: self.ordinal + 1,
            ..self
        }
    }

    /// Returns the period before this one.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self {
            ordinal: self.ordinal - 1,
            ..self
        }
    }

    /// Returns the number of its first day.
    pub fn first_day(self) -> i64 {
        let months = self.ordinal * self.rhythm.months();
        day_number(1970 + months.div_euclid(12), months.rem_euclid(12) + 1, 1)
    }

    /// Returns the number of its last day.
    pub fn last_day(self) -> i64 {
        self.next().first_day() - 1
    }

    /// Returns the last day on which its review is in time: so many business days after
    /// its end.
    pub fn deadline(self, grace_business_days: u32) -> i64 {
        business_days_after(self.last_day(), grace_business_days)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, _) = civil(self.first_day());
        match self.rhythm {
            Rhythm::Monthly => write!(f, "{year}-{month:02}"),
            Rhythm::Quarterly => write!(f, "{year}-Q{}", (month - 1) / 3 + 1),
            Rhythm::Annual => write!(f, "{year}"),
        }
    }
}

fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Returns a day as `2026-11-23`.
pub fn date_text(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the day that is `count` business days after `day`, whatever day that is: the
/// first of them is the first Monday to Friday after it. For none, `day` itself.
pub fn business_days_after(day: i64, count: u32) -> i64 {
    let mut day = day;
    let mut left = count;
    while left > 0 {
        day += 1;
        if is_business_day(day) {
            left -= 1;
        }
    }
    day
}

/// Monday to Friday; 1970-01-01 was a Thursday.
fn is_business_day(day: i64) -> bool {
    (day + 3).rem_euclid(7) < 5
}

fn months_since_epoch(year: i64, month: i64) -> i64 {
    (year - 1970) * 12 + month - 1
}

/// Day number of a proleptic Gregorian date. Years are counted from March, so that the
/// leap day is the last of its year; 400 years have 146,097 days.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9).rem_euclid(12);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day number: the inverse of [`day_number`].
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(text: &str) -> i64 {
        at(text).day()
    }

    #[test]
    fn days_and_dates_are_inverse_and_agree_with_the_clock() {
        for number in 0..106_000 {
            let (year, month, day) = civil(number);
            assert_eq!(day_number(year, month, day), number);
        }
        for text in [
            "1970-01-01",
            "2000-02-29",
            "2026-12-31",
            "2100-03-01",
            "2261-12-31",
        ] {
            assert_eq!(date_text(day(text)), text);
        }
        assert_eq!(day("2026-11-23T23:59:59Z"), day("2026-11-23"));
    }

    #[test]
    fn business_days_leave_out_saturdays_and_sundays() {
        for (from, count, to) in [
            // Saturday 31 October 2026.
            ("2026-10-31", 5, "2026-11-06"),
            ("2026-10-31", 1, "2026-11-02"),
            ("2026-10-31", 0, "2026-10-31"),
            // A Sunday, a Friday, a Monday, a Thursday.
            ("2026-11-01", 1, "2026-11-02"),
            ("2026-11-06", 1, "2026-11-09"),
            ("2026-11-30", 5, "2026-12-07"),
            ("2026-12-31", 5, "2027-01-07"),
            ("2027-02-28", 10, "2027-03-12"),
        ] {
            assert_eq!(
                date_text(business_days_after(day(from), count)),
                to,
                "{from}"
            );
        }
    }

    #[test]
    fn periods_begin_and_end_with_the_calendar() {
        for (rhythm, text, first, last, deadline) in [
            (
                Rhythm::Monthly,
                "2026-10",
                "2026-10-01",
                "2026-10-31",
                "2026-11-06",
            ),
            (
                Rhythm::Monthly,
                "2028-02",
                "2028-02-01",
                "2028-02-29",
                "2028-03-07",
            ),
            (
                Rhythm::Quarterly,
                "2026-Q4",
                "2026-10-01",
                "2026-12-31",
                "2027-01-07",
            ),
            (
                Rhythm::Annual,
                "2026",
                "2026-01-01",
                "2026-12-31",
                "2027-01-07",
            ),
        ] {
            let period = Period::parse(rhythm, text).unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(date_text(period.first_day()), first);
            assert_eq!(date_text(period.last_day()), last);
            assert_eq!(date_text(period.deadline(5)), deadline);
            assert_eq!(period.next().previous(), period);
            for inside in [first, last] {
                assert_eq!(Period::of(rhythm, at(inside)), period);
            }
            let after = date_text(period.last_day() + 1);
            assert_eq!(Period::of(rhythm, at(&after)), period.next());
        }
    }

    #[test]
    fn refuses_what_names_no_period() {
        for (rhythm, text) in [
            (Rhythm::Monthly, "2026-13"),
            (Rhythm::Monthly, "2026-00"),
            (Rhythm::Monthly, "2026-1"),
            (Rhythm::Monthly, "2026-Q1"),
            (Rhythm::Monthly, "2026"),
            (Rhythm::Monthly, "+026-10"),
            (Rhythm::Quarterly, "2026-Q5"),
            (Rhythm::Quarterly, "2026-10"),
            (Rhythm::Annual, "26"),
            (Rhythm::Annual, "1969"),
            (Rhythm::Annual, "2026-10"),
        ] {
            let error = Period::parse(rhythm, text).unwrap_err().to_string();
            assert!(error.contains(rhythm.name()), "{error}");
        }
    }
}
