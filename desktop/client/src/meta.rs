//! The small things a replica remembers beside its charts, each under its name, all encrypted.

use std::collections::BTreeSet;

use audit::BeginReason;
use record::{ChartId, PersonId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use store::{ReplicaStore, StoreError};

use crate::views::{CommandError, ErrorCode};

/// The device's own keys, and how it knows the hub.
pub(crate) const IDENTITY: &str = "identity";
/// The newest roster, signed.
pub(crate) const ROSTER: &str = "roster";
/// To which keys the database's key is sealed.
pub(crate) const ENVELOPE: &str = "envelope";
/// Whose keys were made here and are not listed yet.
pub(crate) const ASKED: &str = "asked";
/// That somebody was taken off this computer since the database got its key.
pub(crate) const REKEY: &str = "rekey";
/// The invite of an enrolment that waits.
pub(crate) const ENROLMENT: &str = "enrolment";
/// When the hub last answered.
pub(crate) const CONTACT: &str = "contact";
/// The last try to reach the hub.
pub(crate) const ATTEMPT: &str = "attempt";
/// Which entries of ours the hub could not merge.
pub(crate) const SET_ASIDE: &str = "set-aside";
/// Which changes of others are here and not at the hub, which lost them.
pub(crate) const NOT_AT_HUB: &str = "not-at-hub";
/// The newest entry here when the hub turned out to have lost changes that are here.
pub(crate) const UNKNOWN_BEFORE: &str = "unknown-before";
/// How many patient numbers of each block were issued.
pub(crate) const NUMBERS: &str = "numbers";
/// Names the state of the folder around the database: another copy of either differs.
pub(crate) const GENERATION: &str = "generation";
/// That this database is an older copy than the folder around it.
pub(crate) const RESTORED: &str = "restored";
/// When and why this device last began a new log.
pub(crate) const LOG_BEGUN: &str = "log-begun";
/// The chart that takes imported objects that belong to no patient.
pub(crate) const DIRECTORY: &str = "directory";

/// Networks that let no UDP through.
pub(crate) const WITHOUT_UDP: &str = "without-udp";

/// Networks over which the hub was reached by TCP only, by their names, and when that was last so. The names tell nobody
/// which networks they are.
pub(crate) type WithoutUdp = Vec<([u8; 8], u64)>;
/// How far packs of charts were taken.
pub(crate) const PACKS: &str = "packs";
/// The charts to ask the hub for.
pub(crate) const FETCHES: &str = "fetches";
/// The charts that the hub was asked for and that are guests here, oldest first.
pub(crate) const GUESTS: &str = "guests";
/// What the hub answered last.
pub(crate) const FETCHED: &str = "fetched";
/// How many bytes an attachment may have that comes without being asked for.
pub(crate) const ATTACHMENTS_UP_TO: &str = "attachments-up-to";

/// Where an unfinished form belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DraftPlace {
    /// A visit to a chart.
    Chart(ChartId),
    /// The registration of somebody who has no chart yet.
    Registration,
}

/// Returns the name of a person's draft: one person's unfinished words never become another's.
pub(crate) fn draft_of(person: PersonId, place: DraftPlace) -> String {
    match place {
        DraftPlace::Chart(chart) => format!("draft/{person}/{chart}"),
        DraftPlace::Registration => format!("draft/{person}/register"),
    }
}

/// When the hub last answered, and what it said of time and history. Where it never did, its bundles may have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contact {
    /// By this computer's clock.
    #[serde(rename = "w")]
    pub(crate) wall_ms: u64,
    /// By the hub's.
    #[serde(rename = "h")]
    pub(crate) hub_ms: u64,
    /// When it wrote the newest bundle that was read here, by its clock.
    #[serde(rename = "b", default)]
    pub(crate) word_ms: u64,
    /// The newest checkpoint of its history, as a signed note.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(crate) checkpoint: Option<String>,
    /// That checkpoint's size.
    #[serde(rename = "n", default)]
    pub(crate) size: u64,
    /// How often it has told this device that it has a file whole.
    #[serde(rename = "t", default)]
    pub(crate) told: u64,
    /// That the hub's history was once found to be another one.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(crate) rewritten: Option<Rewritten>,
}

impl Contact {
    /// Remembers that the hub's history does not go on from the newest checkpoint that is held. The largest ever held
    /// is kept: it is the proof.
    pub(crate) fn note_rewritten(&mut self, wall_ms: u64) {
        let Some(checkpoint) = self.checkpoint.clone() else {
            return;
        };
        let size = self.size;
        tracing::error!(known = size, "the hub's history was rewritten");
        let larger = self.rewritten.take().filter(|it| it.size > size);
        let proof = Rewritten {
            wall_ms,
            checkpoint,
            size,
        };
        self.rewritten = Some(larger.map_or(proof, |it| Rewritten { wall_ms, ..it }));
    }
}

/// The hub's history was found not to go on from what it was: the hub was restored, or hides something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rewritten {
    /// When it was found, by this computer's clock.
    #[serde(rename = "w")]
    pub(crate) wall_ms: u64,
    /// The largest checkpoint that was held, as a signed note: the proof.
    #[serde(rename = "c")]
    pub(crate) checkpoint: String,
    /// That checkpoint's size.
    #[serde(rename = "n")]
    pub(crate) size: u64,
}

/// A try to reach the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    #[serde(rename = "w")]
    pub(crate) wall_ms: u64,
    #[serde(rename = "p")]
    pub(crate) problem: Option<ErrorCode>,
}

/// When and why this device began a new log: it was restored or copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogBegun {
    #[serde(rename = "w")]
    pub(crate) wall_ms: u64,
    #[serde(rename = "y")]
    pub(crate) why: BeginReason,
}

/// Changes of others that are here and not at the hub: the scope and the hash of each.
pub(crate) type NotAtHub = BTreeSet<(u32, ByteArray<32>)>;

/// Entries of this device's logs, by epoch and place.
pub(crate) type SetAside = BTreeSet<(u32, u64)>;

/// Reads a small thing.
pub(crate) fn read<T: DeserializeOwned>(
    store: &ReplicaStore,
    name: &'static str,
) -> Result<Option<T>, CommandError> {
    let Some(bytes) = store.get(name)? else {
        return Ok(None);
    };
    let value = serde_ipld_dagcbor::from_slice(&bytes)
        .map_err(|_unreadable| CommandError::text(ErrorCode::Damaged, name))?;
    Ok(Some(value))
}

/// Writes a small thing.
pub(crate) fn write<T: Serialize>(
    store: &mut ReplicaStore,
    name: &str,
    value: &T,
) -> Result<(), StoreError> {
    store.put(name, &to_bytes(value))
}

/// Encodes a small thing, to be written in a transaction with others.
pub(crate) fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_ipld_dagcbor::to_vec(value).expect("numbers, texts and bytes can always be written")
}
