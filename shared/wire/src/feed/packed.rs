//! The runs of a batch, packed: as they are, or in brief for a reader of version 2.
//!
//! In brief, a change's rest is empty and stands behind the runs, as the entry that it is (`crate::brief`).

use audit::{Entry, EntryKind, LogHead};
use record::DeviceId;
use serde_bytes::ByteBuf;

use super::{CHANGE, ChangeShape, RunShape, ShapeError, decode, encode};
use crate::brief::{from_brief, to_brief};
use crate::limits::{MAX_FEED_PACKED_BYTES, MAX_UNPACKED_BYTES};
use crate::pack::{UnpackError, is_brief, pack, pack_brief, unpack, unpack_brief};

/// How many bytes say the length of the runs, big-endian.
const LENGTH_BYTES: usize = 4;

impl From<UnpackError> for ShapeError {
    fn from(error: UnpackError) -> Self {
        match error {
            UnpackError::TooLarge { .. } => Self::TooLarge,
            UnpackError::Damaged => Self::Damaged,
        }
    }
}

/// Packs runs.
pub(super) fn pack_runs(runs: Vec<RunShape>, briefly: bool) -> Result<Vec<u8>, ShapeError> {
    let unpacked = encode(&runs)?;
    if unpacked.len() > MAX_UNPACKED_BYTES {
        return Err(ShapeError::TooLarge);
    }
    let brief = if briefly { brief_of(runs) } else { None };
    let packed = brief
        .filter(|it| it.len() <= MAX_UNPACKED_BYTES)
        .and_then(|it| pack_brief(&it))
        .unwrap_or_else(|| pack(&unpacked));
    if packed.len() > MAX_FEED_PACKED_BYTES {
        return Err(ShapeError::TooLarge);
    }
    Ok(packed)
}

/// Unpacks runs, and says whether they were in brief.
pub(super) fn unpack_runs(packed: &[u8]) -> Result<(Vec<RunShape>, bool), ShapeError> {
    if packed.len() > MAX_FEED_PACKED_BYTES {
        return Err(ShapeError::TooLarge);
    }
    if is_brief(packed) {
        return Ok((runs_in(&unpack_brief(packed, MAX_UNPACKED_BYTES)?)?, true));
    }
    Ok((decode(&unpack(packed, MAX_UNPACKED_BYTES)?)?, false))
}

/// The log that a batch's changes are written as: nobody's.
fn nobody() -> LogHead {
    LogHead::start(DeviceId(0), 0)
}

fn brief_of(runs: Vec<RunShape>) -> Option<Vec<u8>> {
    let mut entries = Vec::new();
    let mut short = Vec::new();
    for RunShape(kind, position, rest) in runs {
        let rest = if kind == CHANGE {
            let ChangeShape(chart, hlc, person, payload) = decode(&rest).ok()?;
            let entry = Entry {
                kind: EntryKind::CHANGE,
                chart: Some(chart),
                hlc,
                person,
                payload: payload.into_vec(),
            };
            entries.push(entry.to_bytes().ok()?);
            ByteBuf::new()
        } else {
            rest
        };
        short.push(RunShape(kind, position, rest));
    }
    let runs = encode(&short).ok()?;
    let changes = to_brief(
        nobody(),
        &entries,
        MAX_UNPACKED_BYTES,
        &mut |_chart, _hash| None,
    )?;
    let length = u32::try_from(runs.len()).ok()?.to_be_bytes();
    Some([length.as_slice(), &runs, &changes].concat())
}

fn runs_in(brief: &[u8]) -> Result<Vec<RunShape>, ShapeError> {
    let (length, rest) = brief
        .split_first_chunk::<LENGTH_BYTES>()
        .ok_or(ShapeError::Damaged)?;
    let length =
        usize::try_from(u32::from_be_bytes(*length)).map_err(|_huge| ShapeError::Damaged)?;
    let (runs, changes) = rest.split_at_checked(length).ok_or(ShapeError::Damaged)?;
    let mut runs: Vec<RunShape> = decode(runs)?;
    let count = runs.iter().filter(|it| it.0 == CHANGE).count();
    let entries = from_brief(
        nobody(),
        changes,
        count,
        MAX_UNPACKED_BYTES,
        &mut |_place| None,
    )
    .map_err(|_opaque| ShapeError::Damaged)?;
    let changes = runs.iter_mut().filter(|it| it.0 == CHANGE);
    for (run, bytes) in changes.zip(entries) {
        let entry = Entry::from_bytes(&bytes).map_err(|_opaque| ShapeError::Damaged)?;
        let chart = entry.chart.ok_or(ShapeError::Damaged)?;
        if entry.kind != EntryKind::CHANGE || !run.2.is_empty() {
            return Err(ShapeError::Damaged);
        }
        let payload = ByteBuf::from(entry.payload);
        let change = ChangeShape(chart, entry.hlc, entry.person, payload);
        run.2 = ByteBuf::from(encode(&change)?);
    }
    Ok(runs)
}
