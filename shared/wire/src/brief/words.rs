//! Texts without what the entry around them tells: its time in several spellings, names made at that time, the
//! log's hash before it. Each is taken out for two bytes or three, which are the same in every entry.

use audit::ChainHash;
use record::{Hlc, StatementId, When};

use super::BriefError;
use super::numbers::{self, Reader};

/// Stands before what was taken out. Neither CBOR as we write it nor UTF-8 has it.
const TAKEN_OUT: u8 = 0xff;

/// What was taken out; the numbers are never given a new meaning.
mod word {
    /// The byte that stands before what was taken out.
    pub(super) const ITSELF: u8 = 0;
    /// The reading of the hybrid clock, 8 bytes.
    pub(super) const CLOCK: u8 = 1;
    /// A name of the series as text, with its place in the series.
    pub(super) const NAME_AS_TEXT: u8 = 2;
    /// A name of the series as bytes, with its place in the series.
    pub(super) const NAME: u8 = 3;
    /// The clock's milliseconds, 8 bytes.
    pub(super) const MILLISECONDS: u8 = 4;
    /// The clock's second as a text in UTC.
    pub(super) const SECOND: u8 = 5;
    /// The log's hash before this entry.
    pub(super) const CHAIN: u8 = 6;
    /// The text ends here.
    pub(super) const END: u8 = 7;
    /// Names are of another series from here on: its 6 bytes follow.
    pub(super) const SERIES: u8 = 8;
}

/// How CBOR begins 16 bytes.
const SIXTEEN_BYTES: u8 = 0x50;
/// How many letters of a name spell its time and nothing else.
const TIME_LETTERS: usize = 12;
/// How many letters a name has.
const NAME_LETTERS: usize = 26;

/// What is known of the entry that a text stands in.
pub(super) struct Words<'a> {
    pub(super) hlc: Hlc,
    pub(super) chain: &'a ChainHash,
    /// The series that the last name was of.
    pub(super) series: &'a mut [u8; 6],
}

impl Words<'_> {
    /// Writes a text without what is known, and its end.
    pub(super) fn take_out(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let clock = self.hlc.as_u64().to_be_bytes();
        let milliseconds = self.hlc.ms().to_be_bytes();
        let second = When::from_ms(self.hlc.ms());
        let letters = StatementId::in_series(self.hlc, [0; 6], 0).to_string();
        let letters = letters.as_bytes().get(..TIME_LETTERS).unwrap_or_default();
        let known: [(u8, &[u8]); 4] = [
            (word::CLOCK, &clock),
            (word::MILLISECONDS, &milliseconds),
            (word::SECOND, second.as_str().as_bytes()),
            (word::CHAIN, self.chain.as_bytes()),
        ];
        let (mut rest, mut before) = (text, 0);
        while let Some(&first) = rest.first() {
            let name = if before == SIXTEEN_BYTES && rest.starts_with(&clock) {
                rest.first_chunk::<16>().map(|it| (word::NAME, *it, 16))
            } else if rest.starts_with(letters) {
                spelled(rest).map(|it| (word::NAME_AS_TEXT, it, NAME_LETTERS))
            } else {
                None
            };
            let name = name.filter(|(_, name, _)| name.starts_with(&clock));
            let length = if let Some((how, name, length)) = name {
                self.take_out_name(how, name, out);
                length
            } else if let Some((what, known)) = known.iter().find(|it| rest.starts_with(it.1)) {
                out.extend([TAKEN_OUT, *what]);
                known.len()
            } else {
                out.push(first);
                if first == TAKEN_OUT {
                    out.push(word::ITSELF);
                }
                1
            };
            before = first;
            rest = rest.get(length..).unwrap_or_default();
        }
        out.extend([TAKEN_OUT, word::END]);
    }

    fn take_out_name(&mut self, how: u8, name: [u8; 16], out: &mut Vec<u8>) {
        let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, high, low] = name;
        let series = [a, b, c, d, e, f];
        if series != *self.series {
            *self.series = series;
            out.extend([TAKEN_OUT, word::SERIES]);
            out.extend(series);
        }
        out.extend([TAKEN_OUT, how]);
        numbers::put(out, u64::from(u16::from_be_bytes([high, low])));
    }

    /// Reads a text up to its end and puts back what was taken out.
    pub(super) fn put_back(&mut self, texts: &mut Reader<'_>) -> Result<Vec<u8>, BriefError> {
        let second = When::from_ms(self.hlc.ms());
        let mut text = Vec::new();
        loop {
            if text.len() > audit::Entry::MAX_PAYLOAD_BYTES {
                return Err(BriefError::TooLarge);
            }
            let byte = texts.byte()?;
            if byte != TAKEN_OUT {
                text.push(byte);
                continue;
            }
            match texts.byte()? {
                word::ITSELF => text.push(TAKEN_OUT),
                word::CLOCK => text.extend(self.hlc.as_u64().to_be_bytes()),
                word::NAME_AS_TEXT => text.extend(self.name(texts)?.to_string().into_bytes()),
                word::NAME => text.extend(self.name(texts)?.as_bytes()),
                word::MILLISECONDS => text.extend(self.hlc.ms().to_be_bytes()),
                word::SECOND => text.extend(second.as_str().as_bytes()),
                word::CHAIN => text.extend(self.chain.as_bytes()),
                word::END => return Ok(text),
                word::SERIES => *self.series = texts.array()?,
                _ => return Err(BriefError::Damaged),
            }
        }
    }

    fn name(&self, texts: &mut Reader<'_>) -> Result<StatementId, BriefError> {
        let place = u16::try_from(texts.number()?).map_err(|_huge| BriefError::Damaged)?;
        Ok(StatementId::in_series(self.hlc, *self.series, place))
    }
}

/// Reads the name that a text begins with, if it is spelled as we spell it.
fn spelled(text: &[u8]) -> Option<[u8; 16]> {
    let letters = std::str::from_utf8(text.get(..NAME_LETTERS)?).ok()?;
    let name: StatementId = letters.parse().ok()?;
    (name.to_string() == letters).then_some(*name.as_bytes())
}
