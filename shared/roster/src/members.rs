//! What the roster lists: the hub, scopes, sites, people and devices.

use crypto::{BoxPublicKey, PublicKey};
use record::{DeviceId, PersonId, ScopeId, SiteId};
use serde::{Deserialize, Serialize};

use crate::role::UnknownName;
use crate::{Role, Roster};

/// How the hub is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubKeys {
    /// The key of its end of every link.
    #[serde(rename = "t")]
    pub tls: PublicKey,
    /// The key that signs the roster.
    #[serde(rename = "r")]
    pub roster: PublicKey,
    /// The key that signs the checkpoints of its history.
    #[serde(rename = "h")]
    pub history: PublicKey,
    /// Seals what the hub alone may open: bundles for it. A roster of an earlier release has none.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<BoxPublicKey>,
    /// The keys of those who keep the fleet's recovery: the database's key of every computer is sealed to them as well.
    #[serde(rename = "y", default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<BoxPublicKey>,
    /// What people call it.
    #[serde(rename = "n")]
    pub name: String,
}

/// A set of charts that sites are entitled to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Its number.
    #[serde(rename = "i")]
    pub id: ScopeId,
    /// What people call it.
    #[serde(rename = "n")]
    pub name: String,
}

/// A clinic, an office, a mobile team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its number.
    #[serde(rename = "i")]
    pub id: SiteId,
    /// What people call it.
    #[serde(rename = "n")]
    pub name: String,
    /// What sort of place it is, for people to read: what it holds is in the scopes.
    #[serde(rename = "k")]
    pub kind: SiteKind,
    /// The scope that a chart joins when it is made here.
    #[serde(rename = "h")]
    pub home: ScopeId,
    /// The scopes that it is entitled to beside its home.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopeId>,
    /// Whether it is entitled to all scopes there are, and all that are added later.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub every_scope: bool,
}

/// What sort of place a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub enum SiteKind {
    /// A clinic or a health post.
    Clinic,
    /// The HIM office.
    Office,
    /// A team that travels.
    Mobile,
}

impl SiteKind {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Clinic, Self::Office, Self::Mobile];

    /// Returns the kind's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clinic => "clinic",
            Self::Office => "office",
            Self::Mobile => "mobile",
        }
    }
}

impl std::str::FromStr for SiteKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(UnknownName)
    }
}

impl From<u16> for SiteKind {
    /// Takes a kind of a later release for a clinic: nothing is decided by it.
    fn from(code: u16) -> Self {
        match code {
            2 => Self::Office,
            3 => Self::Mobile,
            _clinic_or_unknown => Self::Clinic,
        }
    }
}

impl From<SiteKind> for u16 {
    fn from(kind: SiteKind) -> Self {
        match kind {
            SiteKind::Clinic => 1,
            SiteKind::Office => 2,
            SiteKind::Mobile => 3,
        }
    }
}

/// Someone who works with records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their number.
    #[serde(rename = "i")]
    pub id: PersonId,
    /// Their name.
    #[serde(rename = "n")]
    pub name: String,
    /// What they do.
    #[serde(rename = "r")]
    pub role: Role,
    /// Where they do it.
    #[serde(rename = "s")]
    pub sites: Vec<SiteId>,
    /// Whether they still do. Who left stays listed, so that what they wrote can be checked.
    #[serde(rename = "a")]
    pub active: bool,
    /// Their keys, one pair for each device they use.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<PersonKey>,
    /// Keys that they used once: each says until when. What was signed with them can still be checked.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<PersonKey>,
    /// Since when they do not work here any more, in milliseconds since 1970.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<u64>,
}

/// A person's keys on one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonKey {
    /// On which device.
    #[serde(rename = "d")]
    pub device: DeviceId,
    /// Checks what they signed there.
    #[serde(rename = "s")]
    pub sign: PublicKey,
    /// Seals what they alone may open there.
    #[serde(rename = "e")]
    pub seal: BoxPublicKey,
    /// Until when they count, in milliseconds since 1970: a site's manager vouched for them, or they are former ones.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
}

/// One enrolled computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its number.
    #[serde(rename = "i")]
    pub id: DeviceId,
    /// Where it stands.
    #[serde(rename = "p")]
    pub site: SiteId,
    /// What people call it.
    #[serde(rename = "n")]
    pub label: String,
    /// The key of its end of a link.
    #[serde(rename = "t")]
    pub tls: PublicKey,
    /// The key that signs its log.
    #[serde(rename = "l")]
    pub log: PublicKey,
    /// The blocks of patient numbers that it alone issues from.
    #[serde(rename = "b")]
    pub blocks: Vec<u16>,
    /// Of which of its logs a block is, where that is not its first: a copy of the device has its own.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<(u32, u16)>,
    /// Who may unlock it.
    #[serde(rename = "u")]
    pub people: Vec<PersonId>,
    /// Whether the hub talks to it.
    #[serde(rename = "s")]
    pub state: DeviceState,
    /// Whether its log proves the actors that it names. Of a device that does, no other declaration counts; those that an
    /// earlier release enrolled may name them alone.
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    pub proves_actors: bool,
}

/// Whether the hub talks to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "u16", into = "u16")]
pub enum DeviceState {
    /// It does.
    Active,
    /// It does not any more: the device is lost, stolen or retired.
    Revoked,
}

impl From<u16> for DeviceState {
    /// Takes a state of a later release for revoked: a door that is not understood stays shut.
    fn from(code: u16) -> Self {
        match code {
            1 => Self::Active,
            _revoked_or_unknown => Self::Revoked,
        }
    }
}

impl From<DeviceState> for u16 {
    fn from(state: DeviceState) -> Self {
        match state {
            DeviceState::Active => 1,
            DeviceState::Revoked => 2,
        }
    }
}

impl Device {
    /// Returns the blocks from which it issues numbers in one of its logs: those of that log, or else those of no
    /// log in particular.
    #[must_use]
    pub fn blocks_in(&self, epoch: u32) -> Vec<u16> {
        let of_log = |wanted| self.moved.iter().filter(move |(log, _)| *log == wanted);
        if self.has_block_in(epoch) {
            return of_log(epoch).map(|(_, block)| *block).collect();
        }
        let is_free = |block: &&u16| self.moved.iter().all(|(_, moved)| moved != *block);
        self.blocks.iter().filter(is_free).copied().collect()
    }

    /// Tells whether one of its logs has a block of its own.
    #[must_use]
    pub fn has_block_in(&self, epoch: u32) -> bool {
        self.moved.iter().any(|(log, _)| *log == epoch)
    }

    /// Whether the hub talks to it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == DeviceState::Active
    }
}

impl Person {
    /// Returns their keys on a device.
    #[must_use]
    pub fn key_on(&self, device: DeviceId) -> Option<&PersonKey> {
        self.keys.iter().find(|key| key.device == device)
    }
}

impl Site {
    /// Returns the scopes that it is entitled to, in order and each once.
    #[must_use]
    pub fn entitled(&self, roster: &Roster) -> Vec<ScopeId> {
        let mut scopes: Vec<ScopeId> = match self.every_scope {
            true => roster.scopes.iter().map(|scope| scope.id).collect(),
            false => std::iter::once(self.home)
                .chain(self.scopes.iter().copied())
                .collect(),
        };
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }
}
