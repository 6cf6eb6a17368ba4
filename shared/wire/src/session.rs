//! What the two ends of a session say to each other beside segments and batches.

use audit::{ChainHash, LogHead, LogPosition};
use crypto::{BoxPublicKey, PublicKey};
use record::{DeviceId, PersonId, ScopeId};
use roster::SignedRoster;
use serde::{Deserialize, Serialize};

use crate::charts::PackProgress;
use crate::feed::FeedDigest;
use crate::refusal::RefusalCode;
use crate::version::{Version, Versions};

/// How far a site has taken a scope's feed: `[scope, feed epoch, position, digest]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "CursorShape", into = "CursorShape")]
pub struct Cursor {
    /// Of which scope.
    pub scope: ScopeId,
    /// Of which of its feeds.
    pub feed_epoch: u32,
    /// The last position taken; zero before the first.
    pub position: u64,
    /// The feed's digest there.
    pub digest: FeedDigest,
}

type CursorShape = (ScopeId, u32, u64, FeedDigest);

impl From<CursorShape> for Cursor {
    fn from((scope, feed_epoch, position, digest): CursorShape) -> Self {
        Self {
            scope,
            feed_epoch,
            position,
            digest,
        }
    }
}

impl From<Cursor> for CursorShape {
    fn from(it: Cursor) -> Self {
        (it.scope, it.feed_epoch, it.position, it.digest)
    }
}

/// Where a scope's feed ends at the hub. It is what the cursor will be of whoever has all of it.
pub type FeedHead = Cursor;

/// The client's first message: who it is and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The versions of the protocol that it speaks.
    #[serde(rename = "v")]
    pub versions: Versions,
    /// The device. The link has proved its key; this must be the same device.
    #[serde(rename = "d")]
    pub device: DeviceId,
    /// The heads of the logs that it holds: its own, oldest first, each older one where it ends and the newest where
    /// the hub confirmed it and where EARLY ends; and later those that it carries. In a bundle the newest where it ends.
    #[serde(rename = "l")]
    pub logs: Vec<LogHead>,
    /// How far it has taken each feed. A scope that is missing here has not been taken at all.
    #[serde(rename = "c")]
    pub cursors: Vec<Cursor>,
    /// The epoch of the newest roster that it holds.
    #[serde(rename = "r")]
    pub roster_epoch: u64,
    /// The release of the program, for the hub's list of devices.
    #[serde(rename = "p")]
    pub release: String,
    /// The newest checkpoint of the hub's history that it holds. The hub sends only another one.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<CheckpointMark>,
    /// How many entries that checkpoint stands for. A hub that has fewer was restored.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub checkpoint_size: Option<u64>,
    /// Of feeds that come in packs and have no cursor yet: how far the packs were taken.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<PackProgress>,
    /// Its link is metered, and nobody asked for more: the feeds are to wait, but for charts that were asked for.
    #[serde(rename = "w", default, skip_serializing_if = "std::ops::Not::not")]
    pub feeds_wait: bool,
}

/// Tells one checkpoint of a hub from another: the first eight bytes of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointMark(#[serde(with = "serde_bytes")] [u8; 8]);

impl CheckpointMark {
    /// Returns the mark of a signed note.
    #[must_use]
    pub fn of(note: &str) -> Self {
        let hash = crypto::hash("posta/wire/checkpoint-mark/v1", &[note.as_bytes()]);
        let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
        Self([a, b, c, d, e, f, g, h])
    }
}

