//! What others are packed in: bundles on a stick, packs of whole charts, groups of attachments.

use std::io::Read as _;

use crypto::{
    Blob, BlobTree, BoxKey, GROUP_BYTES, Hasher, OpeningReader, Signature, SigningKey, seal_to,
};
use ipld_core::ipld::Ipld;
use wire::limits::{MAX_PACK_CHANGES, MAX_PACK_CHARTS, MAX_PACK_UNPACKED_BYTES};
use wire::{
    BundleReader, ChartPack, LENGTH_BYTES, Message, PackMark, PackRow, PackedChart, Proven,
    frame_length,
};

use crate::draw::Draw;

/// What bundles are signed for, and packs.
const BUNDLE_DOMAIN: &str = "posta/bundle/v1";
const PACK_DOMAIN: &str = "posta/pack/v1";

/// The kind of a bundle's last frame.
const BUNDLE_END: u16 = 33;

const SEALED: &[u8] = include_bytes!("../../fixtures/bundle/v1/from-hub.bundle");
const OPENED: [&[u8]; 2] = [
    include_bytes!("../../fixtures/bundle/v1/from-hub.opened"),
    include_bytes!("../../fixtures/bundle/v1/from-device.opened"),
];
const PACK: &[u8] = include_bytes!("../../fixtures/wire/v1/pack-packed.cbor");

fn key() -> SigningKey {
    SigningKey::from_seed([5; 32])
}

fn box_key() -> BoxKey {
    BoxKey::from_seed([8; 32])
}

/// Reads the bytes as a bundle, as one whose frames its writer signed whatever they are, and as an envelope around one.
pub(crate) fn bundle(bytes: &[u8]) {
    if let Ok(reader) = BundleReader::new(bytes)
        && let Ok(proven) = reader.prove(&key().public())
    {
        assert!(
            OPENED.contains(&bytes) || resigned(bytes),
            "nobody else signs"
        );
        read_again(&proven, bytes);
    }
    let signed = signed(bytes);
    if let Ok(reader) = BundleReader::new(signed.as_slice()) {
        match reader.prove(&key().public()) {
            Ok(proven) => read_again(&proven, &signed),
            Err(error) => drop(error.to_string()),
        }
    }
    envelope(bytes);
}

/// What was proven is read again, message after message, and of other bytes nothing.
fn read_again(proven: &Proven, bytes: &[u8]) {
    let Ok(messages) = proven.messages(bytes) else {
        unreachable!("it was read before");
    };
    assert_eq!(messages.count(), proven.len());
    let mut altered = bytes.to_vec();
    if let Some(last) = altered.get_mut(bytes.len() / 2) {
        *last ^= 1;
    }
    if let Ok(messages) = proven.messages(altered.as_slice()) {
        let alike = messages.zip(proven.messages(bytes).into_iter().flatten());
        for (found, first) in alike {
            if let (Ok(found), Ok(first)) = (found, first) {
                assert_eq!(found, first, "only what was proven is handed out");
            }
        }
    }
}

/// Tells whether these bytes are what [`signed`] makes of themselves without their end.
fn resigned(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut last = 0;
    let magic = rest
        .iter()
        .position(|it| *it == b'\n')
        .map_or(0, |it| it + 1);
    rest = rest.get(magic..).unwrap_or_default();
    while let Some((prefix, more)) = rest.split_first_chunk::<LENGTH_BYTES>() {
        last = bytes.len() - rest.len();
        let length = frame_length(*prefix).unwrap_or(0);
        rest = more.get(length..).unwrap_or_default();
    }
    signed(bytes.get(..last).unwrap_or_default()) == bytes
}

/// Ends a bundle after the whole frames that it has, and signs it.
fn signed(bytes: &[u8]) -> Vec<u8> {
    let magic = bytes
        .iter()
        .position(|it| *it == b'\n')
        .map_or(0, |it| it + 1);
    let (mut at, mut frames) = (magic, 0_u64);
    while let Some(prefix) = bytes
        .get(at..)
        .and_then(|it| it.first_chunk::<LENGTH_BYTES>())
    {
        let Ok(length) = frame_length(*prefix) else {
            break;
        };
        let end = at + LENGTH_BYTES + length;
        if end > bytes.len() {
            break;
        }
        (at, frames) = (end, frames + 1);
    }
    let whole = bytes.get(..at).unwrap_or_default();
    let mut hasher = Hasher::default();
    hasher.update(whole);
    let signature = key().sign(BUNDLE_DOMAIN, hasher.so_far().as_bytes());
    // The first frame is the header.
    let messages = i128::from(frames.saturating_sub(1));
    let body = [
        ("n".to_owned(), Ipld::Integer(messages)),
        ("s".to_owned(), Ipld::Bytes(signature.as_bytes().to_vec())),
    ];
    let end = (BUNDLE_END, Ipld::Map(body.into()));
    let end = serde_ipld_dagcbor::to_vec(&end).unwrap_or_default();
    let length = u32::try_from(end.len()).unwrap_or(0).to_be_bytes();
    [whole, &length, &end].concat()
}

