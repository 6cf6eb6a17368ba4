//! What syncing does now, and what it has before it.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What syncing does now, and what it has before it. Counts only: nothing of any patient.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SyncView {
    /// What it does.
    pub state: SyncState,
    /// In how many seconds it meets the hub by itself, if it does.
    pub next_seconds: Option<u32>,
    /// Whether the link counts as metered: then charts from elsewhere wait until somebody asks.
    pub is_metered: bool,
    /// Bits a second that somebody limited each direction to.
    pub limit: Option<u32>,
    /// What is to be sent and taken, as far as it is known, the most urgent first. A class with nothing is left out.
    pub queue: Vec<QueueView>,
    /// Bytes sent in this meeting, with everything around them.
    pub bytes_up: f64,
    /// The same received.
    pub bytes_down: f64,
    /// Bytes a second of the last seconds, both directions together.
    pub rate: Option<f64>,
    /// How many seconds what is known to remain takes at the rates of the last seconds.
    pub seconds_left: Option<u32>,
}

/// What syncing does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SyncState {
    /// Nothing, as far as this program knows.
    #[default]
    Idle,
    /// A link to the hub is opened.
    Connecting,
    /// A meeting is under way.
    Syncing,
    /// The next meeting is waited for.
    Waiting,
    /// The same over a metered link: charts from elsewhere wait until somebody asks.
    PausedMetered,
}

/// What waits in one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// Which class.
    pub class: QueueClass,
    /// How many entries.
    pub entries: u32,
    /// About how many bytes they take on the way; unknown before some have come.
    pub bytes: Option<f64>,
}

/// A class of what is sent and taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum QueueClass {
    /// What was written here.
    Own,
    /// Charts' changes from elsewhere.
    Feeds,
}
