//! A run of a scope's feed on its way to a site.
//!
//! A batch covers the positions after `from` up to `to`, each with one item and in order, so nothing
//! between can be skipped. What the reader wrote itself comes back as its place in the reader's own
//! log and costs a byte or less.

mod digest;
mod packed;
mod runs;
mod seal;

use audit::LogPosition;
use crypto::Signature;
use record::{ChartId, Hlc, PersonId, ScopeId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use digest::FeedDigest;
pub use seal::{BatchSeal, FeedChain, FeedSeal, ItemMark};

use crate::limits::MAX_FEED_ITEMS;
use packed::{pack_runs, unpack_runs};
pub(crate) use runs::step_between;
use runs::{add_items_of, runs_of};

/// One position of a feed.
#[derive(Clone, PartialEq, Eq)]
pub enum FeedItem {
    /// The reader's own entry, which it holds.
    Own {
        /// Where the reader wrote it.
        position: LogPosition,
    },
    /// Another's change.
    Change {
        /// Where it was first written.
        position: LogPosition,
        /// The chart.
        chart: ChartId,
        /// When, by the writer's hybrid clock.
        hlc: Hlc,
        /// Who.
        person: PersonId,
        /// The change itself.
        payload: Vec<u8>,
    },
    /// A change of a chart that is not in the scope any more: nothing of it is sent but what the digest needs, and the
    /// chain.
    Gone {
        /// Where it was first written.
        position: LogPosition,
        /// The change's hash.
        hash: [u8; 32],
        /// What stands for it in the chain. A reader of version 1 is not told.
        mark: Option<ItemMark>,
    },
    /// A chart that is not in the scope any more.
    Leave {
        /// The hub's own entry that says so.
        position: LogPosition,
        /// The chart.
        chart: ChartId,
    },
    /// Something that only a later release knows. It is kept, and shown as needing an update.
    Other {
        /// What it is.
        kind: u16,
        /// Where it was first written.
        position: LogPosition,
        /// The rest.
        payload: Vec<u8>,
    },
}

impl std::fmt::Debug for FeedItem {
    /// Leaves out the payload, which has a patient's data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own { position } => write!(f, "Own({position})"),
            Self::Change {
                position, chart, ..
            } => write!(f, "Change({position}, {chart:?})"),
            Self::Gone { position, .. } => write!(f, "Gone({position})"),
            Self::Leave { position, chart } => write!(f, "Leave({position}, {chart:?})"),
            Self::Other { kind, position, .. } => write!(f, "Other({kind}, {position})"),
        }
    }
}

/// Why items are no batch: the hub's feed is not what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Read fewer.
    #[error("a batch of the feed is above a limit")]
    TooLarge,
    /// Send nothing: there is nothing to send.
    #[error("a batch of the feed has no items")]
    Empty,
}

/// The items after position `from` of a scope's feed, up to and with position `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedBatch {
    scope: ScopeId,
    feed_epoch: u32,
    from: u64,
    digest: FeedDigest,
    items: Vec<FeedItem>,
    /// It is packed in brief.
    briefly: bool,
    /// The hub's word about it.
    seal: Option<BatchSeal>,
}

impl FeedBatch {
    /// Makes a batch of the items after `from`. `digest` is the feed's at the last of them.
    pub fn new(
        scope: ScopeId,
        feed_epoch: u32,
        from: u64,
        digest: FeedDigest,
        items: Vec<FeedItem>,
    ) -> Result<Self, BatchError> {
        if items.is_empty() {
            return Err(BatchError::Empty);
        }
        if items.len() > MAX_FEED_ITEMS || from.checked_add(items.len() as u64).is_none() {
            return Err(BatchError::TooLarge);
        }
        Ok(Self {
            scope,
            feed_epoch,
            from,
            digest,
            items,
            briefly: false,
            seal: None,
        })
    }

    /// Packs the batch in brief, for a reader of version 2.
    #[must_use]
    pub fn in_brief(mut self) -> Self {
        self.briefly = true;
        self
    }

    /// Adds the hub's word about the batch.
    #[must_use]
    pub const fn sealed(mut self, seal: BatchSeal) -> Self {
        self.seal = Some(seal);
        self
    }

    /// Returns the hub's word about the batch, if it has one.
    #[must_use]
    pub const fn seal(&self) -> Option<BatchSeal> {
        self.seal
    }

    /// Returns the scope.
    #[must_use]
    pub const fn scope(&self) -> ScopeId {
        self.scope
    }

    /// Returns which of the scope's feeds. A hub that was restored begins a new one.
    #[must_use]
    pub const fn feed_epoch(&self) -> u32 {
        self.feed_epoch
    }

    /// Returns the position before the first item.
    #[must_use]
    pub const fn from(&self) -> u64 {
        self.from
    }

    /// Returns the position of the last item.
    #[must_use]
    pub const fn to(&self) -> u64 {
        self.from.saturating_add(self.items.len() as u64)
    }

