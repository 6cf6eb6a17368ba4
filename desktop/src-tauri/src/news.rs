//! What the shell tells the page without being asked.

use desktop_client::{StatusView, SyncView};
use serde::{Deserialize, Serialize};

/// Where the replica stands, told before and after every meeting with the hub, and how far a meeting is.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusChanged {
    /// The standing; absent during a meeting, if it could not be read, or if nobody is unlocked.
    pub(crate) status: Option<StatusView>,
    /// How far the meeting is that is under way.
    pub(crate) sync: Option<SyncView>,
    /// Whether a meeting is under way.
    pub(crate) syncing: bool,
    /// How many entries the meeting brought.
    pub(crate) taken: u32,
}
