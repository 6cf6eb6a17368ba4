//! Where this replica stands: the honest line.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What of mine is at the hub, what is only on this computer, and when we last met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StatusView {
    /// Who is working.
    pub person: String,
    /// Their number.
    pub person_id: u32,
    /// Whether they may vouch for colleagues.
    pub may_vouch: bool,
    /// In which role.
    pub role: String,
    /// At which site.
    pub site: String,
    /// On which device.
    pub device: String,
    /// The device's number.
    pub device_id: u32,
    /// How many charts this computer holds.
    pub charts: u32,
    /// How many entries of this computer the hub has confirmed as stored.
    pub at_hub: u32,
    /// How many entries are only on this computer.
    pub unsent: u32,
    /// When the hub last answered.
    pub last_contact: Option<String>,
    /// The last try to reach the hub.
    pub last_attempt: Option<AttemptView>,
    /// The roster's epoch.
    pub roster_epoch: u32,
    /// How many charts have a conflict to decide.
    pub conflicts: u32,
    /// How many changes from elsewhere could not be taken and are kept aside.
    pub quarantined: u32,
    /// How many entries of this computer the hub keeps but could not merge, as far as it has said so.
    pub set_aside: u32,
    /// How many changes of others are here and not at the hub, which lost them and has not got them back.
    pub not_at_hub: u32,
    /// When the hub was last found to have been restored from an older copy.
    pub hub_restored: Option<String>,
    /// How many charts leave this site, and wait for the hub to have what was written here about them.
    pub leaving: u32,
    /// How many charts were asked for, and the hub has not answered yet.
    pub asked_for: u32,
    /// How many attachments are only here, as far as is known.
    pub attachments_to_go: u32,
    /// How many attachments of charts here are yet to come.
    pub attachments_to_come: u32,
    /// When this computer last found that it was restored from an older copy, or copied.
    pub restored: Option<String>,
    /// Whether this computer's clock looks wrong.
    pub clock_looks_wrong: bool,
    /// What syncing does, and what it has before it.
    pub sync: super::SyncView,
}

/// A try to reach the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    /// When.
    pub when: String,
    /// What went wrong; absent if nothing did.
    pub problem: Option<super::ErrorCode>,
}

/// What a home says of itself before it is unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HomeView {
    /// The site's name.
    pub site: String,
    /// What people call the device.
    pub device: String,
    /// Who can unlock it.
    pub people: Vec<PersonView>,
}

/// A person of this device, to choose from before unlocking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// The person's number.
    pub id: u32,
    /// The person's name.
    pub name: String,
    /// The person's role.
    pub role: String,
}
