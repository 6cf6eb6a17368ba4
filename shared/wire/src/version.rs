//! Protocol versions: each end says a range, the highest common one is spoken.

use serde::{Deserialize, Serialize};

/// The versions of the protocol that an end speaks, from the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions(pub u16, pub u16);

impl Versions {
    /// What this release speaks.
    pub const SPOKEN: Self = Self(1, 2);

    /// Returns the highest version that both speak.
    #[must_use]
    pub fn common(self, other: Self) -> Option<u16> {
        let lowest = self.0.max(other.0);
        let highest = self.1.min(other.1);
        (lowest <= highest).then_some(highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_is_spoken() {
        assert_eq!(Versions(1, 4).common(Versions(2, 9)), Some(4));
        assert_eq!(Versions(3, 3).common(Versions(1, 3)), Some(3));
        assert_eq!(Versions(1, 1).common(Versions(2, 9)), None);
        assert_eq!(Versions(9, 1).common(Versions(1, 9)), None);
    }
}
