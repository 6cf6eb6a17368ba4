//! What comes over the wire.

use audit::LogHead;
use crypto::{PublicKey, SigningKey};
use ipld_core::ipld::Ipld;
use record::DeviceId;
use wire::{BlobMessage, Early, LENGTH_BYTES, Message, Segment, frame_length};

macro_rules! golden {
    ($($name:literal),* $(,)?) => {
        [$(include_bytes!(concat!("../../fixtures/wire/", $name))),*]
    };
}

/// Of every kind, from every release.
const GOLDEN: [&[u8]; 52] = golden![
    "v1/done-answered.cbor",
    "v1/done-asked.cbor",
    "v1/enrol.cbor",
    "v1/enrolling-approved.cbor",
    "v1/enrolling-pending.cbor",
    "v1/feed-packed.cbor",
    "v1/feed-short.cbor",
    "v1/fetch.cbor",
    "v1/fetched-unknown.cbor",
    "v1/fetched.cbor",
    "v1/hello-again.cbor",
    "v1/hello-feeds-wait.cbor",
    "v1/hello-packs.cbor",
    "v1/hello-sized.cbor",
    "v1/hello.cbor",
    "v1/pack-packed.cbor",
    "v1/probe.cbor",
    "v1/probed.cbor",
    "v1/push-packed.cbor",
    "v1/push-short.cbor",
    "v1/refused.cbor",
    "v1/repair-compare.cbor",
    "v1/repair-give-up.cbor",
    "v1/repair-items-packed.cbor",
    "v1/repair-want.cbor",
    "v1/show-asked.cbor",
    "v1/show-carried.cbor",
    "v1/stored.cbor",
    "v1/taken.cbor",
    "v1/welcome-repair.cbor",
    "v1/welcome.cbor",
    "v2/done-ends.cbor",
    "v2/show-roster.cbor",
    "v2/pack-told-first.cbor",
    "v2/pack-told-second.cbor",
    "v2/pack-tells.cbor",
    "v2/stored-place.cbor",
    "v2/wait.cbor",
    "v2/declined.cbor",
    "v2/early.cbor",
    "v2/enrol-proves.cbor",
    "v2/feed-brief.cbor",
    "v2/feed-sealed.cbor",
    "v2/meet-roster.cbor",
    "v2/meet.cbor",
    "v2/push-brief.cbor",
    "v2/return-after.cbor",
    "v2/return-items-packed.cbor",
    "v2/return-marks.cbor",
    "v2/return-no.cbor",
    "v2/return-offer.cbor",
    "v2/welcome-early.cbor",
];

/// Attachments: what is lacking, an offer, a group.
const BLOBS: [&[u8]; 7] = [
    include_bytes!("../../fixtures/wire/v2/want.cbor"),
    include_bytes!("../../fixtures/wire/v2/want-nothing.cbor"),
    include_bytes!("../../fixtures/wire/v2/want-refused.cbor"),
    include_bytes!("../../fixtures/wire/v2/want-whole.cbor"),
    include_bytes!("../../fixtures/wire/v2/blob-offer.cbor"),
    include_bytes!("../../fixtures/wire/v2/blob-group.cbor"),
    include_bytes!("../../fixtures/wire/v2/blob-refused.cbor"),
];

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

/// Reads a message, and a frame's length. What was read and can be written is read again alike.
pub(crate) fn message(bytes: &[u8]) {
    if let Some(prefix) = bytes.first_chunk::<LENGTH_BYTES>() {
        let _length = frame_length(*prefix);
    }
    let Ok(message) = Message::from_bytes(bytes) else {
        return;
    };
    if let Ok(written) = message.to_bytes() {
        let again = Message::from_bytes(&written);
        assert_eq!(again.as_ref(), Ok(&message), "it is read again alike");
    }
    if let Message::Push(segment) | Message::Early(Early { segment, .. }) = &message {
        open(segment, &key().public());
    }
    if let Message::Blob(blob) = &message {
        prove(blob);
    }
}

/// What is proven to be a group of the golden file is that group.
fn prove(message: &BlobMessage) {
    let Ok(Message::Blob(golden)) = Message::from_bytes(BLOBS[5]) else {
        unreachable!("it is a group");
    };
    let Some(group) = &message.group else {
        return;
    };
    let proven = message
        .blob
        .verify(group.number, &group.bytes, &group.proof);
    if proven.is_ok() && message.blob.hash() == golden.blob.hash() {
        assert_eq!(message, &golden, "nothing else is proven by its hash");
    }
}

/// Opens a segment that nobody vouches for.
fn open(segment: &Segment, key: &PublicKey) {
    let told = segment.after();
    if let Ok(opened) = segment.open(key) {
        assert_eq!(opened.after().seq, segment.last_seq());
        assert_eq!(told.ok(), Some(opened.after()));
    }
}

/// Puts the bytes in the place of what is packed in a segment and in a batch, as they are.
pub(crate) fn packed(bytes: &[u8]) {
    let as_is = [&[0], bytes].concat();
    for golden in GOLDEN {
        for packed in [bytes, &as_is] {
            if let Some(altered) = with_packed(golden, packed) {
                message(&altered);
            }
        }
    }
    let segment = Segment::seal(
        LogHead::start(DeviceId(3), 1),
        &[bytes.to_vec(), Vec::new()],
        &key(),
    );
    if let Ok(segment) = segment {
        let opened = segment.open(&key().public());
        let entries = opened.map(|it| it.entries.len());
        assert_eq!(entries, Ok(segment.count() as usize));
    }
}

/// Returns a message with other packed bytes; none if it has no packed bytes.
fn with_packed(message: &[u8], packed: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<Ipld> = serde_ipld_dagcbor::from_slice(message).ok()?;
    let Ipld::Map(body) = parts.get_mut(1)? else {
        return None;
    };
    let member = body.get_mut("z")?;
    *member = Ipld::Bytes(packed.to_vec());
    serde_ipld_dagcbor::to_vec(&parts).ok()
}

pub(crate) fn message_seeds() -> Vec<Vec<u8>> {
    GOLDEN.iter().chain(&BLOBS).map(|it| it.to_vec()).collect()
}

pub(crate) fn packed_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for golden in GOLDEN {
        let parts: Option<Vec<Ipld>> = serde_ipld_dagcbor::from_slice(golden).ok();
        if let Some([_kind, Ipld::Map(body)]) = parts.as_deref()
            && let Some(Ipld::Bytes(packed)) = body.get("z")
        {
            seeds.push(packed.clone());
            // Without the byte that says that it is not packed, it is what `packed` tries as it is.
            if let [0, plain @ ..] = &packed[..] {
                seeds.push(plain.to_vec());
            }
        }
    }
    seeds
}
