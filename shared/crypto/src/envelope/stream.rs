//! Envelopes that do not fit in memory: bundles and backups, sealed and opened as they pass.
//!
//! A reader hands plaintext out as it comes. What it handed out counts only once it has come to the end without an
//! error: whoever acts on it reads to the end first, or has another proof of each part.

use std::io::{self, Read, Write};
use std::iter;

use super::{
    BoxKey, BoxPublicKey, MAX_HEADER_BYTES, MAX_RECIPIENTS, OpenError, SealError, holds_header,
};

/// Seals what is written to it. Nobody can open what was not finished.
pub struct SealingWriter<W: Write>(age::stream::StreamWriter<W>);

impl<W: Write> SealingWriter<W> {
    /// Begins an envelope that each of the keys alone opens.
    pub fn new(recipients: &[BoxPublicKey], output: W) -> Result<Self, SealError> {
        if recipients.is_empty() {
            return Err(SealError::NoRecipient);
        }
        if recipients.len() > MAX_RECIPIENTS {
            return Err(SealError::TooLarge);
        }
        let recipients: Vec<_> = recipients
            .iter()
            .map(BoxPublicKey::recipient)
            .collect::<Result<_, _>>()?;
        let everyone = recipients.iter().map(|it| -> &dyn age::Recipient { it });
        age::Encryptor::with_recipients(everyone)
            .map_err(|why| SealError::Failed(why.into()))?
            .wrap_output(output)
            .map(Self)
            .map_err(|why| SealError::Failed(why.into()))
    }

    /// Ends the envelope and gives the output back.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        self.0.write(plain)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<W: Write> std::fmt::Debug for SealingWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingWriter(redacted)")
    }
}

/// Opens an envelope as it is read. An envelope that was cut or altered ends in an error.
pub struct OpeningReader<R: Read>(age::stream::StreamReader<Whole<R>>);

/// The beginning that was looked at, and what follows.
type Whole<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

impl<R: Read> OpeningReader<R> {
    /// Begins to open an envelope.
    pub fn new(key: &BoxKey, mut sealed: R) -> Result<Self, OpenError> {
        let mut head = Vec::new();
        let read = (&mut sealed)
            .take(MAX_HEADER_BYTES as u64)
            .read_to_end(&mut head);
        if read.is_err() || !holds_header(&head) {
            return Err(OpenError::Damaged);
        }
        let identity = key.identity();
        let identity: &dyn age::Identity = &identity;
        age::Decryptor::new(io::Cursor::new(head).chain(sealed))
            .and_then(|file| file.decrypt(iter::once(identity)))
            .map(Self)
            .map_err(|why| super::refusal(&why))
    }
}

impl<R: Read> Read for OpeningReader<R> {
    fn read(&mut self, plain: &mut [u8]) -> io::Result<usize> {
        self.0.read(plain)
    }
}

impl<R: Read> std::fmt::Debug for OpeningReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpeningReader(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_with;

    const PLAIN: usize = 300_000;

    fn keys() -> [BoxKey; 2] {
        [1, 2].map(|seed| BoxKey::from_seed([seed; 32]))
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let recipients = keys().map(|it| it.public());
        let mut writer = SealingWriter::new(&recipients, Vec::new()).unwrap();
        for part in plain.chunks(1000) {
            writer.write_all(part).unwrap();
        }
        writer.finish().unwrap()
    }

    fn opened(key: &BoxKey, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        let mut reader = OpeningReader::new(key, sealed).map_err(io::Error::other)?;
        reader.read_to_end(&mut plain).map(|_size| plain)
    }

    #[test]
    fn each_recipient_alone_opens_what_was_sealed_in_parts() {
        let plain: Vec<u8> = (0..=250_u8).cycle().take(PLAIN).collect();

        let sealed = sealed(&plain);

        for key in keys() {
            assert_eq!(opened(&key, &sealed).unwrap(), plain);
        }
        assert!(matches!(
            OpeningReader::new(&BoxKey::from_seed([3; 32]), sealed.as_slice()),
            Err(OpenError::NotForThisKey)
        ));
    }

    #[test]
    fn a_stream_is_an_envelope_like_any_other() {
        let secret = open_with(&keys()[0], &sealed(b"short")).unwrap();

        assert_eq!(secret.expose(), b"short");
    }

    #[test]
    fn a_cut_or_altered_envelope_ends_in_an_error() {
        let sealed = sealed(&vec![7; PLAIN]);

        for length in [0, 10, 200, 70_000, sealed.len() - 1] {
            assert!(opened(&keys()[0], &sealed[..length]).is_err(), "{length}");
        }
        for at in [300, 70_000, sealed.len() - 1] {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(opened(&keys()[0], &altered).is_err(), "{at}");
        }
    }

    #[test]
    fn a_header_without_an_end_is_not_read_for_ever() {
        let many = [keys()[0].public(); MAX_RECIPIENTS];
        let most = SealingWriter::new(&many, Vec::new()).unwrap();
        let most = most.finish().unwrap();
        assert_eq!(opened(&keys()[0], &most).unwrap(), b"");
        let mut endless = b"age-encryption.org/v1\n-> X25519 ".to_vec();
        endless.resize(8_000_000, b'A');

        for sealed in [&endless[..], &endless[..MAX_HEADER_BYTES]] {
            assert!(matches!(
                OpeningReader::new(&keys()[0], sealed),
                Err(OpenError::Damaged)
            ));
            assert!(matches!(
                open_with(&keys()[0], &sealed[..sealed.len().min(1_000_000)]),
                Err(OpenError::Damaged)
            ));
        }
    }

    #[test]
    fn nothing_is_sealed_to_nobody() {
        let nobody = SealingWriter::new(&[], Vec::new());
        let everybody = SealingWriter::new(&[keys()[0].public(); MAX_RECIPIENTS + 1], Vec::new());

        assert!(matches!(nobody, Err(SealError::NoRecipient)));
        assert!(matches!(everybody, Err(SealError::TooLarge)));
    }
}
