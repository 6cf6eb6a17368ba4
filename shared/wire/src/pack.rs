//! Packing of runs of entries and items: zstd, or as they are where that is shorter.
//!
//! The first byte says which. Unpacking never makes more than it was told to.
//!
//! Runs in brief ([`crate::brief`]) are packed with a dictionary, and then only so: who reads them knows which.

use std::sync::LazyLock;

use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::dictionary;

/// Why bytes do not unpack. Refuse what they came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum UnpackError {
    /// They would unpack to more than the bound.
    #[error("packed bytes unpack to more than {bound} bytes")]
    TooLarge {
        /// What they may unpack to.
        bound: usize,
    },
    /// They are not packed bytes.
    #[error("packed bytes are damaged")]
    Damaged,
}

const AS_IS: u8 = 0;
const ZSTD: u8 = 1;
/// In brief, with the first dictionary.
const BRIEF: u8 = 2;

/// How every zstd frame begins. Where nothing else can stand it is not sent.
pub(crate) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The level: on runs of 32 kB about as dense as the highest ones, at a tenth of their time.
const LEVEL: i32 = 9;

/// The level in brief: higher ones save a hundredth and take several times as long.
const BRIEF_LEVEL: i32 = 12;

/// The dictionary as the packer wants it. To make that takes longer than to pack a visit, so it is made once.
static PACKING: LazyLock<Option<EncoderDictionary<'static>>> =
    LazyLock::new(|| EncoderDictionary::try_copy(dictionary::FIRST, BRIEF_LEVEL).ok());

/// The dictionary as the unpacker wants it.
static UNPACKING: LazyLock<Option<DecoderDictionary<'static>>> =
    LazyLock::new(|| DecoderDictionary::try_copy(dictionary::FIRST).ok());

/// Packs a run in brief; none if that fails.
pub(crate) fn pack_brief(brief: &[u8]) -> Option<Vec<u8>> {
    let compressed = compress_brief(brief).ok()?;
    let frame = compressed.strip_prefix(&MAGIC)?;
    Some([&[BRIEF], frame].concat())
}

fn compress_brief(brief: &[u8]) -> std::io::Result<Vec<u8>> {
    use zstd::zstd_safe::CParameter;

    let dictionary = PACKING.as_ref().ok_or(std::io::ErrorKind::OutOfMemory)?;
    let mut compressor = zstd::bulk::Compressor::with_prepared_dictionary(dictionary)?;
    // The first byte has said which dictionary.
    compressor.set_parameter(CParameter::DictIdFlag(false))?;
    compressor.compress(brief)
}

/// Says whether a run is packed in brief.
pub(crate) fn is_brief(packed: &[u8]) -> bool {
    packed.first() == Some(&BRIEF)
}

/// Unpacks a run in brief to at most `bound`.
pub(crate) fn unpack_brief(packed: &[u8], bound: usize) -> Result<Vec<u8>, UnpackError> {
    let Some((&BRIEF, frame)) = packed.split_first() else {
        return Err(UnpackError::Damaged);
    };
    let frame = [&MAGIC, frame].concat();
    let size = size_of(&frame, bound)?;
    let dictionary = UNPACKING.as_ref().ok_or(UnpackError::Damaged)?;
    let decompressor = zstd::bulk::Decompressor::with_prepared_dictionary(dictionary);
    decompressor
        .and_then(|mut it| it.decompress(&frame, size))
        .map_err(|_opaque| UnpackError::Damaged)
}

/// Packs bytes. It costs at most one byte.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    // A failure to compress (out of memory, in effect) leaves the other way.
    let compressed = zstd::bulk::compress(bytes, LEVEL).unwrap_or_else(|_failed| bytes.to_vec());
    let (how, body) = if compressed.len() < bytes.len() {
        (ZSTD, compressed.as_slice())
    } else {
        (AS_IS, bytes)
    };
    [&[how], body].concat()
}

/// Unpacks bytes to at most `bound`.
pub(crate) fn unpack(packed: &[u8], bound: usize) -> Result<Vec<u8>, UnpackError> {
    let (how, body) = packed.split_first().ok_or(UnpackError::Damaged)?;
    match *how {
        AS_IS if body.len() > bound => Err(UnpackError::TooLarge { bound }),
        AS_IS => Ok(body.to_vec()),
        ZSTD => decompress(body, bound),
        _ => Err(UnpackError::Damaged),
    }
}