    /// Returns the feed's digest at the last item.
    #[must_use]
    pub const fn digest(&self) -> FeedDigest {
        self.digest
    }

    /// Returns the items, one a position, in order.
    #[must_use]
    pub fn items(&self) -> &[FeedItem] {
        &self.items
    }

    /// Returns what of the batch comes after a position that is in it or just before it; none if nothing does.
    #[must_use]
    pub fn after(mut self, position: u64) -> Option<Self> {
        let known = position.checked_sub(self.from)?;
        let known = usize::try_from(known).ok()?;
        if known >= self.items.len() {
            return None;
        }
        if known > 0 {
            // What is said of the first item is not said of another.
            self.seal = None;
        }
        self.items.drain(..known);
        self.from = position;
        Some(self)
    }

    /// Returns the cursor of whoever has taken this batch.
    #[must_use]
    pub const fn cursor(&self) -> crate::Cursor {
        crate::Cursor {
            scope: self.scope,
            feed_epoch: self.feed_epoch,
            position: self.to(),
            digest: self.digest,
        }
    }
}

/// Why bytes are not a batch, or a batch cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ShapeError {
    #[error("a batch of the feed is above a limit")]
    TooLarge,
    #[error("a batch of the feed is damaged")]
    Damaged,
    #[error("a batch of the feed does not hold what it says that it covers")]
    Gap,
}

/// A batch on the wire.
#[derive(Serialize, Deserialize)]
pub(crate) struct BatchShape {
    #[serde(rename = "s")]
    scope: ScopeId,
    #[serde(rename = "e")]
    feed_epoch: u32,
    #[serde(rename = "f")]
    from: u64,
    #[serde(rename = "t")]
    to: u64,
    #[serde(rename = "d")]
    digest: FeedDigest,
    #[serde(rename = "z", with = "serde_bytes")]
    packed: Vec<u8>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    before: Option<FeedChain>,
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    signature: Option<Signature>,
}

/// A run of own entries, or one other item: what it is, where it was written, and the rest by kind.
#[derive(Serialize, Deserialize)]
struct RunShape(u16, LogPosition, ByteBuf);

/// The rest of a run of own entries: how far each further place is from the one before. A visit
/// writes the same pattern of entries every time, so these pack to nearly nothing.
type OwnSteps = Vec<u64>;

/// The rest of a change.
#[derive(Serialize, Deserialize)]
struct ChangeShape(ChartId, Hlc, PersonId, ByteBuf);

const OWN: u16 = 0;
const CHANGE: u16 = 1;
const GONE: u16 = 2;
const LEAVE: u16 = 3;

impl TryFrom<&FeedBatch> for BatchShape {
    type Error = ShapeError;

    fn try_from(batch: &FeedBatch) -> Result<Self, ShapeError> {
        let packed = pack_items(&batch.items, batch.briefly)?;
        Ok(Self {
            scope: batch.scope,
            feed_epoch: batch.feed_epoch,
            from: batch.from,
            to: batch.to(),
            digest: batch.digest,
            packed,
            before: batch.seal.map(|it| it.before),
            signature: batch.seal.map(|it| it.signature),
        })
    }
}

impl TryFrom<BatchShape> for FeedBatch {
    type Error = ShapeError;

    fn try_from(shape: BatchShape) -> Result<Self, ShapeError> {
        let (items, briefly) = unpack_items(&shape.packed)?;
        let mut batch = Self::new(
            shape.scope,
            shape.feed_epoch,
            shape.from,
            shape.digest,
            items,
        )
        .map_err(|error| match error {
            BatchError::TooLarge => ShapeError::TooLarge,
            BatchError::Empty => ShapeError::Gap,
        })?;
        batch.briefly = briefly;
        batch.seal = shape
            .before
            .zip(shape.signature)
            .map(|(before, signature)| BatchSeal { before, signature });
        if batch.to() == shape.to {
            Ok(batch)
        } else {
            Err(ShapeError::Gap)
        }
    }
}

/// Packs items as a message carries them, in brief if the reader reads that.
pub(crate) fn pack_items(items: &[FeedItem], briefly: bool) -> Result<Vec<u8>, ShapeError> {
    pack_runs(runs_of(items, briefly)?, briefly)
}

/// Unpacks what [`pack_items`] packed, and says whether it was in brief.
pub(crate) fn unpack_items(packed: &[u8]) -> Result<(Vec<FeedItem>, bool), ShapeError> {
    let (runs, briefly) = unpack_runs(packed)?;
    let mut items = Vec::new();
    for run in &runs {
        add_items_of(run, &mut items)?;
    }
    Ok((items, briefly))
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, ShapeError> {
    serde_ipld_dagcbor::to_vec(value).map_err(|_opaque| ShapeError::Damaged)
}

fn decode<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, ShapeError> {
    serde_ipld_dagcbor::from_slice(bytes).map_err(|_opaque| ShapeError::Damaged)
}

#[cfg(test)]
mod tests;
