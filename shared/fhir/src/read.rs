//! A file's bytes, taken apart into resources.

/// A file of FHIR: a Bundle, one resource, or NDJSON.
#[derive(Debug)]
pub struct Document<'a> {
    _bytes: &'a [u8],
}

/// Why a whole file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Ask for another file.
    #[error("not a FHIR JSON file: {0}")]
    NotFhir(&'static str),
    /// Ask for the file in parts (NDJSON, or several Bundles).
    #[error("the file has more than {limit} resources; export it in parts")]
    TooMany {
        /// How many are taken.
        limit: usize,
    },
}

impl<'a> Document<'a> {
    /// The largest file to hand over, in bytes; the caller refuses a larger one before reading it.
    pub const MAX_BYTES: u64 = 512 << 20;

    /// Finds the resources in a file's bytes.
    pub fn read(_bytes: &'a [u8]) -> Result<Self, ReadError> {
        todo!()
    }

    /// Returns how many entries the file has, broken ones too.
    #[must_use]
    pub fn entries(&self) -> usize {
        todo!()
    }
}