/// An envelope that was cut or altered yields no whole bundle.
fn envelope(bytes: &[u8]) {
    let Ok(mut reader) = OpeningReader::new(&box_key(), bytes) else {
        return;
    };
    let mut opened = Vec::new();
    if reader.read_to_end(&mut opened).is_ok() {
        assert!(
            opened == OPENED[0] || opened.is_empty(),
            "nobody else sealed it"
        );
    }
}

pub(crate) fn bundle_seeds() -> Vec<Vec<u8>> {
    let empty = seal_to(&[box_key().public()], &[]).ok();
    let opened = OPENED.iter().map(|it| it.to_vec());
    let without_end = OPENED[0].get(..OPENED[0].len().saturating_sub(80));
    opened
        .chain([SEALED.to_vec()])
        .chain(empty)
        .chain(without_end.map(<[u8]>::to_vec))
        .collect()
}

/// Opens a pack that the hub signed, whatever is packed in it.
pub(crate) fn pack(bytes: &[u8]) {
    let as_is = [&[0], bytes].concat();
    let first = [&[3, 0, 0, 0, 0], raw_frame(bytes).as_slice()].concat();
    for packed in [bytes, &as_is, &first] {
        let Some(pack) = pack_of(packed) else {
            continue;
        };
        if let Ok(charts) = pack.open(&key().public()) {
            within_limits(&charts);
            packed_again(&charts);
        }
    }
}

/// Returns a zstd frame without its magic number that holds these bytes as they are, in one block (RFC 8878, 3.1.1).
fn raw_frame(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.get(..bytes.len().min(128 * 1024)).unwrap_or(bytes);
    let size = u32::try_from(bytes.len()).unwrap_or(0);
    // One segment, its size in four bytes; then the last block, raw.
    let block = (size << 3 | 1).to_le_bytes();
    let [low, middle, high, _] = block;
    [
        &[0xa0],
        size.to_le_bytes().as_slice(),
        &[low, middle, high],
        bytes,
    ]
    .concat()
}

fn within_limits(charts: &[PackedChart]) {
    assert!(charts.len() <= MAX_PACK_CHARTS);
    let changes = charts.iter().flat_map(|it| &it.changes);
    let sizes = changes.map(|it| it.payload.as_ref().map_or(0, Vec::len));
    let sizes: Vec<usize> = sizes.collect();
    assert!(sizes.len() <= MAX_PACK_CHANGES);
    assert!(sizes.iter().sum::<usize>() <= 2 * MAX_PACK_UNPACKED_BYTES);
}

/// What was read can be packed, and is read alike.
fn packed_again(charts: &[PackedChart]) {
    let after = charts.iter().skip(1);
    let twice = charts
        .iter()
        .zip(after)
        .any(|(one, next)| one.chart == next.chart);
    let mut rows: Vec<PackRow> = Vec::new();
    for PackedChart { chart, changes } in charts {
        let changes: Vec<_> = changes.iter().cloned().map(Some).collect();
        for change in if changes.is_empty() {
            vec![None]
        } else {
            changes
        } {
            let mark = PackMark {
                chart: 1,
                change: rows.len() as u64 + 1,
            };
            let chart = *chart;
            rows.push(PackRow {
                mark,
                chart,
                change,
            });
        }
    }
    let Some(golden) = golden_pack() else {
        unreachable!("it is a pack");
    };
    let made = ChartPack::seal(golden.head(), PackMark::START, &rows, true, &key());
    if let Ok(made) = made
        && made.is_last()
        && !twice
    {
        let again = made.open(&key().public());
        assert!(again.is_ok_and(|it| it == charts), "it is read again alike");
    }
}

fn golden_pack() -> Option<ChartPack> {
    match Message::from_bytes(PACK) {
        Ok(Message::Pack(pack)) => Some(pack),
        Ok(_) | Err(_) => None,
    }
}

/// Returns the golden pack with other bytes packed in it, signed.
fn pack_of(packed: &[u8]) -> Option<ChartPack> {
    let pack = golden_pack()?;
    let (head, from, to) = (pack.head(), pack.from(), pack.progress().mark);
    let said: [&[u8]; 10] = [
        &head.scope.0.to_be_bytes(),
        &head.feed_epoch.to_be_bytes(),
        &head.position.to_be_bytes(),
        &head.digest.0,
        &from.chart.to_be_bytes(),
        &from.change.to_be_bytes(),
        &to.chart.to_be_bytes(),
        &to.change.to_be_bytes(),
        &[u8::from(pack.is_last())],
        &crypto::sha256(packed),
    ];
    let signature = key().sign(PACK_DOMAIN, &said.concat());
    let altered = with(PACK, packed, &signature)?;
    match Message::from_bytes(&altered) {
        Ok(Message::Pack(pack)) => Some(pack),
        Ok(_) | Err(_) => None,
    }
}

