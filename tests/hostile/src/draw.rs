//! Choices out of bytes: what an input decides. Of an input that has ended every choice is the first one.

use audit::{ChainHash, LogHead, LogPosition};
use crypto::{Blob, BlobTree};
use record::{DeviceId, ScopeId, SiteId};
use wire::limits::MAX_PLACE;
use wire::{Cursor, FeedDigest};

use crate::sessions::key;

/// The device that the hub's session is with, and that the client's session is of.
pub(crate) const OWN: DeviceId = DeviceId(3);
/// Another one.
pub(crate) const OTHER: DeviceId = DeviceId(4);
/// The site of both.
pub(crate) const SITE: SiteId = SiteId(1);

/// How far a log or a feed may go on in a play.
const ROOM: u64 = 1 << 16;

pub(crate) struct Draw<'a> {
    bytes: &'a [u8],
}

impl<'a> Draw<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    /// Returns one of the numbers below.
    pub(crate) fn below(&mut self, limit: u8) -> u8 {
        self.byte().checked_rem(limit).unwrap_or(0)
    }

    pub(crate) fn is(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Returns one of so many chances.
    pub(crate) fn rarely(&mut self) -> bool {
        self.byte() >= 240
    }

    /// Returns a number: mostly small, now and then at an end of what there is.
    pub(crate) fn number(&mut self) -> u64 {
        match self.byte() {
            small @ 0..=199 => u64::from(small % 12),
            200..=219 => u64::from(self.byte()) << 8,
            220..=239 => u64::MAX - u64::from(self.byte()),
            _ends => u64::from(u32::MAX) - 1 + u64::from(self.byte()),
        }
    }

    /// Returns a place of a log or a feed: mostly one of the first, now and then near the last. No store has one behind
    /// that, and no message that names one is read.
    pub(crate) fn place(&mut self) -> u64 {
        self.number().min(MAX_PLACE - ROOM)
    }

    pub(crate) fn short(&mut self) -> u32 {
        u32::try_from(self.number()).unwrap_or(u32::MAX)
    }

    /// Returns one of what there is.
    pub(crate) fn one_of<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let at = usize::from(self.byte()).checked_rem(of.len())?;
        of.get(at).cloned()
    }

    /// Returns a few of something.
    pub(crate) fn some<T>(&mut self, most: u8, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most.saturating_add(1)))
            .map(|_at| one(self))
            .collect()
    }

    pub(crate) fn run(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte() % 64).min(self.bytes.len());
        let (run, rest) = self.bytes.split_at_checked(length).unwrap_or_default();
        self.bytes = rest;
        run.to_vec()
    }

    pub(crate) fn hash(&mut self) -> [u8; 32] {
        [self.below(4); 32]
    }

    pub(crate) fn scope(&mut self) -> ScopeId {
        match self.below(8) {
            0..=2 => ScopeId(1),
            3..=4 => ScopeId(2),
            5 => ScopeId::guest_of(SITE),
            6 => ScopeId(9),
            _ => ScopeId(self.short()),
        }
    }

    pub(crate) fn device(&mut self) -> DeviceId {
        match self.below(8) {
            0..=4 => OWN,
            5..=6 => OTHER,
            _ => DeviceId(self.short()),
        }
    }

    pub(crate) fn position(&mut self) -> LogPosition {
        LogPosition {
            device: self.device(),
            epoch: self.short(),
            seq: self.place(),
        }
    }

    pub(crate) fn head(&mut self) -> LogHead {
        let LogPosition { device, epoch, seq } = self.position();
        let chain = ChainHash::from_bytes(self.hash());
        LogHead {
            device,
            epoch,
            seq,
            chain,
        }
    }

    pub(crate) fn cursor(&mut self) -> Cursor {
        Cursor {
            scope: self.scope(),
            feed_epoch: self.short(),
            position: self.place(),
            digest: FeedDigest([self.below(3); 16]),
        }
    }

    pub(crate) fn blob(&mut self) -> (Blob, BlobTree, Vec<u8>) {
        let sizes = [1, 65_536, 65_537, 200_000];
        let size = self.one_of(&sizes).unwrap_or(1);
        let bytes = vec![self.below(3); size];
        let fallback = || BlobTree::of(&[0]).map(|(blob, tree)| (blob, tree, vec![0]));
        let whole = BlobTree::of(&bytes).map(|(blob, tree)| (blob, tree, bytes));
        match whole.or_else(fallback) {
            Some(whole) => whole,
            None => unreachable!("a blob of one byte is one"),
        }
    }

    pub(crate) fn signature(&mut self) -> crypto::Signature {
        if self.is() {
            return key().sign("posta/hostile", &[self.byte()]);
        }
        crypto::Signature::from_bytes([self.byte(); 64])
    }
}
