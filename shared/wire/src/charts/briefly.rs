//! What is in a pack, in brief: columns for where the changes are from, and the changes as entries in brief.

use audit::{Entry, EntryKind, LogHead, LogPosition};
use record::{ChartId, DeviceId, Hlc, PersonId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{OpenPackError, PackRow, PackedChange, PackedChart};
use crate::brief::{from_brief, to_brief};
use crate::limits::{MAX_PACK_CHANGES, MAX_PACK_CHARTS, MAX_PACK_UNPACKED_BYTES};
use crate::message::is_place;

/// What the changes may come to.
pub(super) const MAX_CHANGES_BYTES: usize = MAX_PACK_UNPACKED_BYTES.saturating_mul(2);

/// The columns, and the changes that are carried.
#[derive(Default, Serialize, Deserialize)]
struct InBrief(
    /// How many changes of each chart follow; 0 for one that left.
    Vec<u32>,
    /// The names of charts of which no change is carried, 16 bytes each: the others' are in their changes.
    ByteBuf,
    /// Devices.
    Vec<u32>,
    /// Log epochs.
    Vec<u32>,
    /// Places in logs: how far each is from the one before.
    Vec<i64>,
    /// Which changes the reader holds: how far each is after the one before, in this column's own order.
    Vec<u32>,
    /// The hybrid clocks of those: how far each is from the one before.
    Vec<i64>,
    /// Who wrote those.
    Vec<u32>,
    /// The others, as entries in brief.
    ByteBuf,
);

/// The log that the changes are written as: nobody's.
fn nobody() -> LogHead {
    LogHead::start(DeviceId(0), 0)
}

/// Writes rows; none if one of them is no change that can be written so.
pub(super) fn write(rows: &[PackRow]) -> Option<Vec<u8>> {
    let mut columns = InBrief::default();
    let InBrief(counts, names, devices, epochs, seqs, held, hlcs, people, brief) = &mut columns;
    let (mut seq, mut hlc, mut held_at) = (0_u64, 0_u64, 0_usize);
    let mut entries = Vec::new();
    for rows in rows.chunk_by(|one, other| one.chart == other.chart) {
        let carried = entries.len();
        let mut count = 0_u32;
        for change in rows.iter().filter_map(|it| it.change.as_ref()) {
            let at = devices.len();
            count = count.checked_add(1)?;
            devices.push(change.position.device.0);
            epochs.push(change.position.epoch);
            seqs.push(change.position.seq.wrapping_sub(seq).cast_signed());
            seq = change.position.seq;
            let chart = rows.first()?.chart;
            if let Some(entry) = entry(chart, change) {
                entries.push(entry?);
                continue;
            }
            held.push(u32::try_from(at.checked_sub(held_at)?).ok()?);
            held_at = at;
            let now = change.hlc.as_u64();
            hlcs.push(now.wrapping_sub(hlc).cast_signed());
            hlc = now;
            people.push(change.person.0);
        }
        counts.push(count);
        if entries.len() == carried {
            names.extend_from_slice(rows.first()?.chart.as_bytes());
        }
    }
    let written = to_brief(nobody(), &entries, MAX_CHANGES_BYTES, &mut |_, _| None)?;
    brief.extend_from_slice(&written);
    serde_ipld_dagcbor::to_vec(&columns).ok()
}

/// Returns the entry that a change is sent as; none if the reader holds it, and none inside if it is no change.
fn entry(chart: ChartId, change: &PackedChange) -> Option<Option<Vec<u8>>> {
    let payload = change.payload.clone()?;
    let entry = Entry {
        kind: EntryKind::CHANGE,
        chart: Some(chart),
        hlc: change.hlc,
        person: change.person,
        payload,
    };
    Some(entry.to_bytes().ok())
}

/// Reads what [`write`] wrote.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<PackedChart>, OpenPackError> {
    let damaged = OpenPackError::Damaged;
    let columns: InBrief = serde_ipld_dagcbor::from_slice(bytes).map_err(|_opaque| damaged)?;
    let InBrief(counts, names, devices, epochs, seqs, held, hlcs, people, brief) = &columns;
    if counts.len() > MAX_PACK_CHARTS || devices.len() > MAX_PACK_CHANGES {
        return Err(OpenPackError::TooLarge);
    }
    let fits = [epochs.len(), seqs.len()]
        .iter()
        .all(|it| *it == devices.len())
        && [hlcs.len(), people.len()]
            .iter()
            .all(|it| *it == held.len());
    let carried = devices.len().checked_sub(held.len()).filter(|_| fits);
    let carried = carried.ok_or(damaged)?;
    let entries = from_brief(nobody(), brief, carried, MAX_CHANGES_BYTES, &mut |_| None).map_err(
        |error| match error {
            crate::brief::BriefError::TooLarge => OpenPackError::TooLarge,
            crate::brief::BriefError::UnknownChange | crate::brief::BriefError::Damaged => damaged,
        },
    )?;
    let (names, rest) = names.as_chunks::<16>();
    let mut rows = Rows {
        columns: &columns,
        at: 0,
        seq: 0,
        held: held_places(held, devices.len())?,
        hlc: 0,
        held_at: 0,
        entries: entries.into_iter(),
        names: names.iter(),
    };
    let charts: Vec<PackedChart> = counts
        .iter()
        .map(|count| rows.chart(*count))
        .collect::<Result<_, _>>()?;
    let is_all = rows.at == devices.len() && rows.entries.len() == 0 && rows.names.len() == 0;
    if is_all && rest.is_empty() {
        Ok(charts)
    } else {
        Err(damaged)
    }
}

