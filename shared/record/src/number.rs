//! The number printed on a patient's card.
//!
//! A device takes numbers from blocks reserved for it in the roster, so two clinics without a network never
//! issue the same one. The last digit is a check digit (Damm, 2004): it finds every single wrong digit and
//! every swap of neighbours.

use std::fmt;
use std::str::FromStr;

/// Ten digits, the last a check digit. A value of this type has passed the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientNumber {
    block: u16,
    serial: u32,
}

/// Why a text is not a patient number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatientNumberError {
    /// Ask for all ten digits.
    #[error("a patient number has ten digits, like 1004-00017-6")]
    NotTenDigits,
    /// Ask to read the card again.
    #[error("the check digit does not fit: one of the digits is wrong")]
    WrongCheckDigit,
    /// Ask the hub for another block.
    #[error("the block of numbers reserved for this device is used up")]
    BlockUsedUp,
}

/// Damm's quasigroup of order 10 (H. M. Damm, 2004), as published in his thesis.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

impl PatientNumber {
    /// How many numbers a block holds.
    pub const BLOCK_SIZE: u32 = 100_000;
    /// The highest block: four digits.
    pub const LAST_BLOCK: u16 = 9_999;

    /// Issues the number at a place in a block.
    pub fn issue(block: u16, serial: u32) -> Result<Self, PatientNumberError> {
        if block > Self::LAST_BLOCK || serial >= Self::BLOCK_SIZE {
            return Err(PatientNumberError::BlockUsedUp);
        }
        Ok(Self { block, serial })
    }

    /// Reads what a clerk typed or a scanner read; spaces and hyphens are ignored.
    pub fn parse(text: &str) -> Result<Self, PatientNumberError> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| c.to_digit(10).and_then(|d| u8::try_from(d).ok()))
            .collect::<Option<_>>()
            .ok_or(PatientNumberError::NotTenDigits)?;
        if digits.len() != 10 {
            return Err(PatientNumberError::NotTenDigits);
        }
        if check(&digits) != 0 {
            return Err(PatientNumberError::WrongCheckDigit);
        }
        let value = |part: &[u8]| part.iter().fold(0_u32, |sum, d| sum * 10 + u32::from(*d));
        let (block, rest) = digits.split_at(4);
        let serial = rest.get(..5).map_or(0, value);
        let block = u16::try_from(value(block)).map_err(|_big| PatientNumberError::NotTenDigits)?;
        Self::issue(block, serial)
    }

    /// Returns the block that the number comes from.
    #[must_use]
    pub const fn block(self) -> u16 {
        self.block
    }

    /// Returns the number's place in its block.
    #[must_use]
    pub const fn serial(self) -> u32 {
        self.serial
    }
}

impl fmt::Display for PatientNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:04}{:05}", self.block, self.serial);
        let check = check(&digits.bytes().map(|b| b - b'0').collect::<Vec<_>>());
        write!(f, "{:04}-{:05}-{check}", self.block, self.serial)
    }
}

impl FromStr for PatientNumber {
    type Err = PatientNumberError;

    fn from_str(text: &str) -> Result<Self, PatientNumberError> {
        Self::parse(text)
    }
}

/// Returns Damm's check digit over the digits; over digits that end with theirs, zero.
fn check(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |row, digit| {
        DAMM.get(usize::from(row))
            .and_then(|cells| cells.get(usize::from(*digit)))
            .copied()
            .unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check_parse(text: &str, expected: Result<(u16, u32), PatientNumberError>) {
        let parsed = PatientNumber::parse(text).map(|it| (it.block(), it.serial()));
        assert_eq!(parsed, expected, "parsing {text:?}");
    }

    #[test]
    fn parses_only_checked_numbers() {
        let number = PatientNumber::issue(1004, 17).unwrap().to_string();

        check_parse(&number, Ok((1004, 17)));
        check_parse(&number.replace('-', ""), Ok((1004, 17)));
        check_parse("98", Err(PatientNumberError::NotTenDigits));
        check_parse("1004-00017-x", Err(PatientNumberError::NotTenDigits));
    }

    #[test]
    fn a_block_ends() {
        assert_eq!(
            PatientNumber::issue(1, 100_000),
            Err(PatientNumberError::BlockUsedUp)
        );
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_found(block in 0_u16..=9_999, serial in 0_u32..100_000, at in 0_usize..10, by in 1_u8..10) {
            let number = PatientNumber::issue(block, serial).unwrap();
            let mut digits: Vec<u8> = number.to_string().bytes().filter(|b| *b != b'-').collect();
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;

            let read = PatientNumber::parse(&String::from_utf8(digits).unwrap());

            prop_assert_eq!(read, Err(PatientNumberError::WrongCheckDigit));
        }

        #[test]
        fn swapped_neighbours_are_found(block in 0_u16..=9_999, serial in 0_u32..100_000, at in 0_usize..9) {
            let number = PatientNumber::issue(block, serial).unwrap();
            let mut digits: Vec<u8> = number.to_string().bytes().filter(|b| *b != b'-').collect();
            prop_assume!(digits[at] != digits[at + 1]);
            digits.swap(at, at + 1);

            let read = PatientNumber::parse(&String::from_utf8(digits).unwrap());

            prop_assert_eq!(read, Err(PatientNumberError::WrongCheckDigit));
        }
    }
}
