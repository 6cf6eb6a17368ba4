//! Vital signs: their codes, their units, and the numbers no living patient has.
//!
//! Impossible is refused, at the keyboard and at import alike. Unlikely is another matter: it is for a person to
//! confirm ("measured again"), and never stops an import. Of a measurement in another unit than ours nothing is
//! said.
//!
//! Impossible, and where the figure comes from: pulse, pressures, respiration, temperature and oxygen saturation
//! are the bounds of MIT-LCP's `mimic-code` (`vitalsign.sql`) and `gossis`; adults' weight and height those of
//! growthcleanr's step for biologically implausible values; children's respiration is clinical judgement. A
//! temperature of 70–120 is one in degrees Fahrenheit, the commonest error in practice (Genes et al., 2013).
//! Unlikely are bounds of our own.

use crate::{Age, Quantity};

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
    #[error("impossible: {unit} between {above} and {below} were expected")]
    OutOfRange {
        /// No living patient has less.
        above: i32,
        /// No living patient has more.
        below: i32,
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

    /// Checks a measurement of somebody whose age is not known: only what no one of any age has is refused.
    pub fn check(self, quantity: &Quantity) -> Result<(), VitalError> {
        self.check_at(quantity, None)
    }

    /// Checks a measurement of somebody of this age.
    pub fn check_at(self, quantity: &Quantity, age: Option<&Age>) -> Result<(), VitalError> {
        let Some(value) = self.number(quantity)? else {
            return Ok(());
        };
        let limits = self.impossible(age);
        if limits.hold(value) {
            return Ok(());
        }
        if self == Self::Temperature && (70.0..=120.0).contains(&value) {
            return Err(VitalError::Fahrenheit);
        }
        let Limits { above, below, .. } = limits;
        Err(VitalError::OutOfRange {
            above,
            below,
            unit: self.unit(),
        })
    }

    /// Tells whether somebody should be asked to confirm the measurement. Only adults have such limits, and
    /// anybody whose age is not known.
    #[must_use]
    pub fn is_unlikely(self, quantity: &Quantity, age: Option<&Age>) -> bool {
        let child = age.is_some_and(|it| !it.is_adult());
        let value = self.number(quantity).ok().flatten();
        !child && value.is_some_and(|it| !self.likely().hold(it))
    }

    /// Returns the measurement as a number, if it is one in the vital sign's own unit.
    fn number(self, quantity: &Quantity) -> Result<Option<f64>, VitalError> {
        let Some(text) = &quantity.value else {
            return Ok(None);
        };
        let value: f64 = text.parse().map_err(|_text| VitalError::NotANumber)?;
        let unit = quantity.code.as_deref().or(quantity.unit.as_deref());
        Ok(unit.is_none_or(|it| it == self.unit()).then_some(value))
    }

    /// Returns the limits that no living patient leaves.
    const fn impossible(self, age: Option<&Age>) -> Limits {
        let adult = matches!(age, Some(age) if age.is_adult());
        match (self, adult) {
            (Self::HeartRate | Self::Diastolic, _) => Limits::between(0, 300),
            (Self::Systolic, _) => Limits::between(0, 400),
            (Self::Respiration, true) => Limits::between(0, 70),
            (Self::Respiration, false) => Limits::between(0, 120),
            (Self::Temperature, _) => Limits::between(10, 50),
            (Self::Oxygen, _) => Limits::up_to(0, 100),
            (Self::Weight, true) => Limits::from(20, 500),
            (Self::Weight, false) => Limits::up_to(0, 500),
            (Self::Height, true) => Limits::from(50, 244),
            (Self::Height, false) => Limits::up_to(0, 244),
        }
    }

    /// Returns the limits that an adult seldom leaves.
    const fn likely(self) -> Limits {
        let (low, high) = match self {
            Self::HeartRate => (30, 220),
            Self::Systolic => (60, 250),
            Self::Diastolic => (30, 150),
            Self::Respiration => (6, 40),
            Self::Temperature => (32, 42),
            Self::Oxygen => (70, 100),
            Self::Weight => (30, 250),
            Self::Height => (120, 215),
        };
        Limits::from(low, high)
    }

    /// Checks the two blood pressures of one measurement against each other.
    pub fn check_pressures(systolic: &Quantity, diastolic: &Quantity) -> Result<(), VitalError> {
        let number = |it: &Quantity| {
            it.value
                .as_deref()
                .and_then(|text| text.parse::<f64>().ok())
        };
        match (number(systolic), number(diastolic)) {
            (Some(high), Some(low)) if low >= high => Err(VitalError::PressuresSwapped),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
}

/// Between which numbers a measurement lies, and whether it may be one of them.
#[derive(Debug, Clone, Copy)]
struct Limits {
    above: i32,
    below: i32,
    may_be_lowest: bool,
    may_be_highest: bool,
}

impl Limits {
    const fn between(above: i32, below: i32) -> Self {
        Self {
            above,
            below,
            may_be_lowest: false,
            may_be_highest: false,
        }
    }

    const fn up_to(above: i32, highest: i32) -> Self {
        Self {
            may_be_highest: true,
            ..Self::between(above, highest)
        }
    }

    const fn from(lowest: i32, highest: i32) -> Self {
        Self {
            may_be_lowest: true,
            ..Self::up_to(lowest, highest)
        }
    }

    fn hold(self, value: f64) -> bool {
        let (low, high) = (f64::from(self.above), f64::from(self.below));
        (value > low || (self.may_be_lowest && value >= low))
            && (value < high || (self.may_be_highest && value <= high))
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
        assert_eq!(
            vital.check(&quantity).is_ok(),
            possible,
            "{vital:?} of {value}"
        );
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

    fn age(years: u16) -> Age {
        Age {
            years,
            months: 0,
            days: 0,
            approximate: false,
        }
    }

    #[track_caller]
    fn check_at(vital: Vital, value: &str, years: u16, possible: bool, unlikely: bool) {
        let quantity = Quantity {
            value: Some(value.to_owned()),
            ..Quantity::default()
        };
        let age = age(years);
        let found = (
            vital.check_at(&quantity, Some(&age)).is_ok(),
            vital.is_unlikely(&quantity, Some(&age)),
        );
        assert_eq!(
            found,
            (possible, unlikely),
            "{vital:?} of {value} at {years}"
        );
    }

    #[test]
    fn adults_have_narrower_limits() {
        check_at(Vital::Weight, "19.9", 30, false, true);
        check_at(Vital::Weight, "20", 30, true, true);
        check_at(Vital::Weight, "3.4", 0, true, false);
        check_at(Vital::Height, "49", 30, false, true);
        check_at(Vital::Height, "49", 0, true, false);
        check_at(Vital::Respiration, "70", 30, false, true);
        check_at(Vital::Respiration, "90", 0, true, false);
        check_at(Vital::Respiration, "120", 0, false, false);
    }

    #[test]
    fn the_unlikely_is_possible_and_asked_about() {
        check_at(Vital::HeartRate, "29", 30, true, true);
        check_at(Vital::HeartRate, "30", 30, true, false);
        check_at(Vital::Systolic, "251", 30, true, true);
        check_at(Vital::Diastolic, "150", 30, true, false);
        check_at(Vital::Temperature, "42.1", 30, true, true);
        check_at(Vital::Oxygen, "69", 30, true, true);
        check_at(Vital::Oxygen, "100", 30, true, false);
    }

    #[test]
    fn a_fahrenheit_reading_is_named_as_one() {
        let reading = Quantity {
            value: Some("98.6".into()),
            ..Quantity::default()
        };

        assert_eq!(
            Vital::Temperature.check(&reading),
            Err(VitalError::Fahrenheit)
        );
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
        let of = |value: &str| Quantity {
            value: Some(value.into()),
            ..Quantity::default()
        };

        assert_eq!(
            Vital::check_pressures(&of("80"), &of("120")),
            Err(VitalError::PressuresSwapped)
        );
        assert_eq!(Vital::check_pressures(&of("120"), &of("80")), Ok(()));
    }
}
