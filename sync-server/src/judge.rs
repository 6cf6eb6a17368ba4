//! Who may have written a change: the hub's half of "may this person do this".
//!
//! A change whose author had no right to make it is set aside for review, never dropped. What a change does
//! is read from the fields it writes, so a client cannot give it a milder name.

use std::fmt;

use record::{DeviceId, Hlc, PersonId, Stamp};
use replica::{ApplyRefusal, ChangeRefusal, CheckedChange, Field, Write};
use roster::{Action, Device, DeviceState, Person, Roster};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::merge::Death;
use crate::past::Past;

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
    /// The device was revoked before the entry was stored, by the history: the entry's leaf comes after that of
    /// the revocation's note. An entry stored before is as good as it was, however late it is looked into.
    DeviceRevoked,
    /// The person could not unlock the device at that time: nobody admitted them, or they were taken off it.
    PersonNotOnDevice,
    /// A value inside the change does not say who wrote it, or says it in more than one place.
    StampUnreadable,
    /// A value inside the change says that someone else, another device or another site wrote it.
    StampOfAnother,
    /// A value inside the change says that it was written after the entry that it came in.
    StampTooLate,
    /// A statement says that its author acted in a role that no roster gives them.
    RoleOfAnother,
    /// The person's role does not include what the change does.
    NotAllowed,
    /// The device's site does not hold the chart.
    ChartNotHeld,
    /// The device has written more into this chart than any does that keeps records.
    ChartFull,
    /// The chart as the hub holds it is damaged: verify, and restore it first.
    ChartDamaged,
    /// The chart's document would not take it.
    NotMerged(ApplyRefusal),
    /// Who merges did not survive it, or not in time.
    MergeFailed(Death),
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
            Self::StampUnreadable => "stamp-unreadable",
            Self::StampOfAnother => "stamp-of-another",
            Self::StampTooLate => "stamp-too-late",
            Self::RoleOfAnother => "role-of-another",
            Self::NotAllowed => "not-allowed",
            Self::ChartNotHeld => "chart-not-held",
            Self::ChartFull => "chart-full",
            Self::ChartDamaged => "chart-damaged",
            Self::NotMerged(_) => "not-merged",
            Self::MergeFailed(_) => "merge-failed",
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
            Self::MergeFailed(death) => write!(f, "{}: {}", self.word(), death.words()),
            Self::EntryDamaged
            | Self::NoChart
            | Self::ActorUndeclared
            | Self::DeviceRevoked
            | Self::PersonNotOnDevice
            | Self::StampUnreadable
            | Self::StampOfAnother
            | Self::StampTooLate
            | Self::RoleOfAnother
            | Self::NotAllowed
            | Self::ChartNotHeld
            | Self::ChartFull
            | Self::ChartDamaged
            | Self::DependsOnQuarantined => f.write_str(self.word()),
        }
    }
}

/// Who wrote an entry, on which device, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Author {
    /// Whose log the entry is in.
    pub(crate) device: DeviceId,
    /// Who the entry says did it.
    pub(crate) person: PersonId,
    /// The entry's reading of the hybrid clock.
    pub(crate) at: Hlc,
    /// The entry's leaf: when it was stored, in the order of the history.
    pub(crate) leaf: u64,
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
    past: &Past,
    author: Author,
    change: &CheckedChange,
    novelty: Novelty,
) -> Result<(), Reason> {
    let device = roster.device(author.device).ok_or(Reason::DeviceRevoked)?;
    if device.state != DeviceState::Active && !past.was_before_revocation(device.id, author.leaf) {
        return Err(Reason::DeviceRevoked);
    }
    let (person, at_ms) = (author.person, author.at.ms());
    let could_unlock = |it: &Person| it.could_unlock(device.id, at_ms);
    if !roster.person(person).is_some_and(could_unlock) {
        return Err(Reason::PersonNotOnDevice);
    }
    let may = |action| roster::might(roster, person, action, device.site, at_ms).is_ok();
    for write in change.writes() {
        check_stamp(device, past, author, &write)?;
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

/// What is read of a statement: who is shown as its author.
#[derive(Deserialize)]
struct OfStatement {
    by: Stamp,
    #[serde(default)]
    role: String,
    /// Where a register's value has its stamp. A statement has none there.
    b: Option<IgnoredAny>,
}

/// What is read of a register's value.
#[derive(Deserialize)]
struct OfRegister {
    b: Stamp,
    /// Where a statement has its stamp. A register's value has none there.
    by: Option<IgnoredAny>,
}

/// What is read of a value in a container that only a later release knows: the stamp may be in either place.
#[derive(Deserialize)]
struct OfUnknown {
    b: Option<Stamp>,
    by: Option<Stamp>,
}

/// Checks who a value says wrote it, where the programs that show it read that.
///
/// A value whose stamp this release cannot read is set aside, and so is one with a stamp in both places: somewhere
/// it would be shown as another's. In a container of a later release nothing is shown here, so a value without
/// any stamp is carried.
fn check_stamp(
    device: &Device,
    past: &Past,
    author: Author,
    write: &Write<'_>,
) -> Result<(), Reason> {
    let stamp = match write.field {
        Some(Field::Statements) => {
            let read: OfStatement = read(write.value)?;
            if read.b.is_some() {
                return Err(Reason::StampUnreadable);
            }
            if !past.may_have_been(author.person, &read.role) {
                return Err(Reason::RoleOfAnother);
            }
            read.by
        }
        Some(
            Field::Registers
            | Field::Names
            | Field::Identifiers
            | Field::Telecoms
            | Field::Addresses
            | Field::Contacts
            | Field::Languages,
        ) => {
            let read: OfRegister = read(write.value)?;
            if read.by.is_some() {
                return Err(Reason::StampUnreadable);
            }
            read.b
        }
        None => match read(write.value)? {
            OfUnknown {
                b: Some(stamp),
                by: None,
            }
            | OfUnknown {
                b: None,
                by: Some(stamp),
            } => stamp,
            OfUnknown { b: None, by: None } => return Ok(()),
            OfUnknown {
                b: Some(_),
                by: Some(_),
            } => return Err(Reason::StampUnreadable),
        },
    };
    if (stamp.device, stamp.person, stamp.site) != (author.device, author.person, device.site) {
        return Err(Reason::StampOfAnother);
    }
    if stamp.at > author.at {
        return Err(Reason::StampTooLate);
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Result<T, Reason> {
    serde_ipld_dagcbor::from_slice(value).map_err(|_unreadable| Reason::StampUnreadable)
}

#[cfg(test)]
mod tests;
