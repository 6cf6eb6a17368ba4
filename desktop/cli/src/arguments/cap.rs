//! A rate as people write it: `64kbit/s`, `2 Mbit/s`, `none`.

use std::str::FromStr;

/// What a link may carry in each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cap {
    /// As much as it can.
    None,
    /// Bits a second.
    Bits(u32),
}

/// The units, the longest first: each ends like the last.
const UNITS: [(&str, u32); 4] = [
    ("Gbit/s", 1_000_000_000),
    ("Mbit/s", 1_000_000),
    ("kbit/s", 1_000),
    ("bit/s", 1),
];

impl FromStr for Cap {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str =
            "a rate is a number with bit/s, kbit/s or Mbit/s, like 64kbit/s; or none";
        if text == "none" {
            return Ok(Self::None);
        }
        let with_unit = |(unit, size)| Some((text.strip_suffix(unit)?, size));
        let (number, size) = UNITS.into_iter().find_map(with_unit).ok_or(FORM)?;
        let number: u32 = number.trim().parse().map_err(|_not_one| FORM)?;
        number
            .checked_mul(size)
            .map(Self::Bits)
            .ok_or("no link carries that much")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_people_write_them() {
        assert_eq!("64kbit/s".parse(), Ok(Cap::Bits(64_000)));
        assert_eq!("2 Mbit/s".parse(), Ok(Cap::Bits(2_000_000)));
        assert_eq!("1Gbit/s".parse(), Ok(Cap::Bits(1_000_000_000)));
        assert_eq!("20000bit/s".parse(), Ok(Cap::Bits(20_000)));
        assert_eq!("none".parse(), Ok(Cap::None));
        for wrong in [
            "64",
            "64kB/s",
            "-1kbit/s",
            "6.4kbit/s",
            "9Gbit/s",
            "kbit/s",
            "",
        ] {
            assert!(wrong.parse::<Cap>().is_err(), "{wrong}");
        }
    }
}
