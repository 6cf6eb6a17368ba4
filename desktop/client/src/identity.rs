//! The device's own keys and how it knows the hub, as they are kept in its encrypted database.

use crypto::{PublicKey, SigningKey};
use record::DeviceId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use store::ReplicaStore;

use crate::driver::{DeviceIdentity, HubPin};
use crate::meta;
use crate::views::{CommandError, ErrorCode};

/// What is kept from the moment an enrolment begins. The number comes when the hub has approved.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(rename = "d", default)]
    device: Option<DeviceId>,
    #[serde(rename = "t")]
    tls: ByteArray<32>,
    #[serde(rename = "l")]
    log: ByteArray<32>,
    #[serde(rename = "a")]
    hub_address: String,
    #[serde(rename = "k")]
    hub_tls: PublicKey,
    #[serde(rename = "r")]
    hub_roster: PublicKey,
}

/// An enrolment that waits.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// The invite, as it was typed.
    #[serde(rename = "i")]
    pub(crate) invite: String,
    /// What people call the device.
    #[serde(rename = "l")]
    pub(crate) label: String,
}

impl Kept {
    /// Makes what is kept of new keys and a hub.
    pub(crate) fn new(identity: &DeviceIdentity) -> Self {
        Self {
            device: (identity.device != DeviceId::HUB).then_some(identity.device),
            tls: ByteArray::new(*identity.tls.seed()),
            log: ByteArray::new(*identity.log.seed()),
            hub_address: identity.hub.address.clone(),
            hub_tls: identity.hub.tls,
            hub_roster: identity.hub.roster,
        }
    }

    /// Returns who the device is; while it waits it has the hub's number, which it never uses.
    pub(crate) fn identity(&self) -> DeviceIdentity {
        DeviceIdentity {
            device: self.device.unwrap_or(DeviceId::HUB),
            tls: SigningKey::from_seed(self.tls.into_array()),
            log: SigningKey::from_seed(self.log.into_array()),
            hub: HubPin {
                address: self.hub_address.clone(),
                tls: self.hub_tls,
                roster: self.hub_roster,
            },
        }
    }
}

/// Reads who the device is.
pub(crate) fn read(store: &ReplicaStore) -> Result<DeviceIdentity, CommandError> {
    let kept: Kept = meta::read(store, meta::IDENTITY)?
        .ok_or_else(|| CommandError::text(ErrorCode::Damaged, "the device's keys are missing"))?;
    Ok(kept.identity())
}

record::discreet!(Waiting);
