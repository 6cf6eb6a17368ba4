//! What a person does at a site, in one word.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text names nothing of ours. Show the names there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such name")]
pub struct UnknownName;

/// What a person does. One person has one role; what it allows is decided in [`crate::may`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub enum Role {
    /// Registers patients and checks who they are.
    Registrar,
    /// Sees patients.
    Nurse,
    /// Sees patients and answers for the site's care.
    Clinician,
    /// Codes finished visits.
    Coder,
    /// Reconciles records at the office.
    HimOfficer,
    /// Reviews who looked at what.
    PrivacyOfficer,
    /// Counts.
    Analyst,
    /// Runs a site.
    SiteManager,
    /// Enrols devices and keeps the fleet going; has no business in records.
    Administrator,
    /// A role of a later release: it allows nothing here.
    Unknown(u16),
}

impl Role {
    /// All that this release knows.
    pub const ALL: [Self; 9] = [
        Self::Registrar,
        Self::Nurse,
        Self::Clinician,
        Self::Coder,
        Self::HimOfficer,
        Self::PrivacyOfficer,
        Self::Analyst,
        Self::SiteManager,
        Self::Administrator,
    ];

    /// Returns the name, as it is typed and as a statement keeps it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registrar => "registrar",
            Self::Nurse => "nurse",
            Self::Clinician => "clinician",
            Self::Coder => "coder",
            Self::HimOfficer => "him-officer",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Analyst => "analyst",
            Self::SiteManager => "site-manager",
            Self::Administrator => "administrator",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or(UnknownName)
    }
}

impl From<Role> for u16 {
    fn from(role: Role) -> Self {
        match role {
            Role::Registrar => 1,
            Role::Nurse => 2,
            Role::Clinician => 3,
            Role::Coder => 4,
            Role::HimOfficer => 5,
            Role::PrivacyOfficer => 6,
            Role::Analyst => 7,
            Role::SiteManager => 8,
            Role::Administrator => 9,
            Role::Unknown(code) => code,
        }
    }
}

impl From<u16> for Role {
    fn from(code: u16) -> Self {
        let known = Self::ALL.into_iter().find(|role| u16::from(*role) == code);
        known.unwrap_or(Self::Unknown(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_from_its_name_and_its_code() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(Role::from(u16::from(role)), role);
        }
    }

    #[test]
    fn a_role_of_a_later_release_keeps_its_code() {
        assert_eq!(Role::from(77), Role::Unknown(77));
        assert_eq!(u16::from(Role::Unknown(77)), 77);
        assert_eq!("unknown".parse::<Role>(), Err(UnknownName));
    }
}
