//! What can happen to a hub's session, and what it can ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use audit::{LogHead, LogPosition};
use crypto::Blob;
use record::{DeviceId, ScopeId, SiteId};
use roster::SignedRoster;
use wire::{
    BlobGroup, ChainMark, ChartPack, CheckpointMark, Cursor, FeedBatch, FeedChain, FeedHead,
    FeedItem, FeedSeal, Fetch, Fetched, ItemMark, Message, PackMark, Quarantined, RefusalCode,
    Segment, Show, Version,
};

use super::{HubBlobEffect, JudgedBlob};
use crate::held::Held;

/// Who the peer is, by the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerStanding {
    /// The device whose key the link proved.
    pub device: DeviceId,
    /// Its site.
    pub site: SiteId,
    /// The scopes that the site is entitled to.
    pub scopes: Vec<ScopeId>,
}

impl PeerStanding {
    /// Nothing leaves its scope, whatever the store says.
    pub(super) fn may_have(&self, feeds: &[FeedHead]) -> Result<(), RefusalCode> {
        let is_ours = |head: &FeedHead| self.scopes.contains(&head.scope);
        feeds
            .iter()
            .all(is_ours)
            .then_some(())
            .ok_or(RefusalCode::Failed)
    }
}

/// What the hub holds when a session begins: the answer to [`HubEffect::ReadStanding`].
#[derive(Debug, Clone, PartialEq)]
pub struct HubStanding {
    /// The heads of the peer's logs, newest epoch last, and of those that it says it carries for other devices.
    pub stored: Vec<LogHead>,
    /// Of the places in the peer's logs that the peer says it holds, those where the store has the same.
    pub held: Vec<LogHead>,
    /// Where the feeds of the peer's scopes end: one for each scope, also when it is empty.
    pub feeds: Vec<FeedHead>,
    /// For each of the peer's cursors that is inside a feed of the same epoch, or of an older one before it went
    /// over into this, what the cursor ought to be: the same position with the feed's own digest there.
    pub at_cursors: Vec<Cursor>,
    /// The roster, when the peer's is older.
    pub roster: Option<SignedRoster>,
    /// The hub's clock.
    pub time_ms: u64,
    /// The newest checkpoint of the history.
    pub checkpoint: Option<String>,
    /// Whether the peer holds a checkpoint that is none of this history, or a roster that was not kept here: the peer
    /// is asked to show both.
    pub shows: bool,
    /// How often the peer was told that a blob is here whole.
    pub files_told: u64,
}

/// What of its own logs a peer holds for sure. A device that was restored lacks entries that are stored under its
/// name, and a copy of it has others in their places: only a place where the chains are equal proves anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holds(Option<BTreeMap<u32, u64>>);

impl Holds {
    /// Everything: what version 1 takes for granted.
    pub const EVERYTHING: Self = Self(None);

    /// Returns what a peer that speaks this version holds, having proved these heads.
    #[must_use]
    pub fn spoken(version: Version, proved: &[LogHead]) -> Self {
        if version < Version::TWO {
            Self::EVERYTHING
        } else {
            Self::up_to(proved)
        }
    }

    /// Returns that a peer holds its logs up to these heads.
    #[must_use]
    pub fn up_to(heads: &[LogHead]) -> Self {
        let mut holds = Self(Some(BTreeMap::new()));
        for head in heads {
            holds.add(head);
        }
        holds
    }

    /// Adds that the peer holds a log up to this head.
    pub fn add(&mut self, head: &LogHead) {
        if let Some(logs) = &mut self.0 {
            let seq = logs.entry(head.epoch).or_default();
            *seq = head.seq.max(*seq);
        }
    }

    /// Tells whether the peer holds an entry of its own.
    #[must_use]
    pub fn has(&self, position: &LogPosition) -> bool {
        let logs = self.0.as_ref();
        logs.is_none_or(|it| {
            it.get(&position.epoch)
                .is_some_and(|seq| position.seq <= *seq)
        })
    }
}

