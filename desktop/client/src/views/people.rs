//! Who unlocks this computer.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Somebody who works at this site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ColleagueView {
    /// Their number.
    pub id: u32,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: String,
    /// Whether they unlock this computer.
    pub standing: ColleagueStanding,
    /// Until when a manager of the site vouches for them; after that the office must have confirmed it.
    pub until: Option<String>,
    /// The six words that the office compares, until it has.
    pub words: Option<Vec<String>>,
}

/// Whether a colleague unlocks this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ColleagueStanding {
    /// They do.
    Unlocks,
    /// They do for some days, by the word of a manager.
    Vouched,
    /// They have made their keys; the office has yet to approve them.
    Waits,
    /// They have no keys here.
    NoKeys,
}

/// Somebody who goes on after a recovery key opened the computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecoveredView {
    /// Who.
    pub person: String,
    /// The six words that the office compares.
    pub words: Vec<String>,
}
