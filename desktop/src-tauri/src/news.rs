//! What the shell tells the page without being asked.

use desktop_client::StatusView;
use serde::{Deserialize, Serialize};

/// Where the replica stands, told before and after every meeting with the hub.
#[derive(Debug, Clone, Serialize, Deserialize, specta::Type, tauri_specta::Event)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusChanged {
    /// The standing; absent if it could not be read or nobody is unlocked.
    pub(crate) status: Option<StatusView>,
    /// Whether a meeting is under way.
    pub(crate) syncing: bool,
    /// How many entries the meeting brought.
    pub(crate) taken: u32,
}
