//! What somebody set for this computer alone.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What syncing may take of this computer's link. It is no part of any chart and goes nowhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkSettings {
    /// Bits a second in each direction; absent: as much as there is.
    pub limit: Option<u32>,
    /// Whether every byte costs money.
    pub metered: Metered,
}

/// Whether every byte of the link costs money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Metered {
    /// It does if the way out is a mobile modem, as far as this system tells.
    #[default]
    Auto,
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// The settings of this computer, and what follows from them here and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// What was set.
    pub link: LinkSettings,
    /// Whether the link counts as metered now.
    pub is_metered: bool,
}
