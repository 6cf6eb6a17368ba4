//! What a bundle holds comes back, and nothing that was cut or altered does.

use crypto::SigningKey;
use proptest::prelude::*;

use super::*;
use crate::message::Message;
use crate::session::Done;

fn key() -> SigningKey {
    SigningKey::from_seed([4; 32])
}

fn header() -> BundleHeader {
    BundleHeader {
        version: Version::TWO,
        from: DeviceId(3),
        to: DeviceId::HUB,
        wall_ms: 1_800_000_000_000,
        id: [5; 16],
    }
}

/// A bundle of some messages.
fn bundle(count: u64) -> Vec<u8> {
    let mut writer = BundleWriter::new(Vec::new(), &header()).unwrap();
    for _each in 0..count {
        writer.add(&Message::Done(Done::default())).unwrap();
    }
    writer.finish(&key()).unwrap()
}

fn prove(bytes: &[u8]) -> Result<Proven, BundleError> {
    BundleReader::new(bytes)?.prove(&key().public())
}

#[test]
fn what_was_written_is_proven_and_reads_back() {
    let bytes = bundle(3);

    let proven = prove(&bytes).unwrap();

    assert_eq!((proven.header(), proven.len()), (&header(), 3));
    let read: Vec<Message> = proven
        .messages(bytes.as_slice())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(read, vec![Message::Done(Done::default()); 3]);
    assert!(prove(&bundle(0)).unwrap().is_empty());
}

#[test]
fn a_bundle_of_someone_else_is_refused() {
    let bytes = bundle(1);

    let other = BundleReader::new(bytes.as_slice())
        .unwrap()
        .prove(&SigningKey::from_seed([9; 32]).public());

    assert!(matches!(other, Err(BundleError::BadSignature)));
}

#[test]
fn a_bundle_cut_anywhere_or_made_longer_is_refused() {
    let bytes = bundle(2);

    for length in 0..bytes.len() {
        assert!(prove(&bytes[..length]).is_err(), "cut at {length}");
    }
    assert!(prove(&[bytes, vec![0]].concat()).is_err());
}

#[test]
fn a_bundle_altered_in_any_byte_is_refused() {
    let bytes = bundle(2);

    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert!(prove(&altered).is_err(), "altered at {at}");
    }
}

#[test]
fn a_file_that_changes_between_the_readings_is_noticed() {
    let proven = prove(&bundle(2)).unwrap();
    let done = Message::Done(Done {
        feeds: Vec::new(),
        ends: Vec::new(),
        roster: None,
        quarantined: vec![crate::session::Quarantined {
            position: audit::LogPosition {
                device: DeviceId(3),
                epoch: 1,
                seq: 1,
            },
            reason: "other".to_owned(),
        }],
    });
    let mut writer = BundleWriter::new(Vec::new(), &header()).unwrap();
    writer.add(&Message::Done(Done::default())).unwrap();
    writer.add(&done).unwrap();
    let other = writer.finish(&key()).unwrap();

    let mut read = proven.messages(other.as_slice()).unwrap();

    assert!(read.next().unwrap().is_ok());
    assert!(matches!(read.next(), Some(Err(BundleError::Changed))));
}

#[test]
fn a_bundle_of_a_newer_release_says_so() {
    let newer = BundleHeader {
        version: Version(900),
        ..header()
    };
    let writer = BundleWriter::new(Vec::new(), &newer).unwrap();
    let bytes = writer.finish(&key()).unwrap();

    assert!(matches!(
        prove(&bytes),
        Err(BundleError::TooNew(Version(900)))
    ));
}

#[test]
fn a_bundle_of_a_newer_format_says_so() {
    let mut bytes = bundle(1);
    let digit = MAGIC.len() - 2;
    bytes[digit] = b'2';

    assert!(matches!(prove(&bytes), Err(BundleError::NewerFormat)));
    bytes[0] = b'P';
    assert!(matches!(prove(&bytes), Err(BundleError::Damaged)));
}

#[test]
fn one_message_more_than_fits_is_neither_written_nor_read() {
    let most = crate::limits::MAX_BUNDLE_MESSAGES;
    let mut writer = BundleWriter::new(std::io::sink(), &header()).unwrap();
    for _each in 0..most {
        writer.add(&Message::Done(Done::default())).unwrap();
    }
    let refused = writer.add(&Message::Done(Done::default()));

    let (mut bytes, done) = (
        BundleWriter::new(Vec::new(), &header())
            .unwrap()
            .into_output(),
        crate::to_frame(&Message::Done(Done::default())).unwrap(),
    );
    for _each in 0..=most {
        bytes.extend(&done);
    }

    assert!(matches!(refused, Err(BundleWriteError::TooMany)));
    assert!(matches!(prove(&bytes), Err(BundleError::TooMany)));
}

proptest! {
    #[test]
    fn any_bytes_are_a_bundle_or_an_error(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [MAGIC, &tail].concat();

        prop_assert!(prove(&bytes).is_err());
        prop_assert!(prove(&tail).is_err());
    }
}
