//! What the packs before have told. The next one is compressed against it, as if all were one.

use zstd::zstd_safe::{CCtx, CParameter, DCtx, compress_bound};

use crate::dictionary;
use crate::pack::{MAGIC, UnpackError, size_of};

/// The first byte of a pack that is compressed so; the packs that [`crate::pack`] makes have others.
const CHAINED: u8 = 3;

/// The level: 9 takes a third of the time and makes 3.5 % more, 15 seven times as long for 2.5 % less.
const LEVEL: i32 = 12;

/// The logarithm of how far back a match may be: the window and a pack.
const WINDOW_LOG: u32 = 23;

/// How many bytes say how much of the window a pack was compressed against, big-endian.
const LENGTH_BYTES: usize = 4;

/// What the packs of a session have told so far, to the one who packs and the one who unpacks alike. Both begin empty.
#[derive(Default, Clone)]
pub struct PackWindow {
    told: Vec<u8>,
}

impl PackWindow {
    /// How much is kept: with half of it packs are 2 % larger.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// Packs what a pack holds; none if that fails.
    pub(super) fn pack(&self, content: &[u8]) -> Option<Vec<u8>> {
        let before = [dictionary::FIRST, self.told.as_slice()].concat();
        let mut frame = vec![0; compress_bound(content.len())];
        let mut context = CCtx::try_create()?;
        let ready = context
            .set_parameter(CParameter::CompressionLevel(LEVEL))
            .and_then(|_| context.set_parameter(CParameter::WindowLog(WINDOW_LOG)))
            .and_then(|_| context.ref_prefix(&before));
        ready.ok()?;
        let length = context.compress2(frame.as_mut_slice(), content).ok()?;
        let frame = frame.get(..length)?.strip_prefix(&MAGIC)?;
        let told = u32::try_from(self.told.len()).ok()?.to_be_bytes();
        Some([&[CHAINED], told.as_slice(), frame].concat())
    }

    /// Unpacks what [`Self::pack`] packed, to at most `bound`. What was packed against more than is known here is damaged.
    pub(super) fn unpack(&self, packed: &[u8], bound: usize) -> Result<Vec<u8>, UnpackError> {
        let damaged = UnpackError::Damaged;
        let (told, frame) = packed
            .strip_prefix(&[CHAINED])
            .and_then(|it| it.split_first_chunk::<LENGTH_BYTES>())
            .ok_or(damaged)?;
        let told = usize::try_from(u32::from_be_bytes(*told)).map_err(|_huge| damaged)?;
        let from = self.told.len().checked_sub(told).ok_or(damaged)?;
        let told = self.told.get(from..).ok_or(damaged)?;
        let before = [dictionary::FIRST, told].concat();
        let frame = [&MAGIC, frame].concat();
        let size = size_of(&frame, bound)?;
        let mut content = vec![0; size];
        let mut context = DCtx::try_create().ok_or(damaged)?;
        let ready = context.ref_prefix(&before);
        let length = ready
            .and_then(|_| context.decompress(content.as_mut_slice(), &frame))
            .map_err(|_opaque| damaged)?;
        if length == size {
            Ok(content)
        } else {
            Err(damaged)
        }
    }

    /// Takes in what a pack told.
    pub(super) fn add(&mut self, content: &[u8]) {
        self.told.extend_from_slice(content);
        let above = self.told.len().saturating_sub(Self::MAX_BYTES);
        self.told.drain(..above);
    }
}

/// Says whether a pack is compressed against those before it.
pub(super) fn is_chained(packed: &[u8]) -> bool {
    packed.first() == Some(&CHAINED)
}

impl std::fmt::Debug for PackWindow {
    /// Leaves out what was told, which is patients' data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackWindow")
            .field("bytes", &self.told.len())
            .finish_non_exhaustive()
    }
}
