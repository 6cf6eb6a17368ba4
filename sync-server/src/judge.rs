//! Who may have written a change: the hub's half of "may this person do this".
//!
//! A change whose author had no right to make it is set aside for review, never dropped. What a change does
//! is read from the fields it writes, so a client cannot give it a milder name.

use std::fmt;

use record::{DeviceId, PersonId, Stamp};
use replica::{ApplyRefusal, ChangeRefusal, CheckedChange, Field, Write};
use roster::{Action, DeviceState, Roster};
use serde::Deserialize;

/// Why an entry was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The entry's bytes are not an entry.
    EntryDamaged,
    /// The entry is a change and names no chart.
    NoChart,
    /// The change failed the structural check.
    Structure(ChangeRefusal),
    /// No `started` entry of this device's log named the actor before.
    ActorUndeclared,
    /// The device was revoked before the entry came.
    DeviceRevoked,
    /// The person is not one of the device's.
    PersonNotOnDevice,
    /// A value inside the change says that someone else, or another device, wrote it.
    StampOfAnother,
    /// The person's role does not include what the change does.
    NotAllowed,
    /// The device's site does not hold the chart.
    ChartNotHeld,
    /// The chart as the hub holds it is damaged: verify, and restore it first.
    ChartDamaged,
    /// The chart's document would not take it.
    NotMerged(ApplyRefusal),
    /// It depends on a change that was set aside.
    DependsOnQuarantined,
}

impl Reason {
    /// Returns the reason's stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::EntryDamaged => "entry-damaged",
            Self::NoChart => "no-chart",
            Self::Structure(_) => "structure",
            Self::ActorUndeclared => "actor-undeclared",
            Self::DeviceRevoked => "device-revoked",
            Self::PersonNotOnDevice => "person-not-on-device",
            Self::StampOfAnother => "stamp-of-another",
            Self::NotAllowed => "not-allowed",
            Self::ChartNotHeld => "chart-not-held",
            Self::ChartDamaged => "chart-damaged",
            Self::NotMerged(_) => "not-merged",
            Self::DependsOnQuarantined => "depends-on-quarantined",
        }
    }
}

impl fmt::Display for Reason {
    /// Writes the word and, where it helps, a detail without patient data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structure(refusal) => write!(f, "{}: {refusal}", self.word()),
            Self::NotMerged(refusal) => write!(f, "{}: {refusal}", self.word()),
            Self::EntryDamaged
            | Self::NoChart
            | Self::ActorUndeclared
            | Self::DeviceRevoked
            | Self::PersonNotOnDevice
            | Self::StampOfAnother
            | Self::NotAllowed
            | Self::ChartNotHeld
            | Self::ChartDamaged
            | Self::DependsOnQuarantined => f.write_str(self.word()),
        }
    }
}

/// Who wrote an entry, and on which device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Author {
    /// Whose log the entry is in.
    pub(crate) device: DeviceId,
    /// Who the entry says did it.
    pub(crate) person: PersonId,
}

/// Whether the chart was there before the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// The change makes the chart.
    NewChart,
    /// The chart was there.
    KnownChart,
}

/// Tells whether the author may have made the change.
pub(crate) fn judge(
    roster: &Roster,
    author: Author,
    change: &CheckedChange,
    novelty: Novelty,
) -> Result<(), Reason> {
    let device = roster.device(author.device).ok_or(Reason::DeviceRevoked)?;
    if device.state != DeviceState::Active {
        return Err(Reason::DeviceRevoked);
    }
    if !device.people.contains(&author.person) {
        return Err(Reason::PersonNotOnDevice);
    }
    let may = |action| roster::may(roster, author.person, action, device.site).is_ok();
    for write in change.writes() {
        check_stamp(author, &write)?;
        if !actions(&write, novelty).iter().any(|action| may(*action)) {
            return Err(Reason::NotAllowed);
        }
    }
    Ok(())
}

/// Returns the actions of which a writer needs one.
fn actions(write: &Write<'_>, novelty: Novelty) -> &'static [Action] {
    match (write.field, novelty) {
        (Some(Field::Statements), _) => &[Action::WriteClinical, Action::ImportRecords],
        // A container of a newer release: whoever writes anything at all may have written there.
        (None, _) => &[
            Action::WriteClinical,
            Action::CorrectIdentity,
            Action::ImportRecords,
        ],
        (Some(_), Novelty::NewChart) => &[Action::RegisterPatient, Action::ImportRecords],
        (Some(_), Novelty::KnownChart) => &[
            Action::CorrectIdentity,
            Action::ResolveConflict,
            Action::RegisterPatient,
            Action::ImportRecords,
        ],
    }
}

/// The stamp of a register's value or of a statement, whatever else is there.
#[derive(Deserialize)]
struct Stamped {
    #[serde(rename = "b", alias = "by")]
    stamp: Stamp,
}

fn check_stamp(author: Author, write: &Write<'_>) -> Result<(), Reason> {
    // Bytes that this release cannot read may be a newer release's. They are carried, and nothing here
    // shows them as anyone's.
    let Ok(Stamped { stamp }) = serde_ipld_dagcbor::from_slice(write.value) else {
        return Ok(());
    };
    if stamp.device == author.device && stamp.person == author.person {
        Ok(())
    } else {
        Err(Reason::StampOfAnother)
    }
}
