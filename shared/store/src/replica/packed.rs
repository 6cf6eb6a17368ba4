//! Documents in their column: zstd, or as they are where that is shorter.
//!
//! A zstd frame says by its first bytes that it is one, and no document begins so. So what an older release wrote
//! is read as it stands. Only caches are kept in this form: the log's bytes are what was signed.

/// How a zstd frame begins (RFC 8878).
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The level: a document is packed with every edit, and level 3 makes documents a thousandth smaller.
const LEVEL: i32 = 1;

/// The largest document that is unpacked. A chart has some hundred kB; more than this is nobody's record.
const MAX_BYTES: usize = 256 << 20;

/// Packs a document.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    // A failure to compress (out of memory, in effect) leaves the other way.
    let packed = zstd::bulk::compress(bytes, LEVEL).unwrap_or_default();
    let is_shorter = !packed.is_empty() && packed.len() < bytes.len();
    if is_shorter || bytes.starts_with(&MAGIC) {
        packed
    } else {
        bytes.to_vec()
    }
}

/// Unpacks a document. What is no whole frame comes back as it is: whoever loads it finds it damaged and derives
/// it again from the changes.
pub(super) fn unpack(packed: Vec<u8>) -> Vec<u8> {
    if !packed.starts_with(&MAGIC) {
        return packed;
    }
    let size = zstd::zstd_safe::get_frame_content_size(&packed)
        .ok()
        .flatten()
        .and_then(|it| usize::try_from(it).ok())
        .filter(|it| *it <= MAX_BYTES);
    let unpacked = size.and_then(|it| zstd::bulk::decompress(&packed, it).ok());
    unpacked.unwrap_or(packed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_repeats_is_kept_small() {
        let document = b"{\"system\":\"http://loinc.org\"}".repeat(1_000);

        let packed = pack(&document);

        assert!(packed.len() * 50 < document.len(), "{}", packed.len());
        assert_eq!(unpack(packed), document);
    }

    #[test]
    fn what_an_older_release_wrote_and_what_is_damaged_come_back_as_they_are() {
        let older = vec![0x85, 0x6f, 0x4a, 0x83, 1, 2, 3];
        let mut damaged = pack(&[7; 10_000]);
        damaged.truncate(12);

        assert_eq!(unpack(older.clone()), older);
        assert_eq!(unpack(damaged.clone()), damaged);
    }

    #[test]
    fn a_frame_that_claims_a_terabyte_is_not_unpacked() {
        // Magic, a descriptor for a size of 8 bytes in one segment, the size, and an empty last block.
        let mut bomb = MAGIC.to_vec();
        bomb.push(0b1110_0000);
        bomb.extend((1_u64 << 40).to_le_bytes());
        bomb.extend([1, 0, 0]);

        assert_eq!(unpack(bomb.clone()), bomb);
    }

    proptest! {
        #[test]
        fn unpacking_gives_back_what_was_packed(
            bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
            framed in any::<bool>(),
        ) {
            let bytes = if framed { [MAGIC.to_vec(), bytes].concat() } else { bytes };

            prop_assert_eq!(unpack(pack(&bytes)), bytes);
        }

        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
            unpack([MAGIC.to_vec(), bytes].concat());
        }
    }
}
