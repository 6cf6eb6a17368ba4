//! Protocol versions: each end says a range, the highest common one is spoken.

use serde::{Deserialize, Serialize};

/// One version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u16);

impl Version {
    /// Logs, feeds and cursors; every entry is sent as it is kept.
    pub const ONE: Self = Self(1);
    /// What either end lost is found again, and what the other end has is not sent.
    pub const TWO: Self = Self(2);
}

/// The versions of the protocol that an end speaks, from the lowest to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions(pub Version, pub Version);

impl Versions {
    /// What this release speaks.
    pub const SPOKEN: Self = Self(Version::ONE, Version::TWO);

    /// Returns what this release speaks up to the version of this number, as an older release does; none if it speaks none of them.
    #[must_use]
    pub fn up_to(number: &str) -> Option<Self> {
        let highest = Version(number.parse().ok()?).min(Self::SPOKEN.1);
        (Self::SPOKEN.0 <= highest).then_some(Self(Self::SPOKEN.0, highest))
    }

    /// Returns the highest version that both speak.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Version> {
        let lowest = self.0.max(other.0);
        let highest = self.1.min(other.1);
        (lowest <= highest).then_some(highest)
    }

    /// Tells whether this version is among them.
    #[must_use]
    pub fn include(self, version: Version) -> bool {
        self.0 <= version && version <= self.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: (u16, u16), other: (u16, u16), common: Option<u16>) {
        let versions = |(lowest, highest)| Versions(Version(lowest), Version(highest));

        let both = [(one, other), (other, one)];
        for (one, other) in both {
            let spoken = versions(one).common(versions(other));
            assert_eq!(spoken, common.map(Version), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn the_highest_common_version_is_spoken() {
        check((1, 4), (2, 9), Some(4));
        check((3, 3), (1, 3), Some(3));
        check((1, 1), (2, 9), None);
        check((9, 1), (1, 9), None);
    }

    #[test]
    fn an_older_release_is_one_that_speaks_up_to_its_version() {
        let spoken = ["0", "1", "2", "9", "two", ""].map(Versions::up_to);

        let one = Some(Versions(Version::ONE, Version::ONE));
        let all = Some(Versions::SPOKEN);
        assert_eq!(spoken, [None, one, all, all, None, None]);
    }

    #[test]
    fn a_range_includes_its_ends() {
        let spoken = Versions(Version(2), Version(3));

        let included = (0..5).map(|it| spoken.include(Version(it)));

        assert_eq!(
            included.collect::<Vec<_>>(),
            [false, false, true, true, false]
        );
    }
}
