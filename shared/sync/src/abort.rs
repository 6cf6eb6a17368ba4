//! Why a client gives up a session. Nothing is lost by it: what was not stored is still unsent, and
//! what was not taken is still before the cursor.

use record::{DeviceId, ScopeId};
use wire::{RefusalCode, Version};

/// Why a client gives up a session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AbortReason {
    /// Try again later: the link broke before everything was done.
    #[error("the link was lost")]
    LinkLost,
    /// Show the code's words: the hub will not go on.
    #[error("the hub refused: {code:?}")]
    Refused {
        /// Why.
        code: RefusalCode,
        /// More for the log.
        text: String,
    },
    /// Offer an update: the hub speaks a version of the protocol that we did not offer.
    #[error("the hub chose version {} of the protocol, which was not offered", version.0)]
    UnknownVersion {
        /// What the hub chose.
        version: Version,
    },
    /// Call for help: this device has less of its log than the hub. It was restored, or cloned.
    #[error("the hub holds this device's log up to {stored}, the device up to {own}")]
    OwnLogBehind {
        /// What the device holds.
        own: u64,
        /// What the hub holds.
        stored: u64,
    },
    /// Call for help: the hub has less of this device's log than it once confirmed. It was restored.
    #[error(
        "the hub confirmed this device's log up to {confirmed} and now holds it up to {stored}"
    )]
    HubBehind {
        /// What it once confirmed.
        confirmed: u64,
        /// What it holds now.
        stored: u64,
    },
    /// Call for help: the hub holds another branch of this device's log. The device was cloned.
    #[error("the hub holds another branch of this device's log at {seq}")]
    Fork {
        /// Where they were compared.
        seq: u64,
    },
    /// Meet again at once: another copy of this device went on in the same log while this session was open. The next
    /// session finds that and begins a new log.
    #[error("a copy of this device wrote entry {seq} of its log")]
    Copied {
        /// The entry.
        seq: u64,
    },
    /// Call for help: the hub began a new feed. It was restored.
    #[error("the hub has another feed of scope {scope} than was taken")]
    UnknownFeedEpoch {
        /// Of which scope.
        scope: ScopeId,
    },
    /// Call for help: more of the feed was taken than the hub has. It was restored.
    #[error("the feed of scope {scope} ends before what was taken")]
    FeedBehind {
        /// Of which scope.
        scope: ScopeId,
    },
    /// Sync again: the hub's feed has something else than what was taken, and the scope is then compared.
    #[error("the feed of scope {scope} differs from what was taken")]
    FeedMismatch {
        /// Of which scope.
        scope: ScopeId,
    },
    /// Report it: what the hub said of what it holds cannot be compared with what is held here.
    #[error("what the hub holds of scope {scope} cannot be compared")]
    Incomparable {
        /// Of which scope.
        scope: ScopeId,
    },
    /// Report it: what the hub says of this device's log leads nowhere.
    #[error("what the hub says of this device's log cannot be followed")]
    OwnLogUnclear,
    /// Try again, and report it if it stays: the hub left out a part of a feed.
    #[error("the feed of scope {scope} was to go on at {expected} and did at {from}")]
    FeedGap {
        /// Of which scope.
        scope: ScopeId,
        /// The position that was to come before.
        expected: u64,
        /// The position that did.
        from: u64,
    },
    /// Report it: the hub sent a feed that it did not announce.
    #[error("a feed of scope {scope} was not announced")]
    FeedUnannounced {
        /// Of which scope.
        scope: ScopeId,
    },
    /// Report it: the hub took another device's entry for ours.
    #[error("an entry of device {device} came back as ours")]
    NotOurs {
        /// Whose it is.
        device: DeviceId,
    },
    /// Report it: the hub sent more than may be under way.
    #[error("the hub sent more than may be under way")]
    WindowExceeded,
    /// Report it: the hub said what has no place here.
    #[error("the hub sent a message of kind {kind} where it has no place")]
    UnexpectedMessage {
        /// Of which kind.
        kind: u16,
    },
    /// Report it: the store or the driver said what cannot be.
    #[error("the store answered out of step")]
    OutOfStep,
}

impl AbortReason {
    /// Returns what to tell the hub, unless the hub is gone or has said so itself.
    #[must_use]
    pub const fn refusal(&self) -> Option<RefusalCode> {
        match self {
            Self::LinkLost | Self::Refused { .. } => None,
            Self::UnknownVersion { .. } => Some(RefusalCode::NoCommonVersion),
            Self::OwnLogBehind { .. } | Self::HubBehind { .. } => Some(RefusalCode::LogGap),
            Self::Fork { .. } | Self::Copied { .. } => Some(RefusalCode::LogFork),
            Self::UnknownFeedEpoch { .. } => Some(RefusalCode::UnknownFeedEpoch),
            Self::FeedBehind { .. } => Some(RefusalCode::CursorAhead),
            Self::FeedMismatch { .. } => Some(RefusalCode::FeedMismatch),
            Self::Incomparable { .. }
            | Self::OwnLogUnclear
            | Self::FeedGap { .. }
            | Self::FeedUnannounced { .. }
            | Self::NotOurs { .. } => Some(RefusalCode::Malformed),
            Self::WindowExceeded => Some(RefusalCode::WindowExceeded),
            Self::UnexpectedMessage { .. } => Some(RefusalCode::Unexpected),
            Self::OutOfStep => Some(RefusalCode::Failed),
        }
    }
}