fn with(message: &[u8], packed: &[u8], signature: &Signature) -> Option<Vec<u8>> {
    let mut parts: Vec<Ipld> = serde_ipld_dagcbor::from_slice(message).ok()?;
    let Ipld::Map(body) = parts.get_mut(1)? else {
        return None;
    };
    *body.get_mut("z")? = Ipld::Bytes(packed.to_vec());
    *body.get_mut("s")? = Ipld::Bytes(signature.as_bytes().to_vec());
    serde_ipld_dagcbor::to_vec(&parts).ok()
}

pub(crate) fn pack_seeds() -> Vec<Vec<u8>> {
    let parts: Option<Vec<Ipld>> = serde_ipld_dagcbor::from_slice(PACK).ok();
    let mut seeds = Vec::new();
    if let Some([_kind, Ipld::Map(body)]) = parts.as_deref()
        && let Some(Ipld::Bytes(packed)) = body.get("z")
    {
        seeds.push(packed.clone());
        // What it unpacks to, as far as this release packs it plainly.
        if let [0, plain @ ..] = packed.as_slice() {
            seeds.push(plain.to_vec());
        }
    }
    seeds.extend(plain_columns());
    seeds
}

/// Two charts in columns, as they are before packing: three changes whose bytes are no changes, one of the reader's own.
fn plain_columns() -> Option<Vec<u8>> {
    let numbers = |of: &[i128]| Ipld::List(of.iter().copied().map(Ipld::Integer).collect());
    let columns = Ipld::List(vec![
        Ipld::Bytes([[1; 16], [2; 16]].concat()),
        numbers(&[3, 1]),
        numbers(&[3, 3, 4, 4]),
        numbers(&[1, 1, 1, 1]),
        numbers(&[1, 1, -1, 1]),
        numbers(&[1_790_000_000_000, 1, 1, 1]),
        numbers(&[2, 2, 2, 2]),
        numbers(&[3, 0, 2, 4]),
        Ipld::Bytes(vec![0, 1, 2, 0, 9, 0, 5, 6, 7]),
    ]);
    serde_ipld_dagcbor::to_vec(&columns).ok()
}

/// Proves a group of a blob with whatever the input makes of its bytes, its proof and its number: only the real one is
/// proven. So it is with the hashes of all groups.
pub(crate) fn blob(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    let (blob, tree, content) = draw.blob();
    let number = u32::from(draw.below(6));
    let real = usize::try_from(number).ok();
    let real = real.and_then(|it| content.chunks(GROUP_BYTES).nth(it));
    let (mut group, mut proof) = (
        real.unwrap_or_default().to_vec(),
        tree.proof(number).unwrap_or_default(),
    );
    let mut hashes = tree.groups().to_vec();
    for _ in 0..draw.below(4) {
        alter(&mut draw, &mut group, &mut proof, &mut hashes);
    }
    let claimed = if draw.is() {
        Some(blob)
    } else {
        Blob::new(blob.hash(), draw.number())
    };
    let Some(claimed) = claimed else { return };
    if claimed.verify(number, &group, &proof).is_ok() {
        assert_eq!(
            Some(group.as_slice()),
            real,
            "only what was named is proven"
        );
        assert_eq!(claimed, blob, "of a wrong size nothing is proven");
    }
    // That the size is right shows only where the bytes are.
    if let Some(found) = BlobTree::from_groups(&blob, hashes) {
        assert_eq!(found, tree, "only the hashes of all groups are taken");
    }
}

fn alter(
    draw: &mut Draw<'_>,
    group: &mut Vec<u8>,
    proof: &mut Vec<[u8; 32]>,
    hashes: &mut Vec<[u8; 32]>,
) {
    match draw.below(8) {
        0 => group.truncate(usize::from(draw.byte())),
        1 => group.push(draw.byte()),
        2 => {
            let at = usize::from(draw.byte());
            if let Some(byte) = group.get_mut(at) {
                *byte ^= draw.byte();
            }
        }
        3 => proof.push(draw.hash()),
        4 => drop(proof.pop()),
        5 => proof.reverse(),
        6 => hashes.push(draw.hash()),
        _ => {
            let at = usize::from(draw.below(4));
            let other = draw.hash();
            for of in [proof, hashes] {
                if let Some(hash) = of.get_mut(at) {
                    *hash = other;
                }
            }
        }
    }
}

pub(crate) fn blob_seeds() -> Vec<Vec<u8>> {
    // Each size, each group, as it is and altered.
    let plays = (0..4_u8).flat_map(|size| (0..4_u8).map(move |group| (size, group)));
    let plain = plays
        .clone()
        .map(|(size, group)| vec![size, 1, group, 0, 1]);
    let altered = plays.map(|(size, group)| vec![size, 1, group, 1, 7, 0, 2, 1]);
    plain.chain(altered).collect()
}
