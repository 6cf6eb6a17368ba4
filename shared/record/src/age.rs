//! How old a patient is on a day.

use jiff::Unit;
use jiff::civil::Date;

use crate::{BirthDate, When};

/// A patient's age, in whole years, months and days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Whole years.
    pub years: u16,
    /// Whole months beyond the years.
    pub months: u8,
    /// Whole days beyond the months.
    pub days: u8,
    /// Whether the birth date is estimated or lacks its month or day, so that the age is "about".
    pub approximate: bool,
}

impl Age {
    /// From this many years on, the limits for adults hold.
    pub const ADULT_YEARS: u16 = 18;

    /// Returns the age on a day; `None` before birth, or if no day is named.
    ///
    /// Of a birth date that is only a year the middle is taken, which errs by half a year at most; of one that
    /// is only a month, the first.
    #[must_use]
    pub fn on(birth: &BirthDate, today: &When) -> Option<Self> {
        let (year, month, day) = today.parts();
        let today = Date::new(year, month?, day?).ok()?;
        let (year, month, day) = birth.date.parts();
        let likely = Date::new(year, month.unwrap_or(7), day.unwrap_or(1)).ok()?;
        let earliest = Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
        let born = if likely > today { earliest } else { likely };
        let lived = born.until((Unit::Year, today)).ok()?;
        Some(Self {
            years: u16::try_from(lived.get_years()).ok()?,
            months: u8::try_from(lived.get_months()).ok()?,
            days: u8::try_from(lived.get_days()).ok()?,
            approximate: birth.estimated || day.is_none(),
        })
    }

    /// Tells whether the limits for adults hold.
    #[must_use]
    pub const fn is_adult(&self) -> bool {
        self.years >= Self::ADULT_YEARS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(born: &str, today: &str, expected: Option<(u16, u8, u8, bool)>) {
        let birth = BirthDate {
            date: When::parse(born).unwrap(),
            estimated: false,
        };
        let age = Age::on(&birth, &When::parse(today).unwrap());
        let age = age.map(|it| (it.years, it.months, it.days, it.approximate));
        assert_eq!(age, expected, "born {born}, on {today}");
    }

    #[test]
    fn counts_whole_years_months_and_days() {
        check("1984-03-12", "2026-03-11", Some((41, 11, 27, false)));
        check(
            "1984-03-12",
            "2026-03-12T08:00:00Z",
            Some((42, 0, 0, false)),
        );
        check("2026-01-31", "2026-03-01", Some((0, 1, 1, false)));
        check("2024-02-29", "2025-02-28", Some((0, 11, 30, false)));
    }

    #[test]
    fn a_year_alone_gives_an_age_that_is_about() {
        check("1984", "2026-06-30", Some((41, 11, 29, true)));
        check("1984", "2026-07-01", Some((42, 0, 0, true)));
        check("2026", "2026-03-01", Some((0, 2, 0, true)));
        check("1984-03", "2026-03-01", Some((42, 0, 0, true)));
    }

    #[test]
    fn nobody_has_an_age_before_birth_or_on_no_day() {
        check("2026-03-02", "2026-03-01", None);
        check("2027", "2026-12-31", None);
        check("1984", "2026", None);
    }

    #[test]
    fn an_estimate_is_about() {
        let birth = BirthDate {
            date: When::parse("1984-03-12").unwrap(),
            estimated: true,
        };

        let age = Age::on(&birth, &When::parse("2026-03-12").unwrap());

        assert!(age.is_some_and(|it| it.approximate && it.is_adult()));
    }
}