/// Why the hub's store did not take a segment. Nothing of it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IngestRefusal {
    /// Entries before it are missing.
    #[error("a segment does not follow on what is stored")]
    Gap,
    /// It contradicts what is stored.
    #[error("a segment contradicts what is stored")]
    Fork,
    /// It is not signed by the device.
    #[error("a segment's signature does not fit")]
    BadSignature,
    /// It could not be read.
    #[error("a segment is damaged")]
    Damaged,
    /// It refers to a change that is not here.
    #[error("a segment refers to a change that is not here")]
    UnknownChange,
    /// It is above a limit.
    #[error("a segment is above a limit")]
    TooLarge,
    /// The device has more logs than any device may have.
    #[error("the device has begun too many logs")]
    TooManyLogs,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The store has too much to do.
    #[error("the store is busy")]
    Busy,
    /// The store failed.
    #[error("the store failed")]
    Failed,
}

impl IngestRefusal {
    /// Tells whether the same segment may be taken another time: it is the store that has a difficulty.
    #[must_use]
    pub const fn passes(self) -> bool {
        match self {
            Self::Full | Self::Busy | Self::Failed => true,
            Self::Gap
            | Self::Fork
            | Self::BadSignature
            | Self::Damaged
            | Self::UnknownChange
            | Self::TooLarge
            | Self::TooManyLogs => false,
        }
    }
}

impl From<IngestRefusal> for RefusalCode {
    fn from(refusal: IngestRefusal) -> Self {
        match refusal {
            IngestRefusal::Gap => Self::LogGap,
            IngestRefusal::Fork => Self::LogFork,
            IngestRefusal::BadSignature => Self::BadSignature,
            IngestRefusal::Damaged => Self::Malformed,
            IngestRefusal::UnknownChange => Self::UnknownChange,
            IngestRefusal::TooLarge => Self::TooLarge,
            IngestRefusal::TooManyLogs => Self::TooManyLogs,
            IngestRefusal::Full => Self::Full,
            IngestRefusal::Busy => Self::Busy,
            IngestRefusal::Failed => Self::Failed,
        }
    }
}

/// What happened to a hub's session.
#[derive(Debug, Clone, PartialEq)]
pub enum HubEvent {
    /// A message came.
    Received(Message),
    /// The answer to [`HubEffect::ReadStanding`].
    Standing(HubStanding),
    /// The answer to [`HubEffect::Ingest`]: the head after the segment's last entry, which is on disk. The log may
    /// be longer, when another link brought more.
    Ingested(Result<LogHead, IngestRefusal>),
    /// The answer to [`HubEffect::Settle`].
    Settled {
        /// Where the feeds of the peer's scopes end.
        feeds: Vec<FeedHead>,
        /// The peer's entries that were set aside since the session began.
        quarantined: Vec<Quarantined>,
        /// The roster, if a newer one was signed since the peer was told of one.
        roster: Option<SignedRoster>,
    },
    /// The answer to [`HubEffect::ReadChains`].
    ChainsRead {
        /// Of which of the peer's logs.
        epoch: u32,
        /// What is stored at those of the places that are.
        marks: Vec<(u64, ChainMark)>,
    },
    /// The answer to [`HubEffect::ReadFeed`]; none when nothing follows.
    FeedRead {
        /// Of which scope.
        scope: ScopeId,
        /// What follows.
        batch: Option<FeedBatch>,
    },
    /// The answer to [`HubEffect::ReadHeld`].
    HeldRead {
        /// Of which scope.
        scope: ScopeId,
        /// What the hub holds.
        held: Vec<Held>,
    },
    /// The answer to [`HubEffect::ReadWanted`].
    WantedRead {
        /// Of which scope.
        scope: ScopeId,
        /// How many of the hashes, from the first, this answers; one at least.
        answered: usize,
        /// The changes. What is not in the scope has none.
        items: Vec<FeedItem>,
    },
    /// The answer to [`HubEffect::JudgeSeal`].
    SealJudged {
        /// Of which scope.
        scope: ScopeId,
        /// The place of the feed here from after which on the seal says what is lacking, with the chain there; none if
        /// it is not signed by this hub, or says nothing of the kind.
        start: Option<(u64, FeedChain)>,
    },
    /// The answer to [`HubEffect::TakeBack`].
    TakenBack {
        /// Of which scope.
        scope: ScopeId,
        /// Whether it was taken: all of it, or nothing.
        taken: bool,
    },
    /// The answer to [`HubEffect::ReadPack`].
    PackRead(ChartPack),
    /// The answer to [`HubEffect::Fetch`].
    Fetched(Fetched),
    /// The answer to [`HubBlobEffect::Judge`] and [`HubBlobEffect::Keep`].
    BlobJudged(JudgedBlob),
    /// The answer to [`HubBlobEffect::Read`].
    GroupRead {
        /// Of which.
        blob: Blob,
        /// The group, or why the peer does not get it.
        group: Result<BlobGroup, RefusalCode>,
    },
    /// A feed grew. Of other scopes than the peer's it is ignored.
    FeedGrew {
        /// Of which scope.
        scope: ScopeId,
    },
    /// The link broke or was closed.
    LinkLost,
}

