//! What reads bytes from outside.

use crate::{change, containers, documents, frames, log, messages, secrets, sessions};

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
    /// What arrives on a stream, cut anywhere.
    Frames,
    /// A bundle, and the envelope around it.
    Bundle,
    /// What a pack of whole charts unpacks to.
    Pack,
    /// A group of an attachment, with its proof.
    Blob,
    /// What two ends say that compare what they hold.
    Compared,
    /// A hub's session, with what a client says.
    Hub,
    /// A client's session, with what a hub says.
    Client,
    /// A session between two devices, with what a neighbour says.
    Lan,
}

impl Target {
    /// Every one of them.
    pub const ALL: [Self; 18] = [
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
        Self::Frames,
        Self::Bundle,
        Self::Pack,
        Self::Blob,
        Self::Compared,
        Self::Hub,
        Self::Client,
        Self::Lan,
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
            Self::Frames => "frames",
            Self::Bundle => "bundle",
            Self::Pack => "pack",
            Self::Blob => "blob",
            Self::Compared => "compared",
            Self::Hub => "hub",
            Self::Client => "client",
            Self::Lan => "lan",
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
            Self::Frames => frames::frames(bytes),
            Self::Bundle => containers::bundle(bytes),
            Self::Pack => containers::pack(bytes),
            Self::Blob => containers::blob(bytes),
            Self::Compared => sessions::compared(bytes),
            Self::Hub => sessions::hub(bytes),
            Self::Client => sessions::client(bytes),
            Self::Lan => sessions::lan(bytes),
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
            Self::Frames => frames::frame_seeds(),
            Self::Bundle => containers::bundle_seeds(),
            Self::Pack => containers::pack_seeds(),
            Self::Blob => containers::blob_seeds(),
            Self::Compared => sessions::compared_seeds(),
            Self::Hub | Self::Client | Self::Lan => sessions::seeds(),
        }
    }
}
