//! An invite: what a new computer needs to find the hub, to know it, and to be let in once.
//!
//! It is a secret: whoever has it can ask to be enrolled. It is written in letters and digits that are hard to mistake
//! for each other, and ends in a checksum, so that a slip of the hand is told apart from the wrong text.

use std::fmt;
use std::str::FromStr;

use crypto::{Digest, PublicKey, hash};
use data_encoding::{Encoding, Specification};
use serde_bytes::ByteArray;

/// What every invite of this version begins with.
const PREFIX: &str = "posta";
const VERSION: char = '1';

/// Crockford's alphabet: digits and letters without i, l, o and u.
const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";

/// Letters that are easily put down together.
const GROUP: usize = 5;

/// How many bytes of a hash are appended: one slip in four thousand million goes unnoticed.
const CHECK_BYTES: usize = 4;

/// The longest text that is looked at; a real one has about 230 characters.
const MAX_CHARACTERS: usize = 2_000;

/// The longest address: a host name has at most 253 characters.
const MAX_ADDRESS_BYTES: usize = 270;

/// What a new computer is given to enrol.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// Where the hub listens: host and port.
    pub hub_addr: String,
    /// The key that the hub must prove it holds.
    pub tls: PublicKey,
    /// The key that the roster must be signed with.
    pub roster: PublicKey,
    /// What lets the bearer in, once.
    pub token: [u8; 16],
    /// Until when, in milliseconds since 1970.
    pub expires_ms: u64,
}

/// Why a text is not an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InviteError {
    /// Ask for the text that begins with `posta1-`.
    #[error("this is not an invite: an invite begins with posta1-")]
    NotAnInvite,
    /// Ask to compare it with the original.
    #[error("the invite has a typing error, or part of it is missing")]
    TypingError,
    /// Offer an update.
    #[error("the invite is for a newer release")]
    TooNew,
}

/// Returns what the hub keeps of a token.
#[must_use]
pub fn token_hash(token: &[u8; 16]) -> Digest {
    hash("posta/invite/token/v1", &[token])
}

impl Invite {
    /// Returns what the hub keeps of the token.
    #[must_use]
    pub fn token_hash(&self) -> Digest {
        token_hash(&self.token)
    }

    /// Whether it is too late to use it. The hub decides by its own clock; asking here saves a person the wait.
    #[must_use]
    pub const fn is_expired(&self, now_ms: u64) -> bool {
        now_ms >= self.expires_ms
    }

