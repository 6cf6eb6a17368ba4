//! How the hub stands: who is listed, who was here and when, what is stored, what could not be merged.

use std::path::PathBuf;

use record::{DeviceId, PersonId, SiteId};
use serde::Serialize;
use store::{Contact, QuarantineRow, StoreError};

use crate::copies::NewLog;
use crate::hub::Hub;

/// How many set-aside entries a status lists; their number is always told.
pub(crate) const MAX_LISTED: usize = 100;

/// How a hub stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// What people call the hub.
    pub name: String,
    /// Where devices reach it.
    pub address: String,
    /// The roster's epoch.
    pub roster_epoch: u64,
    /// The sites.
    pub sites: Vec<SiteStatus>,
    /// How many people are listed.
    pub people: usize,
    /// The devices.
    pub devices: Vec<DeviceStatus>,
    /// How many requests to enrol wait for a decision.
    pub requests: usize,
    /// How many people wait for an administrator before they may unlock a computer for good.
    pub asking: usize,
    /// Forms of recovery keys that still lie where they were written.
    pub forms_left: Vec<PathBuf>,
    /// Charts held.
    pub charts: u64,
    /// Entries stored, of every log.
    pub entries: u64,
    /// Devices' entries that were stored and not looked into yet.
    pub unmaterialised: u64,
    /// Changes that wait for others.
    pub waiting: u64,
    /// Entries set aside.
    pub quarantined: u64,
    /// Logs with two branches seen.
    pub forks: u64,
    /// How often the hub found that it was restored from an older copy.
    pub restored: u64,
    /// When it last did, in milliseconds since 1970.
    pub restored_ms: Option<u64>,
    /// The first of the entries set aside.
    pub quarantine: Vec<QuarantineStatus>,
    /// Leaves in the history.
    pub history_size: u64,
    /// Leaves that the newest signed checkpoint stands for.
    pub checkpoint_size: u64,
}

/// A site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SiteStatus {
    /// Its number.
    pub id: SiteId,
    /// What people call it.
    pub name: String,
    /// What sort of place it is.
    pub kind: &'static str,
    /// The scope that its new charts join, by name.
    pub scope: String,
    /// How many devices stand there.
    pub devices: usize,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceStatus {
    /// Its number.
    pub id: DeviceId,
    /// Where it stands.
    pub site: SiteId,
    /// What people call it.
    pub label: String,
    /// Whether the hub talks to it.
    pub active: bool,
    /// Who may unlock it.
    pub people: Vec<PersonId>,
    /// The blocks of patient numbers that are its own.
    pub blocks: Vec<u16>,
    /// When it was last here, in milliseconds since 1970.
    pub last_contact_ms: Option<u64>,
    /// The release it runs.
    pub release: Option<String>,
    /// Up to where its newest log is stored.
    pub stored: u64,
    /// How many positions of its feeds it has yet to take.
    pub behind: u64,
    /// When it was found to be restored or copied, the first time first.
    pub new_logs: Vec<NewLog>,
}

/// An entry that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineStatus {
    /// Its leaf in the history.
    pub leaf: u64,
    /// Whose log it is in.
    pub device: DeviceId,
    /// Which of that device's logs.
    pub epoch: u32,
    /// Its place there.
    pub seq: u64,
    /// The chart it names.
    pub chart: Option<String>,
    /// Why.
    pub reason: String,
}

impl From<QuarantineRow> for QuarantineStatus {
    fn from(row: QuarantineRow) -> Self {
        Self {
            leaf: row.leaf,
            device: row.position.device,
            epoch: row.position.epoch,
            seq: row.position.seq,
            chart: row.chart.map(|chart| chart.to_string()),
            reason: row.reason,
        }
    }
}

impl Hub {
    /// Returns how the hub stands.
    pub fn status(&mut self) -> Result<Status, StoreError> {
        self.refresh()?;
        let counts = self.store.counts()?;
        let own = self.store.unmaterialised_of(DeviceId::HUB)?;
        let checkpoint = self.store.checkpoint()?;
        let key = self.keys.history.public();
        let restored = self.restored()?;
        let signed = checkpoint.and_then(|it| audit::Checkpoint::verify(&it, &key).ok());
        Ok(Status {
            name: self.roster.hub.name.clone(),
            address: self.address()?,
            roster_epoch: self.roster.epoch,
            sites: self.site_list(),
            people: self.roster.people.len(),
            devices: self.device_list()?,
            requests: self.waiting_requests()?.len(),
            asking: self.waiting_people()?.len(),
            forms_left: self.forms_left()?,
            charts: counts.charts,
            entries: counts.entries,
            // The hub's own entries change no chart; whoever serves looks past them.
            unmaterialised: counts.unmaterialised.saturating_sub(own),
            waiting: counts.waiting,
            quarantined: counts.quarantined,
            forks: counts.forks,
            restored: restored.map_or(0, |it| it.times),
            restored_ms: restored.map(|it| it.at_ms),
            quarantine: self.quarantine_list()?,
            history_size: self.store.history_size()?,
            checkpoint_size: signed.map_or(0, |it| it.size),
        })
    }

    /// Returns the sites.
    #[must_use]
    pub fn site_list(&self) -> Vec<SiteStatus> {
        let roster = &self.roster;
        let status = |site: &roster::Site| SiteStatus {
            id: site.id,
            name: site.name.clone(),
            kind: site.kind.name(),
            scope: roster
                .scope(site.home)
                .map(|it| it.name.clone())
                .unwrap_or_default(),
            devices: roster
                .devices
                .iter()
                .filter(|it| it.site == site.id)
                .count(),
        };
        roster.sites.iter().map(status).collect()
    }

    /// Returns the devices.
    pub fn device_list(&self) -> Result<Vec<DeviceStatus>, StoreError> {
        let contacts = self.store.contacts()?;
        let of = |device| contacts.iter().find(|it| it.device == device);
        self.roster
            .devices
            .iter()
            .map(|it| self.device_status(it, of(it.id)))
            .collect()
    }

    fn device_status(
        &self,
        device: &roster::Device,
        contact: Option<&Contact>,
    ) -> Result<DeviceStatus, StoreError> {
        let taken = self.store.taken(device.id)?;
        let mut behind = 0_u64;
        for scope in self.roster.scopes_of(device.site) {
            let head = self.store.feed_head(scope)?;
            let cursor = taken
                .iter()
                .find(|it| it.scope == scope && it.feed_epoch == head.feed_epoch);
            let position = cursor.map_or(0, |it| it.position);
            behind = behind.saturating_add(head.position.saturating_sub(position));
        }
        Ok(DeviceStatus {
            id: device.id,
            site: device.site,
            label: device.label.clone(),
            active: device.is_active(),
            people: device.people.clone(),
            blocks: device.blocks.clone(),
            last_contact_ms: contact.map(|it| it.at_ms),
            release: contact.map(|it| it.release.clone()),
            stored: self
                .store
                .log_heads(device.id)?
                .last()
                .map_or(0, |it| it.seq),
            behind,
            new_logs: self.new_logs(device.id)?,
        })
    }

    fn quarantine_list(&self) -> Result<Vec<QuarantineStatus>, StoreError> {
        let rows = self
            .store
            .quarantined(None, 0)?
            .into_iter()
            .take(MAX_LISTED);
        Ok(rows.map(QuarantineStatus::from).collect())
    }
}