/// Returns for each change whether the reader holds it.
fn held_places(steps: &[u32], changes: usize) -> Result<Vec<bool>, OpenPackError> {
    let mut places = vec![false; changes];
    let mut at = 0_usize;
    for step in steps {
        let step = usize::try_from(*step).map_err(|_huge| OpenPackError::Damaged)?;
        at = at.saturating_add(step);
        match places.get_mut(at) {
            Some(place) if !*place => *place = true,
            Some(_) | None => return Err(OpenPackError::Damaged),
        }
    }
    Ok(places)
}

/// The rows of the columns, one after another.
struct Rows<'a> {
    columns: &'a InBrief,
    at: usize,
    seq: u64,
    /// Which changes the reader holds.
    held: Vec<bool>,
    hlc: u64,
    held_at: usize,
    entries: std::vec::IntoIter<Vec<u8>>,
    names: std::slice::Iter<'a, [u8; 16]>,
}

impl Rows<'_> {
    /// Reads a chart of so many changes.
    fn chart(&mut self, count: u32) -> Result<PackedChart, OpenPackError> {
        let damaged = OpenPackError::Damaged;
        let mut chart = None;
        let mut changes = Vec::new();
        for _change in 0..count {
            let InBrief(_, _, devices, epochs, seqs, ..) = self.columns;
            let step = seqs.get(self.at).ok_or(damaged)?;
            self.seq = self.seq.wrapping_add(step.cast_unsigned());
            if !is_place(self.seq) {
                return Err(damaged);
            }
            let position = LogPosition {
                device: DeviceId(*devices.get(self.at).ok_or(damaged)?),
                epoch: *epochs.get(self.at).ok_or(damaged)?,
                seq: self.seq,
            };
            let is_held = *self.held.get(self.at).ok_or(damaged)?;
            self.at = self.at.saturating_add(1);
            if is_held {
                changes.push(self.held(position)?);
                continue;
            }
            let bytes = self.entries.next().ok_or(damaged)?;
            let entry = Entry::from_bytes(&bytes).map_err(|_opaque| damaged)?;
            let of = entry.chart.filter(|_| entry.kind == EntryKind::CHANGE);
            if of.is_none() || chart.is_some_and(|it| Some(it) != of) {
                return Err(damaged);
            }
            chart = of;
            changes.push(PackedChange {
                position,
                hlc: entry.hlc,
                person: entry.person,
                payload: Some(entry.payload),
            });
        }
        let chart = match chart {
            Some(chart) => chart,
            None => ChartId::new(*self.names.next().ok_or(damaged)?),
        };
        Ok(PackedChart { chart, changes })
    }

    /// Reads a change that the reader holds.
    fn held(&mut self, position: LogPosition) -> Result<PackedChange, OpenPackError> {
        let damaged = OpenPackError::Damaged;
        let InBrief(_, _, _, _, _, _, hlcs, people, _) = self.columns;
        let step = hlcs.get(self.held_at).ok_or(damaged)?;
        self.hlc = self.hlc.wrapping_add(step.cast_unsigned());
        let person = PersonId(*people.get(self.held_at).ok_or(damaged)?);
        self.held_at = self.held_at.saturating_add(1);
        Ok(PackedChange {
            position,
            hlc: Hlc::from_u64(self.hlc),
            person,
            payload: None,
        })
    }
}