/// Changes that a peer gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Of which scope.
    pub scope: ScopeId,
    /// The changes.
    pub items: Vec<FeedItem>,
    /// What stands for those that this hub once signed.
    pub proven: Arc<BTreeSet<ItemMark>>,
}

/// What is to be done for a hub's session, one after another in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum HubEffect {
    /// Send the message.
    Send(Message),
    /// Read what the hub holds for this peer, and answer `Standing`.
    ReadStanding {
        /// The places in its logs that the peer says it holds.
        logs: Vec<LogHead>,
        /// How far the peer has taken each feed, and the places that the packs it takes stand for.
        cursors: Vec<Cursor>,
        /// The epoch of the peer's roster.
        roster_epoch: u64,
        /// The peer's release.
        release: String,
        /// The newest checkpoint that the peer holds: how many entries it stands for, and its mark.
        checkpoint: Option<(u64, CheckpointMark)>,
    },
    /// Look whether what the peer shows proves that the hub was restored; if so, note it and take the roster.
    TakeProof(Box<Show>),
    /// Read which changes are held of the charts of a scope, at most so many, and answer `HeldRead`.
    ReadHeld {
        /// Of which scope.
        scope: ScopeId,
        /// How many are enough.
        limit: usize,
    },
    /// Read changes of a scope by their hashes, from the first on, as long as the payloads are within `max_bytes`
    /// (one at least), and answer `WantedRead`.
    ReadWanted {
        /// Of which scope.
        scope: ScopeId,
        /// The hashes.
        hashes: Vec<[u8; 32]>,
        /// How many bytes of payloads.
        max_bytes: usize,
    },
    /// Check that this hub signed the seal before it was restored, find where its own feed goes over into what the
    /// seal stands for, and answer `SealJudged`.
    JudgeSeal {
        /// The place from after which on the peer knows the order of the feed.
        begins: u64,
        /// The seal.
        seal: FeedSeal,
    },
    /// Store changes that were lost, sync the disk, and answer `TakenBack`; but nothing, if one of them is none of those
    /// that are proven. What is held already is taken again with no effect.
    TakeBack(Given),
    /// Check the segment's signature by the device's key, store it, sync the disk, and answer
    /// `Ingested`. A segment that is stored already is taken again with no effect.
    Ingest(Segment),
    /// Merge or set aside everything that is stored, and answer `Settled`.
    Settle,
    /// Read what follows this position of the feed, as long as the payloads are within `max_bytes`
    /// (one item at least), and answer `FeedRead`.
    ReadFeed {
        /// Of which scope.
        scope: ScopeId,
        /// The position before the first to be read.
        from: u64,
        /// How many bytes of payloads.
        max_bytes: usize,
        /// The version of the protocol that is spoken.
        version: Version,
        /// What of its own logs the peer holds: of that, the places are enough.
        holds: Holds,
    },
    /// Read the chain of one of the peer's logs at these places, and answer `ChainsRead`.
    ReadChains {
        /// Which of the peer's logs.
        epoch: u32,
        /// Which places.
        seqs: Vec<u64>,
    },
    /// Pack what follows this mark of the charts of the feed's scope, and answer `PackRead`.
    ReadPack {
        /// The place of the feed that the packs stand for.
        head: FeedHead,
        /// How far the packs before have come.
        after: PackMark,
        /// What of its own log the peer holds: that goes as its place only.
        holds: Holds,
    },
    /// Look whether the peer may have the chart, have it join the guest scope of the peer's site, and answer
    /// `Fetched`.
    Fetch(Fetch),
    /// Do something for an attachment's bytes.
    Blob(HubBlobEffect),
    /// Note how far the peer has taken a feed.
    NoteTaken(Cursor),
    /// Close the link with this code. The session is over.
    Close(RefusalCode),
}
