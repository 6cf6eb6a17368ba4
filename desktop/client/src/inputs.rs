//! From what was typed to values that can be written: each field is checked once, here.

use record::{BirthDate, Deceased, Sex, When};

use crate::fault::date_fault;
use crate::views::{CommandError, ErrorCode};

/// How long a name, a place or a phone may be. The longest recorded names have some 200 letters.
pub(crate) const MAX_NAME_BYTES: usize = 400;

/// How long a reason may be: it must fit an access entry.
pub(crate) const MAX_REASON_BYTES: usize = 1_500;

/// How long a note may be: some ten pages, and well within what one change may hold.
pub(crate) const MAX_NOTE_BYTES: usize = 40_000;

/// How far ahead a date may lie: the clocks of two computers differ, and so do time zones.
const MAX_AHEAD_MS: i64 = 24 * 60 * 60 * 1000;

/// Nobody alive was born before.
const FIRST_YEAR: i16 = 1880;

/// A text that must be there.
pub(crate) fn required(text: &str, field: &str, limit: usize) -> Result<String, CommandError> {
    optional(Some(text), field, limit)?
        .ok_or_else(|| CommandError::field(ErrorCode::FieldMissing, field))
}

/// A text that may be absent; blank is absent.
pub(crate) fn optional(
    text: Option<&str>,
    field: &str,
    limit: usize,
) -> Result<Option<String>, CommandError> {
    let Some(text) = text.map(str::trim).filter(|it| !it.is_empty()) else {
        return Ok(None);
    };
    if text.len() > limit {
        return Err(CommandError::field(ErrorCode::FieldTooLong, field));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
    {
        return Err(CommandError::field(ErrorCode::FieldInvalid, field));
    }
    Ok(Some(text.to_owned()))
}

/// Given names, apart by spaces.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// FHIR's code of a sex.
pub(crate) fn sex(text: &str, field: &str) -> Result<Sex, CommandError> {
    match text.trim() {
        "female" => Ok(Sex::Female),
        "male" => Ok(Sex::Male),
        "other" => Ok(Sex::Other),
        "unknown" => Ok(Sex::Unknown),
        "" => Err(CommandError::field(ErrorCode::FieldMissing, field)),
        _ => Err(CommandError::field(ErrorCode::FieldInvalid, field)),
    }
}

/// A birth date as far as it is known, not ahead of today.
pub(crate) fn birth_date(
    text: &str,
    estimated: bool,
    today: &When,
    field: &str,
) -> Result<BirthDate, CommandError> {
    let date = past_date(text, today, field)?;
    if date.parts().0 < FIRST_YEAR {
        return Err(CommandError::field(ErrorCode::Impossible, field));
    }
    Ok(BirthDate { date, estimated })
}

/// `living`, `dead`, or the date of death.
pub(crate) fn deceased(text: &str, today: &When, field: &str) -> Result<Deceased, CommandError> {
    match text.trim() {
        "living" => Ok(Deceased::Living),
        "dead" => Ok(Deceased::Dead),
        date => past_date(date, today, field).map(Deceased::On),
    }
}

fn past_date(text: &str, today: &When, field: &str) -> Result<When, CommandError> {
    let date = When::parse(text.trim()).map_err(|error| date_fault(error, field))?;
    if date.date() != date.as_str() {
        return Err(CommandError::field(ErrorCode::NotADate, field));
    }
    if date.first_ms() > today.first_ms().saturating_add(MAX_AHEAD_MS) {
        return Err(CommandError::field(ErrorCode::DateAhead, field));
    }
    Ok(date)
}

/// A measured number as it was written, with a point where a comma was typed: 72,50 is 72.50.
pub(crate) fn number(text: Option<&str>, field: &str) -> Result<Option<String>, CommandError> {
    let Some(text) = optional(text, field, 20)? else {
        return Ok(None);
    };
    let text = text.replace(',', ".");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
    // JSON, and so FHIR, has no number with a needless zero in front.
    let leading = whole.len() > 1 && whole.starts_with('0');
    if digits(whole) && digits(fraction) && !leading {
        Ok(Some(text))
    } else {
        Err(CommandError::field(ErrorCode::NotANumber, field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> When {
        When::parse("2026-03-01T08:00:00Z").unwrap()
    }

    #[track_caller]
    fn check_number(text: &str, expected: Result<Option<&str>, ErrorCode>) {
        let read = number(Some(text), "weight").map_err(|it| it.code);
        assert_eq!(
            read.as_ref().map(Option::as_deref),
            expected.as_ref().map(|it| *it),
            "{text:?}"
        );
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        check_number("72.50", Ok(Some("72.50")));
        check_number(" 36,6 ", Ok(Some("36.6")));
        check_number("0.8", Ok(Some("0.8")));
        check_number("", Ok(None));
        for text in ["1e3", "NaN", "-1", "007", "1.", ".5", "1.2.3", "12 3"] {
            check_number(text, Err(ErrorCode::NotANumber));
        }
    }

    #[track_caller]
    fn check_birth(text: &str, expected: Result<(), ErrorCode>) {
        let read = birth_date(text, false, &today(), "birthDate");
        assert_eq!(
            read.map(|_date| ()).map_err(|it| it.code),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn a_birth_date_exists_and_has_come() {
        check_birth("1984", Ok(()));
        check_birth("2026-03-01", Ok(()));
        check_birth("2026-02-31", Err(ErrorCode::NoSuchDay));
        check_birth("12/3/1984", Err(ErrorCode::NotADate));
        check_birth("1984-03-12T10:00:00Z", Err(ErrorCode::NotADate));
        check_birth("2027-01-01", Err(ErrorCode::DateAhead));
        check_birth("1484", Err(ErrorCode::Impossible));
    }

    #[test]
    fn a_date_lies_ahead_by_what_clocks_differ_at_most() {
        let tomorrow = When::parse("2026-03-02").unwrap();
        let at = |ms: i64| {
            let ms = tomorrow.first_ms() - MAX_AHEAD_MS - ms;
            When::from_ms(ms.cast_unsigned())
        };
        let read = |today| past_date("2026-03-02", &today, "date").map_err(|it| it.code);

        assert_eq!(read(at(0)), Ok(tomorrow.clone()));
        assert_eq!(read(at(1_000)), Err(ErrorCode::DateAhead));
    }

    #[test]
    fn blank_is_absent_and_too_long_is_refused() {
        assert_eq!(optional(Some("  "), "phone", 5), Ok(None));
        assert_eq!(
            required(" ", "family", 5).map_err(|it| it.code),
            Err(ErrorCode::FieldMissing)
        );
        assert_eq!(
            required("abcdef", "family", 5).map_err(|it| it.code),
            Err(ErrorCode::FieldTooLong)
        );
        assert_eq!(
            required("a\u{0}b", "family", 5).map_err(|it| it.code),
            Err(ErrorCode::FieldInvalid)
        );
    }
}
