//! A point in time as people know it: a year, a month, a day or an instant.
//!
//! The text is kept as it was written (FHIR R4 `dateTime` and `date`), so that it goes out as it came in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A year, month, day or instant that exists in the calendar. `2026-02-31` does not.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct When(String);

/// Why a text is not a date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WhenError {
    /// Ask for a date like 2026-02-28, 2026-02 or 2026.
    #[error(
        "not a date: write it like 2026-02-28, 2026-02 or 2026, or with a time like 2026-02-28T09:30:00+03:00"
    )]
    NotADate,
    /// Ask for another day: this one is not in the calendar.
    #[error("there is no such day in the calendar")]
    NoSuchDay,
    /// Ask for the time again.
    #[error("there is no such time of day")]
    NoSuchTime,
}

impl When {
    /// Reads a FHIR `date`, `dateTime` or `instant`.
    pub fn parse(text: &str) -> Result<Self, WhenError> {
        if !text.is_ascii() {
            return Err(WhenError::NotADate);
        }
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let precision = check_date(date)?;
        match time {
            None => {}
            Some(_) if precision != 3 => return Err(WhenError::NotADate),
            Some(time) => check_time(time)?,
        }
        Ok(Self(text.to_owned()))
    }

    /// Writes an instant, in UTC, from milliseconds since 1970.
    #[must_use]
    pub fn from_ms(ms: u64) -> Self {
        let seconds = i64::try_from(ms / 1000).unwrap_or(i64::MAX);
        let instant = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
        Self(instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// Returns the text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the day, month or year without the time.
    #[must_use]
    pub fn date(&self) -> &str {
        self.0.split('T').next().unwrap_or(&self.0)
    }

    /// Returns the year and, if they are named, the month and the day.
    #[must_use]
    pub fn parts(&self) -> (i16, Option<i8>, Option<i8>) {
        let mut parts = self.date().split('-');
        let year = parts.next().and_then(|it| it.parse().ok()).unwrap_or(1);
        let mut next = || parts.next().and_then(|it| it.parse().ok());
        (year, next(), next())
    }

    /// Returns the first moment that this can name, in milliseconds since 1970: what it is sorted by.
    ///
    /// A date without a time has no offset either and is taken as one in UTC.
    #[must_use]
    pub fn first_ms(&self) -> i64 {
        if let Ok(instant) = self.0.parse::<jiff::Timestamp>() {
            return instant.as_millisecond();
        }
        let (year, month, day) = self.parts();
        jiff::civil::Date::new(year, month.unwrap_or(1), day.unwrap_or(1))
            .and_then(|it| it.to_zoned(jiff::tz::TimeZone::UTC))
            .map_or(i64::MIN, |it| it.timestamp().as_millisecond())
    }

    /// Tells whether this names a part of what the other names: a day of a year, a time of a day.
    #[must_use]
    pub fn refines(&self, other: &Self) -> bool {
        self.0.len() > other.0.len()
            && self
                .0
                .strip_prefix(&other.0)
                .is_some_and(|rest| rest.starts_with(['-', 'T']))
    }
}

/// Checks the date and returns its parts: 1 for a year, 2 for a month, 3 for a day.
fn check_date(date: &str) -> Result<usize, WhenError> {
    let parts: Vec<&str> = date.split('-').collect();
    let widths = [4, 2, 2];
    let right_widths = parts
        .iter()
        .zip(widths)
        .all(|(part, width)| part.len() == width && part.bytes().all(|b| b.is_ascii_digit()));
    if parts.len() > 3 || !right_widths {
        return Err(WhenError::NotADate);
    }
    let number = |at: usize| parts.get(at).and_then(|it| it.parse::<i16>().ok());
    let year = number(0).filter(|it| *it >= 1).ok_or(WhenError::NotADate)?;
    let month = i8::try_from(number(1).unwrap_or(1)).map_err(|_big| WhenError::NoSuchDay)?;
    let day = i8::try_from(number(2).unwrap_or(1)).map_err(|_big| WhenError::NoSuchDay)?;
    jiff::civil::Date::new(year, month, day).map_err(|_none| WhenError::NoSuchDay)?;
    Ok(parts.len())
}

/// Checks a time with its offset, as FHIR demands: `hh:mm:ss(.fraction)(Z|±hh:mm)`.
fn check_time(time: &str) -> Result<(), WhenError> {
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at_checked(at).ok_or(WhenError::NoSuchTime)?,
        None => return Err(WhenError::NotADate),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let fits = |text: &str, limits: &[u8]| {
        let parts: Vec<&str> = text.split(':').collect();
        parts.len() == limits.len()
            && parts.iter().zip(limits).all(|(part, limit)| {
                part.len() == 2
                    && part.bytes().all(|b| b.is_ascii_digit())
                    && part.parse::<u8>().is_ok_and(|value| value <= *limit)
            })
    };
    let right_fraction = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let right_offset = match offset.split_at_checked(1) {
        Some(("Z", "")) => true,
        Some(("+" | "-", rest)) => fits(rest, &[14, 59]),
        Some(_) | None => false,
    };
    if fits(clock, &[23, 59, 60]) && right_fraction && right_offset {
        Ok(())
    } else {
        Err(WhenError::NoSuchTime)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for When {
    type Error = WhenError;

    fn try_from(text: String) -> Result<Self, WhenError> {
        Self::parse(&text)
    }
}

impl From<When> for String {
    fn from(when: When) -> Self {
        when.0
    }
}

crate::discreet!(When);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(), WhenError>) {
        assert_eq!(
            When::parse(text).map(|_when| ()),
            expected,
            "reading {text:?}"
        );
    }

    #[test]
    fn reads_what_fhir_allows() {
        for text in [
            "2026",
            "2026-02",
            "2024-02-29",
            "2026-02-28T09:30:00+03:00",
            "2026-02-28T09:30:00.123Z",
        ] {
            check(text, Ok(()));
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        check("2026-02-31", Err(WhenError::NoSuchDay));
        check("2026-13", Err(WhenError::NoSuchDay));
        check("2025-02-29", Err(WhenError::NoSuchDay));
        check("2026-02-28T25:00:00Z", Err(WhenError::NoSuchTime));
        check("2026-02-28T09:30:00", Err(WhenError::NotADate));
        check("26-2-2", Err(WhenError::NotADate));
        check("2026-02-28T09:30:00++3:00", Err(WhenError::NoSuchTime));
        check("", Err(WhenError::NotADate));
        check("２０２６", Err(WhenError::NotADate));
    }

    #[test]
    fn a_day_refines_its_year() {
        let year = When::parse("1984").unwrap();
        let day = When::parse("1984-03-12").unwrap();

        assert!(day.refines(&year));
        assert!(!year.refines(&day));
        assert!(!When::parse("1985-01-01").unwrap().refines(&year));
    }

    #[test]
    fn moments_sort_whatever_their_offset() {
        let ms = |text: &str| When::parse(text).unwrap().first_ms();

        assert_eq!(ms("1970-01-01T03:00:00+03:00"), 0);
        assert_eq!(ms("1970"), 0);
        assert_eq!(ms("1970-02"), ms("1970-02-01"));
        assert!(ms("2026-02-28T23:30:00-05:00") > ms("2026-03-01T00:30:00+03:00"));
        assert_eq!(
            When::from_ms(1_700_000_000_000).first_ms(),
            1_700_000_000_000
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9TZ:.+-]{0,32}|.{0,20}") {
            if let Ok(when) = When::parse(&text) {
                prop_assert_eq!(when.as_str(), text);
                prop_assert!(when.first_ms() > i64::MIN);
            }
        }

        #[test]
        fn an_instant_reads_back(ms in 0_u64..253_000_000_000_000) {
            let when = When::from_ms(ms);

            prop_assert_eq!(When::parse(when.as_str()), Ok(when.clone()));
            prop_assert_eq!(when.first_ms(), i64::try_from(ms / 1000 * 1000).unwrap());
        }
    }
}
