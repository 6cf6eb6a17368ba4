//! What envelopes promise: each key opens alone, and nothing else opens at all.

use super::*;
use proptest::prelude::*;

fn key(seed: u8) -> BoxKey {
    BoxKey::from_seed([seed; 32])
}

#[test]
fn each_recipient_opens_alone_and_others_do_not() {
    let sealed = seal_to(&[key(1).public(), key(2).public()], b"a database key").unwrap();

    assert_eq!(
        open_with(&key(1), &sealed).unwrap().expose(),
        b"a database key"
    );
    assert_eq!(
        open_with(&key(2), &sealed).unwrap().expose(),
        b"a database key"
    );
    assert_eq!(
        open_with(&key(3), &sealed).unwrap_err(),
        OpenError::NotForThisKey
    );
}

#[test]
fn a_cut_envelope_yields_nothing() {
    let sealed = seal_to(&[key(1).public()], &[7; 200_000]).unwrap();

    for length in [0, 1, 100, 65_000, 150_000, sealed.len() - 1] {
        let opened = open_with(&key(1), &sealed[..length]);
        assert_eq!(opened.unwrap_err(), OpenError::Damaged, "cut to {length}");
    }
}

#[test]
fn an_envelope_for_nobody_or_of_any_size_is_refused() {
    let nobody = seal_to(&[], b"x");
    let huge = seal_to(&[key(1).public()], &vec![0; MAX_BYTES + 1]);
    let crowd = seal_to(&vec![key(1).public(); MAX_RECIPIENTS + 1], b"x");

    assert!(matches!(nobody, Err(SealError::NoRecipient)));
    assert!(matches!(huge, Err(SealError::TooLarge)));
    assert!(matches!(crowd, Err(SealError::TooLarge)));
    assert_eq!(
        open_with(&key(1), &vec![0; 2 * MAX_BYTES + 1]).unwrap_err(),
        OpenError::Damaged
    );
}

#[test]
fn the_largest_envelope_opens() {
    let sealed = seal_to(&vec![key(1).public(); MAX_RECIPIENTS], &vec![7; MAX_BYTES]).unwrap();

    assert_eq!(
        open_with(&key(1), &sealed).unwrap().expose().len(),
        MAX_BYTES
    );
}

#[test]
fn a_public_key_reads_back_what_it_spells() {
    let public = key(9).public();

    assert!(public.to_string().starts_with("age1"));
    assert_eq!(public.to_string().parse(), Ok(public));
    assert_eq!(BoxPublicKey::from_bytes(*public.as_bytes()), Ok(public));
}

#[test]
fn other_texts_are_no_keys() {
    let secret = bech32::encode::<bech32::Bech32>(SECRET_PREFIX, &[1; 32]).unwrap();
    let short = bech32::encode::<bech32::Bech32>(PUBLIC_PREFIX, &[1; 31]).unwrap();

    for text in [
        "",
        "age1",
        secret.as_str(),
        short.as_str(),
        &"age1".repeat(9_999),
    ] {
        assert_eq!(
            text.parse::<BoxPublicKey>(),
            Err(BoxKeyError),
            "reading {text:?}"
        );
    }
}

#[test]
fn keys_that_would_make_age_panic_are_refused() {
    for point in SMALL_ORDER {
        let mut high_bit = point;
        high_bit[31] |= 0x80;

        assert_eq!(BoxPublicKey::from_bytes(point), Err(BoxKeyError));
        assert_eq!(BoxPublicKey::from_bytes(high_bit), Err(BoxKeyError));
        let unchecked = std::panic::catch_unwind(|| seal_to(&[BoxPublicKey(point)], b"x").is_ok());
        assert!(unchecked.is_err(), "{point:02x?} need not be refused");
    }
}

#[test]
fn a_secret_key_does_not_print_itself() {
    assert_eq!(format!("{:?}", key(1)), "BoxKey(redacted)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(plain: Vec<u8>, seed: [u8; 32]) {
        let key = BoxKey::from_seed(seed);

        let sealed = seal_to(&[key.public()], &plain).unwrap();

        let opened = open_with(&key, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &plain[..]);
    }

    #[test]
    fn an_altered_envelope_yields_nothing(at: prop::sample::Index, by in 1_u8..) {
        let mut sealed = seal_to(&[key(1).public()], b"a database key").unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= by;

        prop_assert!(open_with(&key(1), &sealed).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_no_envelope(bytes: Vec<u8>) {
        prop_assert!(open_with(&key(1), &bytes).is_err());

        let mut headed = b"age-encryption.org/v1\n".to_vec();
        headed.extend(bytes);
        prop_assert!(open_with(&key(1), &headed).is_err());
    }
}

#[test]
fn a_secret_key_reads_back_from_an_identity_file() {
    let key = BoxKey::from_seed([5; 32]);
    let spelt = key.spelt();
    assert!(spelt.starts_with("AGE-SECRET-KEY-1"));

    let file = format!("# kept by somebody\n\n  {}\r\n# end\n", spelt.as_str());
    let read = BoxKey::from_identity_file(&file).unwrap();
    assert_eq!(read.seed(), key.seed());
    let lower = spelt.to_lowercase();
    assert!(BoxKey::from_identity_file(&lower).is_ok());
    let theirs: age::x25519::Identity = spelt.parse().unwrap();
    assert_eq!(theirs.to_public().to_string(), key.public().to_string());

    let twice = format!("{}\n{}", spelt.as_str(), spelt.as_str());
    let mistyped = spelt.replacen('Q', "P", 1).replacen('Z', "X", 1);
    for bad in [
        "",
        "# nothing",
        &twice,
        &mistyped,
        &key.public().to_string(),
    ] {
        assert!(BoxKey::from_identity_file(bad).is_err(), "{bad}");
    }
}
