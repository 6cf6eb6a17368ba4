//! Vital signs: their codes, their units, and the numbers no living patient has.
//!
//! Impossible is refused, at the keyboard and at import alike. Unlikely is another matter: it is a person's to
//! confirm. The limits are those of the data-quality rules after Kahn's plausibility checks.

use crate::Quantity;

/// A vital sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the clinic's own")]
pub enum Vital {
    HeartRate,
    Systolic,
    Diastolic,
    Respiration,
    Temperature,
    Oxygen,
    Weight,
    Height,
}

/// Why a measurement cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VitalError {
    /// Ask for the number again.
    #[error("not a number")]
    NotANumber,
    /// Ask whether it was measured in degrees Fahrenheit.
    #[error("impossible in degrees Celsius: is it Fahrenheit?")]
    Fahrenheit,
    /// Ask to measure again.
    #[error("impossible: it must be above {above} and at most {most} {unit}")]
    OutOfRange {
        /// The number must be higher than this.
        above: i32,
        /// The number may be this high.
        most: i32,
        /// In this unit.
        unit: &'static str,
    },
    /// Ask for both numbers again.
    #[error("impossible: the diastolic pressure is not below the systolic")]
    PressuresSwapped,
}

impl Vital {
    /// Every vital sign, in the order a visit's form asks for them.
    pub const ALL: [Self; 8] = [
        Self::Systolic,
        Self::Diastolic,
        Self::HeartRate,
        Self::Respiration,
        Self::Temperature,
        Self::Oxygen,
        Self::Weight,
        Self::Height,
    ];

    /// Returns the LOINC code.
    #[must_use]
    pub const fn loinc(self) -> &'static str {
        match self {
            Self::HeartRate => "8867-4",
            Self::Systolic => "8480-6",
            Self::Diastolic => "8462-4",
            Self::Respiration => "9279-1",
            Self::Temperature => "8310-5",
            Self::Oxygen => "2708-6",
            Self::Weight => "29463-7",
            Self::Height => "8302-2",
        }
    }

    /// Returns the unit's UCUM code.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::HeartRate | Self::Respiration => "/min",
            Self::Systolic | Self::Diastolic => "mm[Hg]",
            Self::Temperature => "Cel",
            Self::Oxygen => "%",
            Self::Weight => "kg",
            Self::Height => "cm",
        }
    }

    /// Returns the vital sign that has this LOINC code.
    #[must_use]
    pub fn of_loinc(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.loinc() == code)
    }

    /// Returns the number that a value must exceed, and the highest that it may have, at any age.
    const fn limits(self) -> (i32, i32) {
        match self {
            Self::HeartRate | Self::Diastolic => (0, 299),
            Self::Systolic => (0, 399),
            // An adult breathes less than 70 times a minute, a newborn in distress more.
            Self::Respiration => (0, 150),
            Self::Temperature => (10, 49),
            Self::Oxygen => (0, 100),
            Self::Weight => (0, 500),
            Self::Height => (0, 244),
        }
    }

    /// Checks a measurement in the vital sign's own unit; in another unit nothing is known about it.
    pub fn check(self, quantity: &Quantity) -> Result<(), VitalError> {
        let Some(text) = &quantity.value else { return Ok(()) };
        let value: f64 = text.parse().map_err(|_text| VitalError::NotANumber)?;
        let unit = quantity.code.as_deref().or(quantity.unit.as_deref());
        if unit.is_some_and(|it| it != self.unit()) {
            return Ok(());
        }
        let (above, most) = self.limits();
        if value > f64::from(above) && value < f64::from(most) + 1.0 && self.whole(value, most) {
            return Ok(());
        }
        if self == Self::Temperature && (70.0..=120.0).contains(&value) {
            return Err(VitalError::Fahrenheit);
        }
        Err(VitalError::OutOfRange { above, most, unit: self.unit() })
    }

    /// A limit that is itself allowed (100 %, 500 kg, 244 cm) is not allowed to be exceeded by a fraction.
    fn whole(self, value: f64, most: i32) -> bool {
        match self {
            Self::Oxygen | Self::Weight | Self::Height | Self::Respiration => value <= f64::from(most),
            Self::HeartRate | Self::Systolic | Self::Diastolic | Self::Temperature => true,
        }
    }

    /// Checks the two blood pressures of one measurement against each other.
    pub fn check_pressures(systolic: &Quantity, diastolic: &Quantity) -> Result<(), VitalError> {
        let number = |it: &Quantity| it.value.as_deref().and_then(|text| text.parse::<f64>().ok());
        match (number(systolic), number(diastolic)) {
            (Some(high), Some(low)) if low >= high => Err(VitalError::PressuresSwapped),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(vital: Vital, value: &str, possible: bool) {
        let quantity = Quantity {
            value: Some(value.to_owned()),
            code: Some(vital.unit().to_owned()),
            ..Quantity::default()
        };
        assert_eq!(vital.check(&quantity).is_ok(), possible, "{vital:?} of {value}");
    }

    #[test]
    fn only_the_impossible_is_refused() {
        check(Vital::HeartRate, "0", false);
        check(Vital::HeartRate, "299.5", true);
        check(Vital::HeartRate, "300", false);
        check(Vital::Systolic, "399", true);
        check(Vital::Systolic, "400", false);
        check(Vital::Diastolic, "-1", false);
        check(Vital::Temperature, "49.9", true);
        check(Vital::Temperature, "50", false);
        check(Vital::Oxygen, "100", true);
        check(Vital::Oxygen, "100.1", false);
        check(Vital::Weight, "2.9", true);
        check(Vital::Height, "245", false);
        check(Vital::Height, "tall", false);
        check(Vital::Height, "NaN", false);
    }

    #[test]
    fn a_fahrenheit_reading_is_named_as_one() {
        let reading = Quantity { value: Some("98.6".into()), ..Quantity::default() };

        assert_eq!(Vital::Temperature.check(&reading), Err(VitalError::Fahrenheit));
    }

    #[test]
    fn another_unit_is_left_alone() {
        let pounds = Quantity {
            value: Some("700".into()),
            code: Some("[lb_av]".into()),
            ..Quantity::default()
        };

        assert_eq!(Vital::Weight.check(&pounds), Ok(()));
    }

    #[test]
    fn swapped_pressures_are_refused() {
        let of = |value: &str| Quantity { value: Some(value.into()), ..Quantity::default() };

        assert_eq!(
            Vital::check_pressures(&of("80"), &of("120")),
            Err(VitalError::PressuresSwapped)
        );
        assert_eq!(Vital::check_pressures(&of("120"), &of("80")), Ok(()));
    }
}
