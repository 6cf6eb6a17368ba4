//! Whole charts on their way to a site: all changes of many charts, chart by chart, packed together and signed.
//!
//! A feed brings changes in the order in which they were committed. A site that holds nothing of a scope needs them
//! all, and together with others of their chart they pack a third smaller and are merged once a chart. A pack
//! carries changes as they were signed, never a document: the reader checks each as it checks any other. The hub's
//! signature says which feed the pack stands for, so that whoever carries it need not be believed.

mod briefly;
mod columns;
mod fit;
mod slim;
mod tail;
mod window;

use audit::LogPosition;
use crypto::{PublicKey, Signature, SigningKey};
use record::{ChartId, Hlc, PersonId};
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_PACK_PACKED_BYTES, MAX_PACK_UNPACKED_BYTES};
use crate::pack::{UnpackError, unpack};
use crate::session::{Cursor, FeedHead};
pub use tail::{PackTail, TailPlace};
pub use window::PackWindow;

/// The domain of the hub's signature.
const DOMAIN: &str = "posta/pack/v1";

/// How far the packs of a feed have come, in the hub's own numbering of charts and changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct PackMark {
    /// The chart of the last change that was packed.
    pub chart: u64,
    /// That change.
    pub change: u64,
}

impl PackMark {
    /// Before the first change of the first chart.
    pub const START: Self = Self {
        chart: 0,
        change: 0,
    };
}

impl From<(u64, u64)> for PackMark {
    fn from((chart, change): (u64, u64)) -> Self {
        Self { chart, change }
    }
}

impl From<PackMark> for (u64, u64) {
    fn from(it: PackMark) -> Self {
        (it.chart, it.change)
    }
}

/// How far a site has taken the packs of a feed: `[head, mark]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(FeedHead, PackMark)", into = "(FeedHead, PackMark)")]
pub struct PackProgress {
    /// The place of the feed that the packs stand for.
    pub head: FeedHead,
    /// How far they were taken.
    pub mark: PackMark,
}

impl From<(FeedHead, PackMark)> for PackProgress {
    fn from((head, mark): (FeedHead, PackMark)) -> Self {
        Self { head, mark }
    }
}

impl From<PackProgress> for (FeedHead, PackMark) {
    fn from(it: PackProgress) -> Self {
        (it.head, it.mark)
    }
}

/// One change of a pack.
#[derive(Clone, PartialEq, Eq)]
pub struct PackedChange {
    /// Where it was first written.
    pub position: LogPosition,
    /// When, by the writer's hybrid clock.
    pub hlc: Hlc,
    /// Who.
    pub person: PersonId,
    /// The change itself; none if the reader wrote it and holds it.
    pub payload: Option<Vec<u8>>,
}

/// One change on its way into a pack: with the mark that it brings the packs to.
#[derive(Clone, PartialEq, Eq)]
pub struct PackRow {
    /// How far the packs have come with it.
    pub mark: PackMark,
    /// The chart. The changes of one chart follow each other, each after those it needs.
    pub chart: ChartId,
    /// The change; none for a chart that left the scope before.
    pub change: Option<PackedChange>,
}

/// A chart's changes in a pack, each after those it needs. A chart that is large goes on in the next pack. One without
/// any left the scope before: a reader that still holds it removes it.
#[derive(Clone, PartialEq, Eq)]
pub struct PackedChart {
    /// The chart.
    pub chart: ChartId,
    /// Its changes.
    pub changes: Vec<PackedChange>,
}

record::discreet!(PackedChange, PackRow, PackedChart);

/// Why a pack was not made: the hub's charts are not what they must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Send nothing: there is nothing to send, and more is to follow.
    #[error("a pack that is not the last holds at least one change")]
    Empty,
    /// The store holds what no store may hold: the change's size was not checked when it came.
    #[error("a change is larger than any may be")]
    ChangeTooLarge,
    /// Tell fewer places.
    #[error("the newest places of the feed are more than are told")]
    TailTooLarge,
}

/// Why a pack does not count. Refuse it; what it stands for can be taken again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenPackError {
    /// It was not signed by this hub, or was altered since.
    #[error("the pack's signature does not fit")]
    BadSignature,
    /// It is above a limit.
    #[error("the pack is above a limit")]
    TooLarge,
    /// It could not be read.
    #[error("the pack is damaged")]
    Damaged,
}

impl From<UnpackError> for OpenPackError {
    fn from(error: UnpackError) -> Self {
        match error {
            UnpackError::TooLarge { .. } => Self::TooLarge,
            UnpackError::Damaged => Self::Damaged,
        }
    }
}

/// Changes of a scope's charts, chart by chart: packed and signed. [`ChartPack::open`] judges it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartPack {
    /// The place of the feed that the packs stand for. The feed goes on from there.
    #[serde(rename = "h")]
    head: FeedHead,
    /// How far the packs before had come.
    #[serde(rename = "f")]
    from: PackMark,
    /// How far they come with this one.
    #[serde(rename = "t")]
    to: PackMark,
    /// Whether it is the last: whoever has taken it has what the feed holds up to `head`.
    #[serde(rename = "e")]
    last: bool,
    /// The changes, in columns, packed.
    #[serde(rename = "z", with = "serde_bytes")]
    packed: Vec<u8>,
    /// By the key that signs the hub's history.
    #[serde(rename = "s")]
    signature: Signature,
    /// With the last: the newest places of the feed up to `head`. It has a word of the hub of its own.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    tail: Option<Box<PackTail>>,
}