    fn to_bytes(&self) -> Vec<u8> {
        let token = ByteArray::new(self.token);
        let mut bytes = serde_ipld_dagcbor::to_vec(&(
            &self.hub_addr,
            self.tls,
            self.roster,
            token,
            self.expires_ms,
        ))
        .expect("texts, byte strings and integers have an encoding");
        let check = checksum(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, InviteError> {
        let (body, check) = bytes
            .split_last_chunk::<CHECK_BYTES>()
            .ok_or(InviteError::TypingError)?;
        if checksum(body) != *check {
            return Err(InviteError::TypingError);
        }
        let (hub_addr, tls, roster, token, expires_ms): (String, _, _, ByteArray<16>, _) =
            serde_ipld_dagcbor::from_slice(body).map_err(|_opaque| InviteError::NotAnInvite)?;
        if hub_addr.len() > MAX_ADDRESS_BYTES {
            return Err(InviteError::NotAnInvite);
        }
        Ok(Self {
            hub_addr,
            tls,
            roster,
            token: token.into_array(),
            expires_ms,
        })
    }
}

impl fmt::Display for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{VERSION}")?;
        for (place, letter) in encoding().encode(&self.to_bytes()).chars().enumerate() {
            if place % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Invite {
    /// Leaves out the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite")
            .field("hub_addr", &self.hub_addr)
            .field("expires_ms", &self.expires_ms)
            .finish_non_exhaustive()
    }
}

impl FromStr for Invite {
    type Err = InviteError;

    /// Reads what was typed, pasted or scanned; letter case, spaces, line breaks and hyphens do not count.
    fn from_str(text: &str) -> Result<Self, InviteError> {
        if text.len() > MAX_CHARACTERS {
            return Err(InviteError::NotAnInvite);
        }
        let text: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        let mut body = text
            .strip_prefix(PREFIX)
            .ok_or(InviteError::NotAnInvite)?
            .chars();
        match body.next() {
            Some(VERSION) => {}
            Some(digit) if digit.is_ascii_digit() => return Err(InviteError::TooNew),
            Some(_) | None => return Err(InviteError::NotAnInvite),
        }
        let bytes = encoding()
            .decode(body.as_str().as_bytes())
            .map_err(|_where| InviteError::TypingError)?;
        Self::from_bytes(&bytes)
    }
}

fn checksum(body: &[u8]) -> [u8; CHECK_BYTES] {
    let [a, b, c, d, ..] = *hash("posta/invite/check/v1", &[body]).as_bytes();
    [a, b, c, d]
}

/// Returns the alphabet, reading what looks like a one or a zero as one.
fn encoding() -> Encoding {
    let mut alphabet = Specification::new();
    alphabet.symbols.push_str(ALPHABET);
    alphabet.translate.from.push_str("ilo");
    alphabet.translate.to.push_str("110");
    alphabet
        .encoding()
        .expect("32 different letters, and three more that stand for some of them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::tests::public;
    use proptest::prelude::*;

    fn example() -> Invite {
        Invite {
            hub_addr: "hub.example.org:4433".to_owned(),
            tls: public(1),
            roster: public(2),
            token: [7; 16],
            expires_ms: 1_790_000_000_000,
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &Result<Invite, InviteError>) {
        assert_eq!(&text.parse::<Invite>(), expected, "reading {text:?}");
    }

    #[test]
    fn an_invite_reads_back_however_it_was_copied() {
        let text = example().to_string();

        assert!(text.starts_with("posta1-"), "{text}");
        check(&text, &Ok(example()));
        check(&text.to_uppercase(), &Ok(example()));
        check(
            &format!("  {}\n", text.replace('-', " \r\n")),
            &Ok(example()),
        );
        check(
            &text
                .replace('0', "o")
                .replace('1', "l")
                .replacen("postal", "posta1", 1),
            &Ok(example()),
        );
    }

    #[test]
    fn a_slip_is_told_apart_from_the_wrong_text() {
        let text = example().to_string();

        check(
            text.strip_suffix(|_: char| true).unwrap(),
            &Err(InviteError::TypingError),
        );
        check(
            &text.chars().take(30).collect::<String>(),
            &Err(InviteError::TypingError),
        );
        check("posta1-", &Err(InviteError::TypingError));
        check("posta1-uuuuu", &Err(InviteError::TypingError));
        check("", &Err(InviteError::NotAnInvite));
        check("https://example.org", &Err(InviteError::NotAnInvite));
        check("postal", &Err(InviteError::NotAnInvite));
        check("posta2-00000", &Err(InviteError::TooNew));
        check(&"posta1-".repeat(1_000), &Err(InviteError::NotAnInvite));
    }

    #[test]
    fn an_address_is_as_long_as_a_host_name_may_be() {
        let to = |length| Invite {
            hub_addr: "a".repeat(length),
            ..example()
        };

        let (most, more) = (to(MAX_ADDRESS_BYTES), to(MAX_ADDRESS_BYTES + 1));

        check(&most.to_string(), &Ok(most));
        check(&more.to_string(), &Err(InviteError::NotAnInvite));
    }

    #[test]
    fn a_text_is_looked_at_up_to_a_length() {
        let padded = |length| format!("{:length$}", example().to_string());

        check(&padded(MAX_CHARACTERS), &Ok(example()));
        check(&padded(MAX_CHARACTERS + 1), &Err(InviteError::NotAnInvite));
    }

    #[test]
    fn an_invite_ends() {
        assert!(!example().is_expired(1_789_999_999_999));
        assert!(example().is_expired(1_790_000_000_000));
    }

    #[test]
    fn the_token_does_not_print() {
        let printed = format!("{:?}", example());

        assert!(
            !printed.contains('7') || !printed.contains("token"),
            "{printed}"
        );
    }

    #[test]
    fn the_invites_of_a_release_stay_what_they_are() {
        assert_eq!(
            example().to_string(),
            "posta1-gnt6g-xb25s-jqgrb-de1p6-abkfe-9kkmd-1m6cs-ng84a-h3hxt-x09y6-aztmp-v5myb-\
             mqbjs-9kgkf-rxjg9-1qwvm-h00v8-3vfbh-c2109-sew7a-gz8qb-xba6n-36rd6-7xk6b-hp593-d7e6y-\
             h5vxg-fbe7w-kcwma-03ge1-r70w3-ge1r7-0w3ge-1r70w-3hp00-006gc-8m3c0-1wx2x-hj"
        );
    }

    proptest! {
        #[test]
        fn every_single_slip_is_found(at: prop::sample::Index, letter in 0_usize..32) {
            let mut text = example().to_string().into_bytes();
            let at = 7 + at.index(text.len() - 7);
            let letter = ALPHABET.as_bytes()[letter];
            prop_assume!(text[at] != b'-' && text[at] != letter);
            text[at] = letter;

            let read = String::from_utf8(text).unwrap().parse::<Invite>();

            prop_assert_eq!(read, Err(InviteError::TypingError));
        }

        #[test]
        fn arbitrary_text_is_refused(text: String) {
            prop_assert!(text.parse::<Invite>().is_err());
            let prefixed = format!("posta1-{text}").parse::<Invite>();
            prop_assert!(prefixed.is_err());
        }

        #[test]
        fn arbitrary_bytes_with_a_checksum_are_refused(body: Vec<u8>) {
            let mut bytes = body.clone();
            bytes.extend_from_slice(&checksum(&body));

            prop_assert_eq!(Invite::from_bytes(&bytes), Err(InviteError::NotAnInvite));
        }
    }
}
