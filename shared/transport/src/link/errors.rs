//! Why a message did not come, or did not go.

use std::error::Error;

use wire::{DecodeError, EncodeError, FrameTooLarge, RefusalCode};

/// Why no message came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The peer closed the link and said why; [`RefusalCode::Done`] is the good end.
    #[error("the peer closed the link ({code:?})")]
    Closed {
        /// Why.
        code: RefusalCode,
    },
    /// The network is gone, or the peer is: connect again later.
    #[error("the link was lost")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// The peer announced a frame above the limit: refuse it.
    #[error(transparent)]
    TooLarge(#[from] FrameTooLarge),
    /// A frame came that is not a message: refuse the peer.
    #[error("a message could not be read")]
    Damaged(#[from] DecodeError),
    /// The peer's stream ended in the middle of a message: refuse it, or connect again.
    #[error("a message was cut short")]
    CutShort,
    /// The peer began a message and did not go on: refuse it, or connect again.
    #[error("a message did not arrive whole in time")]
    Stalled,
}

impl ReceiveError {
    /// Returns the code to refuse the peer with, if it is to blame and still there.
    #[must_use]
    pub fn refusal(&self) -> Option<RefusalCode> {
        match self {
            Self::Closed { .. } | Self::Lost(_) => None,
            Self::TooLarge(_) => Some(RefusalCode::TooLarge),
            Self::Damaged(why) => Some((*why).into()),
            Self::CutShort | Self::Stalled => Some(RefusalCode::Malformed),
        }
    }
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The peer closed the link and said why.
    #[error("the peer closed the link ({code:?})")]
    Closed {
        /// Why.
        code: RefusalCode,
    },
    /// The network is gone, or the peer is: connect again later.
    #[error("the link was lost")]
    Lost(#[source] Box<dyn Error + Send + Sync>),
    /// The message is above a limit: it is a mistake of ours.
    #[error("a message could not be written")]
    Unsendable(#[from] EncodeError),
    /// The peer takes nothing: close the link.
    #[error("the peer stopped reading")]
    Stalled,
}

/// Why a link is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// See what it says.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// See what it says.
    #[error(transparent)]
    Send(#[from] SendError),
}