impl ChartPack {
    /// Packs and signs as many of the first rows as one pack holds, and at least one if there is any.
    ///
    /// `complete` says that no change of the scope's charts follows the rows.
    pub fn seal(
        head: FeedHead,
        from: PackMark,
        rows: &[PackRow],
        complete: bool,
        key: &SigningKey,
    ) -> Result<Self, PackError> {
        let from = PackProgress { head, mark: from };
        Self::seal_after(&mut PackWindow::default(), from, rows, complete, key)
    }

    /// Does so for a reader that has taken the packs of this window, which takes this one in.
    pub fn seal_after(
        window: &mut PackWindow,
        from: PackProgress,
        rows: &[PackRow],
        complete: bool,
        key: &SigningKey,
    ) -> Result<Self, PackError> {
        let PackProgress { head, mark: from } = from;
        if rows.is_empty() && !complete {
            return Err(PackError::Empty);
        }
        let (packed, count) = fit::pack_what_fits(window, rows)?;
        let taken = rows.get(..count).unwrap_or(rows);
        let mut made = Self {
            head,
            from,
            to: taken.last().map_or(from, |it| it.mark),
            last: complete && count == rows.len(),
            packed,
            signature: Signature::from_bytes([0; 64]),
            tail: None,
        };
        made.signature = key.sign(DOMAIN, &made.signed());
        Ok(made)
    }

    /// Adds the newest places of the feed to the last pack.
    #[must_use]
    pub fn with_tail(mut self, tail: PackTail) -> Self {
        self.tail = Some(Box::new(tail));
        self
    }

    /// Returns the newest places of the feed, if they are told.
    #[must_use]
    pub fn tail(&self) -> Option<&PackTail> {
        self.tail.as_deref()
    }

    /// Returns the place of the feed that the packs stand for.
    #[must_use]
    pub const fn head(&self) -> FeedHead {
        self.head
    }

    /// Returns how far the packs before had come.
    #[must_use]
    pub const fn from(&self) -> PackMark {
        self.from
    }

    /// Returns how far the packs have come with this one.
    #[must_use]
    pub const fn progress(&self) -> PackProgress {
        PackProgress {
            head: self.head,
            mark: self.to,
        }
    }

    /// Returns whether it is the last of its feed.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.last
    }

    /// Returns what the reader says once it has taken the pack: the feed's place after the last one; before that
    /// position 0, and the first half of the hash of what is packed in place of the digest.
    #[must_use]
    pub fn taken(&self) -> Cursor {
        if self.last {
            return self.head;
        }
        let hash = crypto::sha256(&self.packed);
        let mut digest = crate::FeedDigest::EMPTY;
        for (to, from) in digest.0.iter_mut().zip(hash) {
            *to = from;
        }
        Cursor {
            position: 0,
            digest,
            ..self.head
        }
    }

    /// Checks the hub's signature and returns the charts of a pack that is the first of its session.
    pub fn open(&self, key: &PublicKey) -> Result<Vec<PackedChart>, OpenPackError> {
        self.open_after(&mut PackWindow::default(), key)
    }

    /// Does so for a reader that has taken the packs of this window, which takes this one in.
    pub fn open_after(
        &self,
        window: &mut PackWindow,
        key: &PublicKey,
    ) -> Result<Vec<PackedChart>, OpenPackError> {
        if self.packed.len() > MAX_PACK_PACKED_BYTES {
            return Err(OpenPackError::TooLarge);
        }
        key.verify(DOMAIN, &self.signed(), &self.signature)
            .map_err(|_bad| OpenPackError::BadSignature)?;
        let charts = if window::is_chained(&self.packed) {
            let bytes = window.unpack(&self.packed, MAX_PACK_UNPACKED_BYTES)?;
            window.add(&bytes);
            briefly::read(&bytes)?
        } else {
            columns::read(&unpack(&self.packed, MAX_PACK_UNPACKED_BYTES)?)?
        };
        let follows = self.to > self.from || (charts.is_empty() && self.to == self.from);
        if follows && (self.last || !charts.is_empty()) {
            Ok(charts)
        } else {
            Err(OpenPackError::Damaged)
        }
    }

    /// Says whether what is packed is above its limit.
    pub(crate) fn is_large(&self) -> bool {
        let is_large_tail = self.tail.as_deref().is_some_and(PackTail::is_large);
        self.packed.len() > MAX_PACK_PACKED_BYTES || is_large_tail
    }

    fn signed(&self) -> Vec<u8> {
        let Cursor {
            scope,
            feed_epoch,
            position,
            digest,
        } = self.head;
        [
            scope.0.to_be_bytes().as_slice(),
            &feed_epoch.to_be_bytes(),
            &position.to_be_bytes(),
            &digest.0,
            &self.from.chart.to_be_bytes(),
            &self.from.change.to_be_bytes(),
            &self.to.chart.to_be_bytes(),
            &self.to.change.to_be_bytes(),
            &[u8::from(self.last)],
            &crypto::sha256(&self.packed),
        ]
        .concat()
    }
}

impl std::fmt::Debug for ChartPack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChartPack")
            .field("head", &self.head)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("last", &self.last)
            .field("packed_bytes", &self.packed.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
