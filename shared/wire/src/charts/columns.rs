//! What is in a pack: nine columns, because like stands beside like in them and packs to nearly nothing.

use audit::{Entry, LogPosition};
use record::{ChartId, DeviceId, Hlc, PersonId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::slim::{self, Hashes};
use super::{OpenPackError, PackRow, PackedChange, PackedChart};
use crate::limits::{MAX_PACK_CHANGES, MAX_PACK_CHARTS, MAX_PACK_UNPACKED_BYTES};
use crate::message::is_place;

/// The charts' names and how many changes of each follow, then a column for each member of a change.
#[derive(Default, Serialize, Deserialize)]
struct Columns(
    /// Charts, 16 bytes each.
    ByteBuf,
    /// How many changes of each; 0 for one that left.
    Vec<u32>,
    /// Devices.
    Vec<u32>,
    /// Log epochs.
    Vec<u32>,
    /// Places in logs: how far each is from the one before.
    Vec<i64>,
    /// Hybrid clocks: how far each is from the one before.
    Vec<i64>,
    /// People.
    Vec<u32>,
    /// How many bytes of the last column each change takes; 0 for one that the reader holds.
    Vec<u32>,
    /// The changes, slim, one after another.
    ByteBuf,
);

/// Writes rows; `None` if one of them is no change that may be sent.
pub(super) fn write(rows: &[PackRow]) -> Option<Vec<u8>> {
    let mut columns = Columns::default();
    let Columns(charts, counts, devices, epochs, seqs, hlcs, people, sizes, bodies) = &mut columns;
    let (mut chart, mut hashes) = (None, Hashes::default());
    let (mut seq_before, mut hlc_before) = (0_u64, 0_u64);
    for PackRow {
        chart: of, change, ..
    } in rows
    {
        if chart != Some(*of) {
            chart = Some(*of);
            hashes = Hashes::default();
            charts.extend_from_slice(of.as_bytes());
            counts.push(0);
        }
        let Some(change) = change else {
            continue;
        };
        let count = counts.last_mut()?;
        *count = count.checked_add(1)?;
        let LogPosition { device, epoch, seq } = change.position;
        let hlc = change.hlc.as_u64();
        devices.push(device.0);
        epochs.push(epoch);
        seqs.push(seq.wrapping_sub(seq_before).cast_signed());
        hlcs.push(hlc.wrapping_sub(hlc_before).cast_signed());
        people.push(change.person.0);
        (seq_before, hlc_before) = (seq, hlc);
        let body = match &change.payload {
            None => Vec::new(),
            Some(payload) if payload.is_empty() || payload.len() > Entry::MAX_BYTES => return None,
            Some(payload) => slim::slim(payload, &mut hashes),
        };
        sizes.push(u32::try_from(body.len()).ok()?);
        bodies.extend_from_slice(&body);
    }
    serde_ipld_dagcbor::to_vec(&columns).ok()
}

/// Reads what [`write`] wrote.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<PackedChart>, OpenPackError> {
    let columns: Columns =
        serde_ipld_dagcbor::from_slice(bytes).map_err(|_opaque| OpenPackError::Damaged)?;
    let Columns(charts, counts, ..) = &columns;
    let (names, rest) = charts.as_chunks::<16>();
    if names.len() > MAX_PACK_CHARTS || columns.2.len() > MAX_PACK_CHANGES {
        return Err(OpenPackError::TooLarge);
    }
    if !rest.is_empty() || names.len() != counts.len() {
        return Err(OpenPackError::Damaged);
    }
    let mut rows = Rows::of(&columns)?;
    let mut read = Vec::with_capacity(names.len());
    for (name, count) in names.iter().zip(counts) {
        rows.hashes = Hashes::default();
        let changes = (0..*count).map(|_change| rows.next());
        read.push(PackedChart {
            chart: ChartId::new(*name),
            changes: changes.collect::<Result<_, _>>()?,
        });
    }
    if rows.at == columns.2.len() && rows.bodies.is_empty() {
        Ok(read)
    } else {
        Err(OpenPackError::Damaged)
    }
}

/// The rows of the columns, one after another.
struct Rows<'a> {
    columns: &'a Columns,
    at: usize,
    seq: u64,
    hlc: u64,
    hashes: Hashes,
    bodies: &'a [u8],
    /// How many bytes the changes may still come to.
    room: usize,
}

impl<'a> Rows<'a> {
    fn of(columns: &'a Columns) -> Result<Self, OpenPackError> {
        let Columns(_, _, devices, epochs, seqs, hlcs, people, sizes, bodies) = columns;
        let lengths = [
            epochs.len(),
            seqs.len(),
            hlcs.len(),
            people.len(),
            sizes.len(),
        ];
        if lengths.iter().any(|it| *it != devices.len()) {
            return Err(OpenPackError::Damaged);
        }
        Ok(Self {
            columns,
            at: 0,
            seq: 0,
            hlc: 0,
            hashes: Hashes::default(),
            bodies,
            room: MAX_PACK_UNPACKED_BYTES.saturating_mul(2),
        })
    }

    fn next(&mut self) -> Result<PackedChange, OpenPackError> {
        let Columns(_, _, devices, epochs, seqs, hlcs, people, sizes, _) = self.columns;
        let at = self.at;
        let damaged = OpenPackError::Damaged;
        self.at = at.checked_add(1).ok_or(damaged)?;
        let step = seqs.get(at).ok_or(damaged)?;
        self.seq = self.seq.wrapping_add(step.cast_unsigned());
        if !is_place(self.seq) {
            return Err(damaged);
        }
        let step = hlcs.get(at).ok_or(damaged)?;
        self.hlc = self.hlc.wrapping_add(step.cast_unsigned());
        let size = sizes.get(at).and_then(|it| usize::try_from(*it).ok());
        let (body, rest) = self
            .bodies
            .split_at_checked(size.ok_or(damaged)?)
            .ok_or(damaged)?;
        self.bodies = rest;
        let payload = if body.is_empty() {
            None
        } else {
            let payload = slim::expand(body, &mut self.hashes).ok_or(damaged)?;
            if payload.len() > Entry::MAX_BYTES {
                return Err(OpenPackError::TooLarge);
            }
            self.room = self
                .room
                .checked_sub(payload.len())
                .ok_or(OpenPackError::TooLarge)?;
            Some(payload)
        };
        Ok(PackedChange {
            position: LogPosition {
                device: DeviceId(*devices.get(at).ok_or(damaged)?),
                epoch: *epochs.get(at).ok_or(damaged)?,
                seq: self.seq,
            },
            hlc: Hlc::from_u64(self.hlc),
            person: PersonId(*people.get(at).ok_or(damaged)?),
            payload,
        })
    }
}
