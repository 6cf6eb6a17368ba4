//! Reading a bundle: once to its end to have it proven, and then for what is in it.

use std::io::{self, Read};

use crypto::{Digest, Hasher, PublicKey, sha256};
use serde::de::DeserializeOwned;

use super::{BundleHeader, DOMAIN, END, End, HEADER, MAGIC, MAGIC_OF_ALL};
use crate::frame::{LENGTH_BYTES, frame_length};
use crate::limits::MAX_BUNDLE_MESSAGES;
use crate::message::{DecodeError, Message};
use crate::session::Show;
use crate::version::{Version, Versions};

/// Why a bundle is not read. Nothing of it is to be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Try again, or copy the file from the stick first.
    #[error("the file could not be read: {0}")]
    Io(#[source] io::Error),
    /// Write it again, or copy it again: it was cut or altered, or is no bundle.
    #[error("the file is cut or damaged, or is no bundle: copy it again, or have it written again")]
    Damaged,
    /// Update the program: a newer release wrote it.
    #[error("the bundle is in version {} of the protocol, and this release reads up to {}: update this program", .0.0, Versions::SPOKEN.1.0)]
    TooNew(Version),
    /// Update the program: a newer release wrote it, in another format.
    #[error("the bundle is in a newer format than this release reads: update this program")]
    NewerFormat,
    /// Do not use it: it was not written by who it says.
    #[error("the bundle was not written by who it says: do not use it")]
    BadSignature,
    /// Ask for several bundles.
    #[error("a bundle holds at most {MAX_BUNDLE_MESSAGES} messages: have it written again")]
    TooMany,
    /// Copy the file from the stick and try again: it changed while it was read.
    #[error("the file changed while it was read: copy it from the stick, and read the copy")]
    Changed,
}

/// What was proven of a bundle: who wrote it, and each of its messages by hash.
#[derive(Debug, Clone)]
pub struct Proven {
    header: BundleHeader,
    messages: Vec<Digest>,
}

/// A bundle that is being read.
#[derive(Debug)]
pub struct BundleReader<R: Read> {
    input: R,
    hasher: Hasher,
    header: BundleHeader,
}

impl Proven {
    /// Returns who wrote the bundle, for whom, and when.
    #[must_use]
    pub const fn header(&self) -> &BundleHeader {
        &self.header
    }

    /// Returns how many messages there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.messages.len()
    }

    /// Tells whether there is no message.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Reads the same bundle again, one message after another.
    pub fn messages<R: Read>(
        &self,
        input: R,
    ) -> Result<impl Iterator<Item = Result<Message, BundleError>>, BundleError> {
        let mut reader = BundleReader::new(input)?;
        if reader.header != self.header {
            return Err(BundleError::Changed);
        }
        Ok(self.messages.iter().map(move |proven| {
            let bytes = reader.frame()?;
            if sha256(&bytes) != *proven.as_bytes() {
                return Err(BundleError::Changed);
            }
            message(&bytes)
        }))
    }
}

impl<R: Read> BundleReader<R> {
    /// Begins to read a bundle. What its header says is not proven yet.
    pub fn new(input: R) -> Result<Self, BundleError> {
        let mut reader = Unopened {
            input,
            hasher: Hasher::default(),
        };
        let magic = reader.exactly(MAGIC.len())?;
        if magic != MAGIC {
            return Err(if magic.starts_with(MAGIC_OF_ALL) {
                BundleError::NewerFormat
            } else {
                BundleError::Damaged
            });
        }
        let bytes = reader.frame()?;
        let header: BundleHeader = decode(HEADER, &bytes).ok_or(BundleError::Damaged)?;
        if !Versions::SPOKEN.include(header.version) {
            return Err(BundleError::TooNew(header.version));
        }
        let Unopened { input, hasher } = reader;
        Ok(Self {
            input,
            hasher,
            header,
        })
    }

    /// Returns the header, to look the writer's key up by.
    #[must_use]
    pub const fn header(&self) -> &BundleHeader {
        &self.header
    }

    /// Returns what whoever wrote the bundle shows the hub, which it says right after HELLO. It is not proven, and need
    /// not be: what is shown is signed by the hub itself.
    pub fn shown(mut self) -> Result<Option<Show>, BundleError> {
        let _hello = self.frame()?;
        let second = message(&self.frame()?)?;
        Ok(if let Message::Show(show) = second {
            Some(show)
        } else {
            None
        })
    }

    /// Reads to the end and checks the signature of who wrote it.
    pub fn prove(mut self, key: &PublicKey) -> Result<Proven, BundleError> {
        let mut messages = Vec::new();
        loop {
            let before = self.hasher.so_far();
            let bytes = self.frame()?;
            if let Some(end) = decode::<End>(END, &bytes) {
                key.verify(DOMAIN, before.as_bytes(), &end.signature)
                    .map_err(|_bad| BundleError::BadSignature)?;
                let counted = u64::try_from(messages.len()).unwrap_or(u64::MAX);
                if counted != end.messages || self.goes_on()? {
                    return Err(BundleError::Damaged);
                }
                let header = self.header;
                return Ok(Proven { header, messages });
            }
            if messages.len() as u64 >= MAX_BUNDLE_MESSAGES {
                return Err(BundleError::TooMany);
            }
            messages.push(Digest::from_bytes(sha256(&bytes)));
        }
    }

    fn frame(&mut self) -> Result<Vec<u8>, BundleError> {
        frame(&mut self.input, &mut self.hasher)
    }

    fn goes_on(&mut self) -> Result<bool, BundleError> {
        let more = self.input.read(&mut [0]).map_err(refusal)?;
        Ok(more > 0)
    }
}

/// A bundle whose header is still to be read.
struct Unopened<R> {
    input: R,
    hasher: Hasher,
}

impl<R: Read> Unopened<R> {
    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, BundleError> {
        exactly(&mut self.input, &mut self.hasher, length)
    }

    fn frame(&mut self) -> Result<Vec<u8>, BundleError> {
        frame(&mut self.input, &mut self.hasher)
    }
}

fn frame(input: &mut impl Read, hasher: &mut Hasher) -> Result<Vec<u8>, BundleError> {
    let prefix = exactly(input, hasher, LENGTH_BYTES)?;
    let prefix = prefix.try_into().map_err(|_short| BundleError::Damaged)?;
    let length = frame_length(prefix).map_err(|_large| BundleError::Damaged)?;
    exactly(input, hasher, length)
}

fn exactly(
    input: &mut impl Read,
    hasher: &mut Hasher,
    length: usize,
) -> Result<Vec<u8>, BundleError> {
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes).map_err(refusal)?;
    hasher.update(&bytes);
    Ok(bytes)
}

fn refusal(error: io::Error) -> BundleError {
    // An envelope that was altered says `InvalidData`, a cut one `UnexpectedEof`.
    let damaged = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
    if damaged.contains(&error.kind()) {
        BundleError::Damaged
    } else {
        BundleError::Io(error)
    }
}

fn message(bytes: &[u8]) -> Result<Message, BundleError> {
    Message::from_bytes(bytes).map_err(|error| match error {
        DecodeError::TooLarge { .. } | DecodeError::Damaged | DecodeError::Gap => {
            BundleError::Damaged
        }
    })
}

/// Reads a frame's body if it is of this kind.
fn decode<T: DeserializeOwned>(kind: u16, bytes: &[u8]) -> Option<T> {
    let (found, body): (u16, T) = serde_ipld_dagcbor::from_slice(bytes).ok()?;
    (found == kind).then_some(body)
}