/// The hub's answer to HELLO: what it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version of the protocol that is spoken from here on.
    #[serde(rename = "v")]
    pub version: Version,
    /// The heads of the peer's logs as stored, newest epoch last.
    #[serde(rename = "l")]
    pub stored: Vec<LogHead>,
    /// Where the feeds end that the peer's site is entitled to.
    #[serde(rename = "f")]
    pub feeds: Vec<FeedHead>,
    /// The roster, when the peer's is older.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<SignedRoster>,
    /// The hub's clock, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub time_ms: u64,
    /// The newest checkpoint of the hub's history, as a signed note; none if the peer holds it.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// The scopes whose cursors say nothing to the hub. Their feeds wait until the client has repaired what it holds.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub repair: Vec<ScopeId>,
    /// EARLY is known here: what came of it, or comes, is taken if it begins where the log ends in `stored`.
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_early: bool,
    /// How often the hub has told this device that it has a file whole. If the device has heard of more, the hub was
    /// restored, and may lack some.
    #[serde(rename = "b", default, skip_serializing_if = "crate::members::is_zero")]
    pub files_told: u64,
}

/// Asked by the hub and answered by the client before WELCOME: the newest checkpoint and the roster that the client
/// holds. They prove to a hub that was restored what it once had.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Show {
    /// From the client: the signed note; none if it holds none.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// From the client: its roster.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<SignedRoster>,
}

/// The hub's answer to a segment: every entry up to this place is on its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredShape", into = "StoredShape")]
pub struct Stored {
    /// The place of the segment's last entry.
    pub place: LogPosition,
    /// The log's hash there, in version 1. The segment's signature was over it, so it says nothing new.
    pub chain: Option<ChainHash>,
}

/// One of the two: a head in version 1, a place from version 2 on.
#[derive(Serialize, Deserialize)]
struct StoredShape {
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    head: Option<LogHead>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    place: Option<LogPosition>,
}

impl Stored {
    /// Returns what a peer of this version is told.
    #[must_use]
    pub fn at(head: LogHead, version: Version) -> Self {
        Self {
            place: head.position(),
            chain: (version < Version::TWO).then_some(head.chain),
        }
    }
}

impl TryFrom<StoredShape> for Stored {
    type Error = &'static str;

    fn try_from(shape: StoredShape) -> Result<Self, Self::Error> {
        match (shape.head, shape.place) {
            (Some(head), _) => Ok(Self::at(head, Version::ONE)),
            (None, Some(place)) => Ok(Self { place, chain: None }),
            (None, None) => Err("STORED names no place"),
        }
    }
}

impl From<Stored> for StoredShape {
    fn from(Stored { place, chain }: Stored) -> Self {
        let LogPosition { device, epoch, seq } = place;
        let head = chain.map(|chain| LogHead::from((device, epoch, seq, chain)));
        Self {
            head,
            place: head.is_none().then_some(place),
        }
    }
}

/// Where a scope's feed ends at the hub: `[scope, feed epoch, position]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(ScopeId, u32, u64)", into = "(ScopeId, u32, u64)")]
pub struct FeedEnd {
    /// Of which scope.
    pub scope: ScopeId,
    /// Of which of its feeds.
    pub feed_epoch: u32,
    /// The last position.
    pub position: u64,
}

impl From<(ScopeId, u32, u64)> for FeedEnd {
    fn from((scope, feed_epoch, position): (ScopeId, u32, u64)) -> Self {
        Self {
            scope,
            feed_epoch,
            position,
        }
    }
}

impl From<FeedEnd> for (ScopeId, u32, u64) {
    fn from(it: FeedEnd) -> Self {
        (it.scope, it.feed_epoch, it.position)
    }
}

impl From<FeedHead> for FeedEnd {
    fn from(head: FeedHead) -> Self {
        (head.scope, head.feed_epoch, head.position).into()
    }
}

/// One end's word that it has sent what it had.
///
/// The client says so after its last segment. The hub answers when all that it stored has been
/// merged or set aside; then `feeds` has where the feeds end now, the client's own entries included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// From the hub, in version 1: where the peer's feeds end.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<FeedHead>,
    /// From the hub, from version 2 on: the same without digests, which the batches have.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<FeedEnd>,
    /// From the hub: the peer's entries of this session that were stored but could not be merged.
    #[serde(rename = "q", default, skip_serializing_if = "Vec::is_empty")]
    pub quarantined: Vec<Quarantined>,
    /// From the hub: the roster, if a newer one was signed since WELCOME.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<SignedRoster>,
}

