//! What the hub and its child say to each other: frames of four bytes of length, big-endian, and deterministic CBOR.

use std::io::{self, Read, Write};

use record::ChartId;
use replica::{ApplyRefusal, CheckedChange};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf, Bytes};
use store::Snapshot;

use super::{Merged, NotTaken, Work};

/// The longest frame: a chart of some hundred thousand encounters. What is larger is not merged.
pub(super) const MAX_FRAME_BYTES: usize = 48 * 1024 * 1024;

/// What a child says first: that it is one, and of this release. Another release's could understand something else.
pub(super) const GREETING: &[u8] =
    concat!("posta-hub merges ", env!("CARGO_PKG_VERSION")).as_bytes();

/// Says that a change depends on one that was not taken; smaller numbers are places in `ApplyRefusal::ALL`.
const DEPENDENT: u8 = 255;

#[derive(Serialize)]
struct Asking<'a>(
    ByteArray<16>,
    Option<(&'a Bytes, Vec<ByteArray<32>>)>,
    Option<ByteArray<32>>,
    Vec<&'a Bytes>,
);

#[derive(Deserialize)]
struct Asked(
    ByteArray<16>,
    Option<(ByteBuf, Vec<ByteArray<32>>)>,
    Option<ByteArray<32>>,
    Vec<ByteBuf>,
);

/// None for a document that is not what it is said to be.
#[derive(Serialize, Deserialize)]
struct Answer(Option<(Saved, Vec<(u32, u8)>)>);

/// A document's bytes, and its heads.
#[derive(Serialize, Deserialize)]
struct Saved(ByteBuf, Vec<ByteArray<32>>);

/// What a child was asked.
pub(super) struct Request {
    pub(super) chart: ChartId,
    pub(super) document: Option<Snapshot>,
    pub(super) newest: Option<[u8; 32]>,
    pub(super) changes: Vec<CheckedChange>,
}

impl Request {
    pub(super) fn work(&self) -> Work<'_> {
        Work {
            chart: self.chart,
            document: self.document.as_ref(),
            newest: self.newest,
            changes: &self.changes,
        }
    }
}

/// Writes a request.
pub(super) fn ask(work: &Work<'_>) -> Option<Vec<u8>> {
    let document = work.document.map(|it| {
        let heads = it.heads.iter().map(|it| ByteArray::new(*it)).collect();
        (Bytes::new(&it.bytes), heads)
    });
    let changes = work.changes.iter().map(|it| Bytes::new(it.bytes()));
    let asking = Asking(
        ByteArray::new(*work.chart.as_bytes()),
        document,
        work.newest.map(ByteArray::new),
        changes.collect(),
    );
    serde_ipld_dagcbor::to_vec(&asking).ok()
}

/// Reads a request; none if it is not one, or a change does not pass the structural check.
pub(super) fn asked(bytes: &[u8]) -> Option<Request> {
    let Asked(chart, document, newest, changes) = serde_ipld_dagcbor::from_slice(bytes).ok()?;
    let changes: Result<Vec<_>, _> = changes.iter().map(|it| replica::check(it)).collect();
    Some(Request {
        chart: ChartId::new(chart.into_array()),
        document: document.map(|(bytes, heads)| snapshot(bytes, heads)),
        newest: newest.map(ByteArray::into_array),
        changes: changes.ok()?,
    })
}

/// Writes an answer; none says that the document is not what it is said to be.
pub(super) fn answer(merged: Option<Merged>) -> Option<Vec<u8>> {
    let answer = merged.map(|Merged { document, refused }| {
        let heads = document.heads.into_iter().map(ByteArray::new).collect();
        let refused = refused
            .into_iter()
            .map(|(place, why)| (u32::try_from(place).unwrap_or(u32::MAX), code(why)));
        let saved = Saved(ByteBuf::from(document.bytes), heads);
        (saved, refused.collect())
    });
    serde_ipld_dagcbor::to_vec(&Answer(answer)).ok()
}

/// Reads an answer. The outer nothing says that it is none, the inner that the document did not fit.
pub(super) fn answered(bytes: &[u8]) -> Option<Option<Merged>> {
    let Answer(answer) = serde_ipld_dagcbor::from_slice(bytes).ok()?;
    let Some((Saved(bytes, heads), refused)) = answer else {
        return Some(None);
    };
    let refused: Option<Vec<_>> = refused
        .into_iter()
        .map(|(place, code)| Some((usize::try_from(place).ok()?, meant(code)?)))
        .collect();
    Some(Some(Merged {
        document: snapshot(bytes, heads),
        refused: refused?,
    }))
}

fn snapshot(bytes: ByteBuf, heads: Vec<ByteArray<32>>) -> Snapshot {
    Snapshot {
        bytes: bytes.into_vec(),
        heads: heads.into_iter().map(ByteArray::into_array).collect(),
    }
}

fn code(why: NotTaken) -> u8 {
    match why {
        NotTaken::Dependent => DEPENDENT,
        NotTaken::Refused(refusal) => {
            let place = ApplyRefusal::ALL.iter().position(|it| *it == refusal);
            place.and_then(|it| u8::try_from(it).ok()).unwrap_or(0)
        }
    }
}

fn meant(code: u8) -> Option<NotTaken> {
    if code == DEPENDENT {
        return Some(NotTaken::Dependent);
    }
    let refusal = ApplyRefusal::ALL.get(usize::from(code))?;
    Some(NotTaken::Refused(*refusal))
}

/// Writes one frame.
pub(super) fn write_frame(to: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(body)?;
    to.flush()
}

/// Reads one frame; none if the other end has nothing more to say. Room is made as the bytes come.
pub(super) fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u64::from(u32::from_be_bytes(length));
    if usize::try_from(length).map_or(true, |it| it > MAX_FRAME_BYTES) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a frame above the limit",
        ));
    }
    let mut body = Vec::new();
    from.take(length).read_to_end(&mut body)?;
    if u64::try_from(body.len()) == Ok(length) {
        Ok(Some(body))
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
