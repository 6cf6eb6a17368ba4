//! What may be known of a home before it is unlocked: nothing of any patient.

use std::path::Path;

use record::{DeviceId, PersonId};
use roster::Roster;
use serde::{Deserialize, Serialize};

use super::files::{FileError, read_bounded};

/// The only version there is.
const VERSION: u32 = 1;

/// The facts of a few dozen people have a few kB.
const MAX_BYTES: u64 = 64 * 1024;

/// What may be known of a home before it is unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    version: u32,
    /// Whether the hub has approved.
    pub(crate) state: State,
    /// The site's name; empty while pending.
    #[serde(default)]
    pub(crate) site: String,
    /// What people call the device.
    #[serde(default)]
    pub(crate) label: String,
    /// The device's number; the hub's own while pending.
    #[serde(default)]
    pub(crate) device: DeviceId,
    /// Who can unlock it.
    #[serde(default)]
    pub(crate) people: Vec<Listed>,
}

/// Whether the hub has approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Not yet.
    Pending,
    /// Yes.
    Enrolled,
}

/// Someone who can unlock the home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) role: String,
}

#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

impl Facts {
    /// Returns the facts of a home whose enrolment waits.
    pub(crate) fn pending(label: &str) -> Self {
        Self {
            version: VERSION,
            state: State::Pending,
            site: String::new(),
            label: label.to_owned(),
            device: DeviceId::HUB,
            people: Vec::new(),
        }
    }

    /// Returns the facts of an enrolled home.
    pub(crate) fn enrolled(device: DeviceId, label: &str, site: &str, people: Vec<Listed>) -> Self {
        Self {
            state: State::Enrolled,
            site: site.to_owned(),
            device,
            people,
            ..Self::pending(label)
        }
    }

    /// Returns the facts with what the roster says by now of the site, and who can unlock.
    #[must_use]
    pub(crate) fn as_listed(&self, roster: &Roster, people: Vec<Listed>) -> Self {
        let site = roster
            .device(self.device)
            .and_then(|it| roster.site(it.site));
        Self {
            site: site.map_or_else(|| self.site.clone(), |it| it.name.clone()),
            people,
            ..self.clone()
        }
    }

    /// Tells whether a newer release wrote them.
    pub(crate) const fn is_too_new(&self) -> bool {
        self.version > VERSION
    }

    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = read_bounded(path, MAX_BYTES)?;
        let damaged = || FileError::damaged(path);
        let AnyVersion { version } =
            serde_ipld_dagcbor::from_slice(&bytes).map_err(|_unreadable| damaged())?;
        if version > VERSION {
            // The rest may mean something else by now. Nothing of it is used.
            return Ok(Self {
                version,
                ..Self::pending("")
            });
        }
        serde_ipld_dagcbor::from_slice(&bytes).map_err(|_unreadable| damaged())
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_ipld_dagcbor::to_vec(self).expect("numbers and texts can always be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts");
        let written = |label: usize| {
            let facts = Facts::pending(&"x".repeat(label));
            std::fs::write(&path, facts.to_bytes()).unwrap();
            (path.metadata().unwrap().len(), Facts::read(&path).ok())
        };
        // A label of a length that takes as many bytes as the longest one that fits.
        let (size, _facts) = written(60_000);
        let rest = usize::try_from(MAX_BYTES - size).unwrap();

        let (most, read) = written(60_000 + rest);
        assert_eq!(most, MAX_BYTES);
        assert_eq!(read.map(|it| it.label.len()), Some(60_000 + rest));
        assert_eq!(written(60_000 + rest + 1), (MAX_BYTES + 1, None));
    }
}
