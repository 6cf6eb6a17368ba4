//! Registers: fields that hold a current value, and how values written apart are settled.
//!
//! Nothing is ever lost here: a value that is not shown stands among the others.

use serde::{Deserialize, Serialize};

use crate::{DeviceId, Hlc, PersonId, SiteId};

/// Who wrote something, where and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// When, by the hybrid clock. First, so that stamps sort by time.
    #[serde(rename = "t")]
    pub at: Hlc,
    /// On which device.
    #[serde(rename = "d")]
    pub device: DeviceId,
    /// Who.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// At which site.
    #[serde(rename = "s")]
    pub site: SiteId,
}

/// A value with who wrote it, where, when and, for a correction, why.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped<T> {
    /// The value.
    #[serde(rename = "v")]
    pub value: T,
    /// Who, where, when.
    #[serde(rename = "b")]
    pub stamp: Stamp,
    /// Why it was corrected or how a conflict was resolved, in the writer's words.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What happens to values of one register that were written without knowledge of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeClass {
    /// The later one by the hybrid clock is shown, the others are "also recorded".
    LastWriter,
    /// A person must decide; until then all are kept and shown.
    MustReview,
}

/// Whether the current values of a register agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// There is one value.
    Agreed,
    /// There are others, of less weight than a conflict.
    AlsoRecorded,
    /// A person must decide.
    Conflict,
}

/// A register as it stands: the value shown, and every other current value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register<T> {
    /// The value to show first.
    pub shown: Stamped<T>,
    /// The other current values, newest first.
    pub others: Vec<Stamped<T>>,
    /// Whether they agree.
    pub agreement: Agreement,
}

/// Values that may say the same thing with more or less detail.
pub trait Refines {
    /// Tells whether this value says all that the other does, and more: 1984-03-12 refines 1984.
    fn refines(&self, other: &Self) -> bool;
}

impl<T: Clone + PartialEq + Refines + Serialize> Register<T> {
    /// Settles the current values of a register; `None` if there is none.
    ///
    /// The newest is shown; of values that say the same, or the same with less detail, one stands. The result
    /// does not depend on the order of the values, so every replica shows the same.
    #[must_use]
    pub fn settle(class: MergeClass, mut values: Vec<Stamped<T>>) -> Option<Self> {
        values.sort_by_cached_key(|it| (std::cmp::Reverse(it.stamp), spelling(it)));
        let mut distinct: Vec<Stamped<T>> = Vec::new();
        for value in values {
            if !distinct
                .iter()
                .any(|it| it.value == value.value || it.value.refines(&value.value))
            {
                distinct.retain(|it| !value.value.refines(&it.value));
                distinct.push(value);
            }
        }
        if distinct.is_empty() {
            return None;
        }
        let shown = distinct.remove(0);
        let agreement = match class {
            _ if distinct.is_empty() => Agreement::Agreed,
            MergeClass::LastWriter => Agreement::AlsoRecorded,
            MergeClass::MustReview => Agreement::Conflict,
        };
        Some(Self {
            shown,
            others: distinct,
            agreement,
        })
    }

    /// Returns every current value, the one shown first.
    pub fn all(&self) -> impl Iterator<Item = &Stamped<T>> {
        std::iter::once(&self.shown).chain(&self.others)
    }
}

/// Decides between values with one stamp, which no clock can. An arbitrary order, but everywhere the same.
fn spelling<T: Serialize>(value: &Stamped<T>) -> Vec<u8> {
    serde_ipld_dagcbor::to_vec(value).unwrap_or_default()
}

crate::discreet!(Stamped<T>);

#[cfg(test)]
mod tests;
