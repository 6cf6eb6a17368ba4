//! A message off the wire: its kind says what its body is.

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{
    BLOB, BatchShape, BlobShape, DECLINED, DONE, EARLY, ENROL, ENROLLING, FEED, FETCH, FETCHED,
    HELLO, MEET, Message, PACK, PROBE, PROBED, PUSH, REFUSED, REPAIR, RETURN, RepairShape,
    ReturnShape, SHOW, STORED, TAKEN, WAIT, WANT, WELCOME, WantShape,
};

/// A message as it comes off the wire: all but those with packed items are whole.
pub(super) enum Read {
    Whole(Box<Message>),
    Feed(BatchShape),
    Repair(RepairShape),
    Want(WantShape),
    Blob(BlobShape),
    Return(ReturnShape),
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a message's kind and body")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Read, A::Error> {
        let kind: u16 = next(&mut from)?;
        let message = match kind {
            HELLO => Message::Hello(next(&mut from)?),
            WELCOME => Message::Welcome(next(&mut from)?),
            PUSH => Message::Push(next(&mut from)?),
            STORED => Message::Stored(next(&mut from)?),
            FEED => return next(&mut from).map(Read::Feed),
            TAKEN => Message::Taken(next(&mut from)?),
            DONE => Message::Done(next(&mut from)?),
            REFUSED => Message::Refused(next(&mut from)?),
            ENROL => Message::Enrol(next(&mut from)?),
            ENROLLING => Message::Enrolling(next(&mut from)?),
            PROBE => Message::Probe(next(&mut from)?),
            PROBED => Message::Probed(next(&mut from)?),
            SHOW => Message::Show(next(&mut from)?),
            REPAIR => return next(&mut from).map(Read::Repair),
            PACK => Message::Pack(next(&mut from)?),
            FETCH => Message::Fetch(next(&mut from)?),
            FETCHED => Message::Fetched(next(&mut from)?),
            WANT => return next(&mut from).map(Read::Want),
            BLOB => return next(&mut from).map(Read::Blob),
            RETURN => return next(&mut from).map(Read::Return),
            MEET => Message::Meet(next(&mut from)?),
            DECLINED => Message::Declined(next(&mut from)?),
            EARLY => Message::Early(next(&mut from)?),
            WAIT => Message::Wait(next(&mut from)?),
            kind => {
                let IgnoredAny = next(&mut from)?;
                Message::Unknown { kind }
            }
        };
        Ok(Read::Whole(Box::new(message)))
    }
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(from: &mut A) -> Result<T, A::Error> {
    from.next_element()?
        .ok_or_else(|| serde::de::Error::custom("a message has two members"))
}
