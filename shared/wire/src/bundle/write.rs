//! Writing a bundle, one message after another.

use std::io::{self, Write};

use crypto::{Hasher, SigningKey};
use serde::Serialize;

use super::{BundleHeader, DOMAIN, END, End, HEADER, MAGIC};
use crate::limits::MAX_BUNDLE_MESSAGES;
use crate::message::{EncodeError, Message};

/// Why a bundle was not written. Delete what there is of it: nobody can read it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleWriteError {
    /// Look at the disk or the stick.
    #[error("the bundle could not be written: {0}")]
    Io(#[from] io::Error),
    /// Report it: a message is above a limit.
    #[error(transparent)]
    Message(#[from] EncodeError),
    /// Write several bundles.
    #[error("a bundle holds at most {MAX_BUNDLE_MESSAGES} messages")]
    TooMany,
}

/// A bundle that is being written. Nobody reads one that was not finished.
#[derive(Debug)]
pub struct BundleWriter<W: Write> {
    output: W,
    hasher: Hasher,
    messages: u64,
}

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle.
    pub fn new(output: W, header: &BundleHeader) -> Result<Self, BundleWriteError> {
        let mut writer = Self {
            output,
            hasher: Hasher::default(),
            messages: 0,
        };
        writer.write(MAGIC)?;
        writer.frame(&encode(HEADER, header)?)?;
        Ok(writer)
    }

    /// Adds a message.
    pub fn add(&mut self, message: &Message) -> Result<(), BundleWriteError> {
        if self.messages >= MAX_BUNDLE_MESSAGES {
            return Err(BundleWriteError::TooMany);
        }
        self.frame(&message.to_bytes()?)?;
        self.messages = self.messages.saturating_add(1);
        Ok(())
    }

    /// Signs all of it by the key of who the header names, and gives the output back.
    pub fn finish(mut self, key: &SigningKey) -> Result<W, BundleWriteError> {
        let signature = key.sign(DOMAIN, self.hasher.so_far().as_bytes());
        let end = End {
            messages: self.messages,
            signature,
        };
        self.frame(&encode(END, &end)?)?;
        Ok(self.output)
    }

    #[cfg(test)]
    pub(super) fn into_output(self) -> W {
        self.output
    }

    fn frame(&mut self, message: &[u8]) -> Result<(), BundleWriteError> {
        let length = u32::try_from(message.len())
            .map_err(|_huge| EncodeError::TooLarge { what: "the frame" })?;
        self.write(&length.to_be_bytes())?;
        self.write(message)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BundleWriteError> {
        self.output.write_all(bytes)?;
        self.hasher.update(bytes);
        Ok(())
    }
}

fn encode(kind: u16, body: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    serde_ipld_dagcbor::to_vec(&(kind, body))
        .map_err(|_opaque| EncodeError::TooLarge { what: "a member" })
}