impl Done {
    /// Returns the hub's answer to a peer of this version.
    #[must_use]
    pub fn answer(feeds: Vec<FeedHead>, quarantined: Vec<Quarantined>, version: Version) -> Self {
        if version < Version::TWO {
            Self {
                feeds,
                ends: Vec::new(),
                quarantined,
                roster: None,
            }
        } else {
            Self {
                feeds: Vec::new(),
                ends: feeds.into_iter().map(FeedEnd::from).collect(),
                quarantined,
                roster: None,
            }
        }
    }

    /// Returns where the feeds end, in whichever way the hub said it.
    pub fn ends(&self) -> impl Iterator<Item = FeedEnd> {
        let told = self.feeds.iter().map(|head| FeedEnd::from(*head));
        told.chain(self.ends.iter().copied())
    }
}

/// An entry that the hub keeps but could not merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(LogPosition, String)", into = "(LogPosition, String)")]
pub struct Quarantined {
    /// Which entry.
    pub position: LogPosition,
    /// Why, as a stable word for the log.
    pub reason: String,
}

impl From<(LogPosition, String)> for Quarantined {
    fn from((position, reason): (LogPosition, String)) -> Self {
        Self { position, reason }
    }
}

impl From<Quarantined> for (LogPosition, String) {
    fn from(it: Quarantined) -> Self {
        (it.position, it.reason)
    }
}

/// The last message of an end that will not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    #[serde(rename = "c")]
    pub code: RefusalCode,
    /// More for the log. It has no patient data.
    #[serde(rename = "t", default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A device asks to be enrolled. The link has proved that it holds the TLS key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    /// The invite's secret.
    #[serde(rename = "t", with = "serde_bytes")]
    pub token: [u8; 16],
    /// The key of the device's links.
    #[serde(rename = "k")]
    pub tls: PublicKey,
    /// The key that signs the device's log.
    #[serde(rename = "l")]
    pub log: PublicKey,
    /// The key that signs for the person, on this device.
    #[serde(rename = "s")]
    pub sign: PublicKey,
    /// The key that envelopes for the person are sealed to, on this device.
    #[serde(rename = "e")]
    pub seal: BoxPublicKey,
    /// Whose keys these are. Nobody: of the one person that the invite names.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// What people call the device.
    #[serde(rename = "n")]
    pub label: String,
    /// Whether its log will prove the actors that it names. The hub enrols no other.
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    pub proves_actors: bool,
}

impl Enrol {
    /// Returns the words that people compare on both sides: they stand for every key that is asked
    /// for, and for the invite.
    #[must_use]
    pub fn words(&self) -> [&'static str; 6] {
        let token = roster::token_hash(&self.token);
        let keys: [&[u8]; 5] = [
            self.tls.as_bytes(),
            self.log.as_bytes(),
            self.sign.as_bytes(),
            self.seal.as_bytes(),
            token.as_bytes(),
        ];
        crypto::six_words(crypto::hash("posta/enrol/words/v1", &keys).as_bytes())
    }
}

impl std::fmt::Debug for Enrol {
    /// Leaves out the token: whoever has it can use the invite.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrol")
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// How far a request to enrol is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Enrolling {
    /// A person at the hub has yet to compare the words and approve. Ask again later.
    #[serde(rename = "p")]
    Pending {
        /// What both sides show.
        #[serde(rename = "w")]
        words: Vec<String>,
    },
    /// The device is enrolled.
    #[serde(rename = "a")]
    Approved {
        /// Its number.
        #[serde(rename = "d")]
        device: DeviceId,
        /// The person it is enrolled for.
        #[serde(rename = "p")]
        person: PersonId,
        /// The roster that has them.
        #[serde(rename = "r")]
        roster: SignedRoster,
    },
}
