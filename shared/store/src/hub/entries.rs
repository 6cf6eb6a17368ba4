//! Entries of every log, each with its leaf of the history.

use audit::{ChainHash, Entry, EntryKind, Leaf, LogHead, LogPosition, SALT_BYTES, TreeHash};
use record::{ChartId, DeviceId, Hlc, PersonId};
use rusqlite::{Connection, Row, params};

use super::{HubStore, number_chart, one, one_at, run};
use crate::StoreError;

/// The kind under which bytes are kept that are no entry.
const UNREADABLE: EntryKind = EntryKind(0);

impl HubStore {
    /// Returns where each of a device's logs stands, the newest log last.
    pub fn log_heads(&self, device: DeviceId) -> Result<Vec<LogHead>, StoreError> {
        let sql = "SELECT DISTINCT epoch FROM entry WHERE device = ?1 ORDER BY epoch";
        let epochs: Vec<u32> =
            self.all(sql, [device.0], "find a device's logs", |row| row.get(0))?;
        epochs
            .into_iter()
            .map(|epoch| self.log_head(device, epoch))
            .collect()
    }

    /// Returns where a log stands.
    pub fn log_head(&self, device: DeviceId, epoch: u32) -> Result<LogHead, StoreError> {
        head(&self.connection, device, epoch)
    }

    /// Returns the entry at a place of a log; `None` if there is none, or if its bytes are no entry.
    pub fn entry_at(&self, at: LogPosition) -> Result<Option<Entry>, StoreError> {
        let sql = format!(
            "SELECT {ENTRY} FROM entry JOIN chart ON chart.id = entry.chart
             WHERE device = ?1 AND epoch = ?2 AND seq = ?3"
        );
        let place = params![at.device.0, at.epoch, at.seq];
        let entry = self.one_at(&sql, place, "read an entry", |row| entry_of(row, 0))?;
        Ok(entry.flatten())
    }

    /// Returns the log's hash at a place.
    pub fn chain_at(
        &self,
        device: DeviceId,
        epoch: u32,
        seq: u64,
    ) -> Result<Option<ChainHash>, StoreError> {
        if seq == 0 {
            return Ok(Some(ChainHash::start(device, epoch)));
        }
        chain_at(&self.connection, LogPosition { device, epoch, seq })
    }

    /// Returns the change that was first written at a place, and its chart; none if there is none.
    pub fn change_at(&self, at: LogPosition) -> Result<Option<(ChartId, Vec<u8>)>, StoreError> {
        let sql = "SELECT chart.name, payload FROM entry JOIN chart ON chart.id = entry.chart
             WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND kind = 1 AND chart.id <> 0";
        let found = self.one_at(
            sql,
            params![at.device.0, at.epoch, at.seq],
            "find an earlier change",
            |row| Ok((ChartId::new(row.get(0)?), row.get(1)?)),
        )?;
        match found {
            Some(found) => Ok(Some(found)),
            None => super::returned::change_at(&self.connection, at),
        }
    }
}

pub(super) fn head(
    connection: &Connection,
    device: DeviceId,
    epoch: u32,
) -> Result<LogHead, StoreError> {
    let sql =
        "SELECT seq, chain FROM entry WHERE device = ?1 AND epoch = ?2 ORDER BY seq DESC LIMIT 1";
    let newest = one(
        connection,
        sql,
        params![device.0, epoch],
        "find a log's head",
        |row| {
            Ok(LogHead {
                device,
                epoch,
                seq: row.get(0)?,
                chain: ChainHash::from_bytes(row.get(1)?),
            })
        },
    )?;
    Ok(newest.unwrap_or_else(|| LogHead::start(device, epoch)))
}

pub(super) fn chain_at(
    connection: &Connection,
    at: LogPosition,
) -> Result<Option<ChainHash>, StoreError> {
    let sql = "SELECT chain FROM entry WHERE device = ?1 AND epoch = ?2 AND seq = ?3";
    one_at(
        connection,
        sql,
        params![at.device.0, at.epoch, at.seq],
        "read a log's chain",
        |row| row.get(0).map(ChainHash::from_bytes),
    )
}

/// Returns how many entries there are, which is the history's size.
pub(super) fn size(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT coalesce(max(leaf) + 1, 0) FROM entry";
    Ok(one(connection, sql, [], "count the entries", |row| row.get(0))?.unwrap_or(0))
}

/// Stores an entry as the log's newest, with its leaf of the history. Returns the leaf's number.
pub(super) fn append(
    connection: &Connection,
    head: &LogHead,
    bytes: &[u8],
    salt: &[u8; SALT_BYTES],
) -> Result<u64, StoreError> {
    let leaf = size(connection)?;
    let tree = super::history::grow(
        connection,
        leaf,
        &Leaf::new(head.position(), salt, &head.chain),
    )?;
    // Nothing may stop a log: what cannot be read is kept whole.
    let readable = Entry::from_bytes(bytes)
        .ok()
        .filter(|it| it.kind != UNREADABLE);
    let entry = readable.unwrap_or_else(|| Entry {
        kind: UNREADABLE,
        chart: None,
        hlc: Hlc::default(),
        person: PersonId::NOBODY,
        payload: bytes.to_vec(),
    });
    let chart = match entry.chart {
        Some(chart) => number_chart(connection, chart)?,
        None => 0,
    };
    run(
        connection,
        "INSERT INTO entry (leaf, device, epoch, seq, chain, salt, tree, kind, chart, hlc, person, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            leaf, head.device.0, head.epoch, head.seq, head.chain.as_bytes(), salt, joined(&tree),
            entry.kind.0, chart, entry.hlc.as_u64().cast_signed(), entry.person.0, entry.payload,
        ],
        "store an entry",
    )?;
    Ok(leaf)
}

fn joined(hashes: &[TreeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|it| it.0).collect()
}

/// The columns that [`entry_of`] reads, from a join of `entry` and `chart`.
pub(super) const ENTRY: &str = "kind, chart.name, hlc, person, payload";

/// Puts an entry together from its columns, which begin at `first`; `None` if its bytes are no entry.
pub(super) fn entry_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Entry>> {
    let kind = EntryKind(row.get(first)?);
    if kind == UNREADABLE {
        return Ok(None);
    }
    let name: Vec<u8> = row.get(first + 1)?;
    let chart = if name.is_empty() {
        None
    } else {
        Some(ChartId::new(row.get(first + 1)?))
    };
    let hlc = Hlc::from_u64(row.get::<_, i64>(first + 2)?.cast_unsigned());
    let person = PersonId(row.get(first + 3)?);
    Ok(Some(Entry {
        kind,
        chart,
        hlc,
        person,
        payload: row.get(first + 4)?,
    }))
}

/// Returns an entry's bytes from the same columns: those that came, as long as nobody altered the row.
pub(super) fn bytes_of(row: &Row<'_>, first: usize) -> Vec<u8> {
    // A row that was altered may be no entry at all. Then nothing stands for it, which no hash fits.
    match entry_of(row, first) {
        Ok(Some(entry)) => entry.to_bytes().unwrap_or_default(),
        Ok(None) => row.get(first + 4).unwrap_or_default(),
        Err(_altered) => Vec::new(),
    }
}

/// The columns that [`position_of`] reads.
pub(super) const POSITION: &str = "device, epoch, seq";

/// Reads a place in a log out of its columns, which begin at `first`.
pub(super) fn position_of(row: &Row<'_>, first: usize) -> rusqlite::Result<LogPosition> {
    Ok(LogPosition {
        device: DeviceId(row.get(first)?),
        epoch: row.get(first + 1)?,
        seq: row.get(first + 2)?,
    })
}
