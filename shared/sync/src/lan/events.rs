//! What can happen to a session between two devices, and what it can ask for.

use audit::LogHead;
use record::{DeviceId, ScopeId};
use roster::SignedRoster;
use wire::{
    Cursor, FeedChain, FeedItem, FeedSeal, Hello, ItemMark, Message, RefusalCode, Segment, Versions,
};

use crate::hub::PeerStanding;

/// Who holds a key, by the roster as it stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The roster's epoch.
    pub roster_epoch: u64,
    /// The peer; or why nothing is said to it: the roster does not list it, or it was revoked.
    pub peer: Result<PeerStanding, RefusalCode>,
}

/// A log of which something may be given to the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogOffer {
    /// The place before the first entry that can be given.
    pub begins: u64,
    /// The last one.
    pub head: LogHead,
}

/// What is held here that is of interest to the peer: nothing that its site may not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanStanding {
    /// Who this is.
    pub device: DeviceId,
    /// The versions of the protocol that it speaks.
    pub versions: Versions,
    /// The program's release.
    pub release: String,
    /// The epoch of its roster.
    pub roster_epoch: u64,
    /// Where its own log ends, and those that it carries.
    pub logs: Vec<LogHead>,
    /// How far the feeds were taken that both sites may hold.
    pub cursors: Vec<Cursor>,
    /// Logs that can be given.
    pub offers: Vec<LogOffer>,
    /// Feeds that can be given: from after a place on, up to the hub's signature.
    pub feeds: Vec<(u64, FeedSeal)>,
}

impl LanStanding {
    /// Says it to the peer.
    pub(super) fn hello(&self) -> Hello {
        Hello {
            versions: self.versions,
            device: self.device,
            logs: self.logs.clone(),
            cursors: self.cursors.clone(),
            roster_epoch: self.roster_epoch,
            release: self.release.clone(),
            checkpoint: None,
            checkpoint_size: None,
            packs: Vec::new(),
            feeds_wait: false,
        }
    }
}

/// A run of a feed that the hub's signature stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedGiven {
    /// The hub's signature, at the end of what the peer offered.
    pub seal: FeedSeal,
    /// The place before the first item.
    pub from: u64,
    /// The feed's chain there.
    pub before: FeedChain,
    /// What stands for each item, proven.
    pub marks: Vec<ItemMark>,
    /// The items.
    pub items: Vec<FeedItem>,
}

/// What happened to a session between two devices.
#[derive(Debug, Clone, PartialEq)]
pub enum LanEvent {
    /// A message came.
    Received(Message),
    /// The answer to [`LanEffect::ReadRoster`].
    RosterRead(SignedRoster),
    /// The answer to [`LanEffect::TakeRoster`]: who the peer is by the roster that is held now.
    Judged(Judged),
    /// The answer to [`LanEffect::ReadStanding`].
    Standing(Box<LanStanding>),
    /// The answer to [`LanEffect::ReadLog`]; none when nothing follows that may be given.
    LogRead(Option<Segment>),
    /// The answer to [`LanEffect::ReadOffer`]; none when nothing can be proven.
    OfferRead(Option<Vec<ItemMark>>),
    /// The answer to [`LanEffect::ReadItems`]; none when the next one is not here any more.
    ItemsRead(Vec<FeedItem>),
    /// The answer to [`LanEffect::TakeSegment`]: it is committed; or why it was not taken.
    SegmentTaken(Result<LogHead, RefusalCode>),
    /// The answer to [`LanEffect::JudgeOffer`]: the chain of the feed at the place where it begins; none if it does not
    /// follow on what is held here, or if the hub did not sign it.
    OfferJudged(Option<FeedChain>),
    /// The answer to [`LanEffect::TakeGiven`]: it is committed, and the cursor is there now; none if it was not taken.
    GivenTaken(Option<u64>),
    /// The link broke or was closed.
    LinkLost,
}

impl LanEvent {
    /// Says whose fault it is that this came where it has no place.
    pub(super) const fn misplaced(&self) -> RefusalCode {
        match self {
            Self::Received(_) => RefusalCode::Unexpected,
            Self::RosterRead(_)
            | Self::Judged(_)
            | Self::Standing(_)
            | Self::LogRead(_)
            | Self::OfferRead(_)
            | Self::ItemsRead(_)
            | Self::SegmentTaken(_)
            | Self::OfferJudged(_)
            | Self::GivenTaken(_)
            | Self::LinkLost => RefusalCode::Failed,
        }
    }
}

/// What is to be done for a session between two devices, one after another in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum LanEffect {
    /// Send the message.
    Send(Message),
    /// Read the roster, and answer `RosterRead`.
    ReadRoster,
    /// Check and keep the roster if it is newer, and answer `Judged` by the one that is held then.
    TakeRoster(SignedRoster),
    /// Read what is held here that is of interest to this peer, and answer `Standing`.
    ReadStanding(PeerStanding),
    /// Read the segment of a log that follows a place: of the own one, or one that is carried as it was signed. Answer
    /// `LogRead`.
    ReadLog {
        /// Whose log.
        device: DeviceId,
        /// Which of its logs.
        epoch: u32,
        /// The place before the first entry.
        after: u64,
        /// The last that may be given.
        up_to: u64,
    },
    /// Read what stands for the places of a feed after one, up to the hub's signature, and answer `OfferRead`.
    ReadOffer {
        /// The place before the first.
        after: u64,
        /// The signature.
        seal: FeedSeal,
    },
    /// Read the items of a feed after a place up to another, in order, as many as a message holds, and answer
    /// `ItemsRead`.
    ReadItems {
        /// Of which scope.
        scope: ScopeId,
        /// The place before the first.
        after: u64,
        /// The last.
        up_to: u64,
    },
    /// Check the segment by its device's key, keep it to be carried, take its changes up, all in one transaction, and
    /// answer `SegmentTaken`.
    TakeSegment(Segment),
    /// Check that the hub signed the offer, that it goes on where this device's cursor is, and answer `OfferJudged`.
    JudgeOffer {
        /// The place before the first item.
        begins: u64,
        /// The hub's signature.
        seal: FeedSeal,
    },
    /// Check that the items are those that their marks stand for, take them as from the hub, and answer `GivenTaken`.
    TakeGiven(FeedGiven),
    /// Both ends have given what they had. Close the link, or wait until the peer does.
    Finished(LanSummary),
    /// The link broke: what was committed stays.
    Lost,
    /// The peer does not go on.
    Refused(RefusalCode),
    /// Close the link with this code. The session is over.
    Close(RefusalCode),
}

/// What a session between two devices did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LanSummary {
    /// Entries of logs that the peer took.
    pub entries_given: u64,
    /// Entries of logs that were taken.
    pub entries_taken: u64,
    /// Places of feeds that the peer took.
    pub places_given: u64,
    /// Places of feeds that were taken.
    pub places_taken: u64,
    /// Segments that one end did not take from the other.
    pub declined: u64,
    /// The peer had a newer roster.
    pub roster_taken: bool,
}
