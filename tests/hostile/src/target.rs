//! What reads bytes from outside.

use crate::{change, documents, log, messages, secrets};

/// One reader of bytes from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A message of the wire, and what is packed in it.
    Message,
    /// What a segment or a batch unpacks to.
    Packed,
    /// An entry of a log and its payload.
    Entry,
    /// A checkpoint's note.
    Checkpoint,
    /// A roster, and an invite.
    Roster,
    /// A person's slot and an envelope.
    Envelope,
    /// A statement and the values of registers.
    Record,
    /// A FHIR file.
    Fhir,
    /// A change, its checksum made right, upon a chart.
    Change,
    /// A chart's saved document.
    Snapshot,
}

impl Target {
    /// Every one of them.
    pub const ALL: [Self; 10] = [
        Self::Message,
        Self::Packed,
        Self::Entry,
        Self::Checkpoint,
        Self::Roster,
        Self::Envelope,
        Self::Record,
        Self::Fhir,
        Self::Change,
        Self::Snapshot,
    ];

    /// Returns its name, as `tests/fuzz` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Packed => "packed",
            Self::Entry => "entry",
            Self::Checkpoint => "checkpoint",
            Self::Roster => "roster",
            Self::Envelope => "envelope",
            Self::Record => "record",
            Self::Fhir => "fhir",
            Self::Change => "change",
            Self::Snapshot => "snapshot",
        }
    }

    /// Reads the bytes and asserts what must hold of them. A panic is a fault found.
    pub fn eat(self, bytes: &[u8]) {
        match self {
            Self::Message => messages::message(bytes),
            Self::Packed => messages::packed(bytes),
            Self::Entry => log::entry(bytes),
            Self::Checkpoint => log::checkpoint(bytes),
            Self::Roster => secrets::roster(bytes),
            Self::Envelope => secrets::envelope(bytes),
            Self::Record => documents::record(bytes),
            Self::Fhir => documents::fhir(bytes),
            Self::Change => change::change(bytes),
            Self::Snapshot => change::snapshot(bytes),
        }
    }

    /// Returns inputs to begin from: what this release writes, and the golden files of earlier ones.
    #[must_use]
    pub fn seeds(self) -> Vec<Vec<u8>> {
        match self {
            Self::Message => messages::message_seeds(),
            Self::Packed => messages::packed_seeds(),
            Self::Entry => log::entry_seeds(),
            Self::Checkpoint => log::checkpoint_seeds(),
            Self::Roster => secrets::roster_seeds(),
            Self::Envelope => secrets::envelope_seeds(),
            Self::Record => documents::record_seeds(),
            Self::Fhir => documents::fhir_seeds(),
            Self::Change => change::change_seeds(),
            Self::Snapshot => change::snapshot_seeds(),
        }
    }
}