fn decompress(body: &[u8], bound: usize) -> Result<Vec<u8>, UnpackError> {
    let size = size_of(body, bound)?;
    zstd::bulk::decompress(body, size).map_err(|_opaque| UnpackError::Damaged)
}

/// Returns what a frame says that it unpacks to, if that is within the bound.
pub(crate) fn size_of(frame: &[u8], bound: usize) -> Result<usize, UnpackError> {
    use zstd::zstd_safe::get_frame_content_size;

    // Our own frames always say their size. One that does not is not ours.
    let size = get_frame_content_size(frame)
        .map_err(|_not_a_frame| UnpackError::Damaged)?
        .ok_or(UnpackError::Damaged)?;
    let size = usize::try_from(size).map_err(|_huge| UnpackError::TooLarge { bound })?;
    if size > bound {
        return Err(UnpackError::TooLarge { bound });
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_repeats_packs_small_and_the_bound_holds() {
        let bytes = vec![7; 1_000_000];
        let packed = pack(&bytes);

        assert!(packed.len() < 200, "{} bytes", packed.len());
        assert_eq!(unpack(&packed, 1_000_000), Ok(bytes));
        assert_eq!(
            unpack(&packed, 999_999),
            Err(UnpackError::TooLarge { bound: 999_999 })
        );
    }

    #[test]
    fn a_frame_that_hides_its_size_is_refused() {
        let mut hidden = vec![ZSTD];
        let mut encoder = zstd::stream::Encoder::new(&mut hidden, LEVEL).unwrap();
        std::io::Write::write_all(&mut encoder, &vec![7; 1_000_000]).unwrap();
        encoder.finish().unwrap();

        assert_eq!(unpack(&hidden, 10_000_000), Err(UnpackError::Damaged));
    }

    #[test]
    fn a_frame_that_lies_about_its_size_is_refused() {
        let mut packed = pack(&vec![7; 1_000]);
        // The content size of a single-segment frame begins in byte 5 after the descriptor.
        for at in 5..packed.len() {
            packed[at] ^= 1;
            assert!(unpack(&packed, 100_000).map_or(true, |bytes| bytes.len() <= 100_000));
            packed[at] ^= 1;
        }
    }

    proptest! {
        #[test]
        fn any_bytes_unpack_to_what_was_packed(bytes: Vec<u8>) {
            let packed = pack(&bytes);

            prop_assert!(packed.len() <= bytes.len() + 1);
            prop_assert_eq!(unpack(&packed, bytes.len()), Ok(bytes));
        }

        #[test]
        fn any_run_in_brief_unpacks_to_what_was_packed(bytes: Vec<u8>) {
            let packed = pack_brief(&bytes).unwrap();

            prop_assert!(is_brief(&packed) && !is_brief(&pack(&bytes)));
            prop_assert_eq!(unpack_brief(&packed, bytes.len()), Ok(bytes));
        }

        #[test]
        fn arbitrary_frames_in_brief_never_unpack_beyond_the_bound(tail: Vec<u8>, bound in 0_usize..4096) {
            if let Ok(unpacked) = unpack_brief(&[vec![BRIEF], tail].concat(), bound) {
                prop_assert!(unpacked.len() <= bound);
            }
        }

        #[test]
        fn arbitrary_bytes_never_unpack_beyond_the_bound(bytes: Vec<u8>, bound in 0_usize..4096) {
            if let Ok(unpacked) = unpack(&bytes, bound) {
                prop_assert!(unpacked.len() <= bound);
            }
        }

        #[test]
        fn arbitrary_frames_never_unpack_beyond_the_bound(tail: Vec<u8>, bound in 0_usize..4096) {
            let mut bytes = vec![ZSTD, 0x28, 0xb5, 0x2f, 0xfd];
            bytes.extend(tail);

            if let Ok(unpacked) = unpack(&bytes, bound) {
                prop_assert!(unpacked.len() <= bound);
            }
        }
    }
}
