//! What is held: charts, their changes, their rows in lists.

use audit::LogPosition;
use record::{About, ChartId, DeviceId, PersonId, ScopeId, StatementId};
use rusqlite::{OptionalExtension as _, Row, params};

use super::carried::NOT_CARRIED;
use super::folded::found_by;
use super::log::hlc_of;
use super::packed::unpack;
use super::{
    Cursor, KeptSource, ReplicaStore, SearchRow, Snapshot, SourceAddress, StoredChange,
    chart_named, chart_number,
};
use crate::StoreError;
use crate::error::Doing as _;

impl ReplicaStore {
    /// Returns how far each feed was taken.
    pub fn cursors(&self) -> Result<Vec<Cursor>, StoreError> {
        self.rows(
            "SELECT scope, feed_epoch, position, digest FROM cursor ORDER BY scope",
            "read the cursors",
            |row| {
                Ok(Cursor {
                    scope: ScopeId(row.get(0)?),
                    feed_epoch: row.get(1)?,
                    position: row.get(2)?,
                    digest: row.get(3)?,
                })
            },
        )
    }

    /// Returns a chart's saved document.
    pub fn snapshot(&self, chart: ChartId) -> Result<Option<Snapshot>, StoreError> {
        let doing = "read a chart's document";
        let kept: Option<(Vec<u8>, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT bytes, heads FROM snapshot WHERE chart = (SELECT id FROM chart WHERE name = ?1)",
            )
            .and_then(|mut it| {
                it.query_row([chart.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .doing(doing)?;
        let Some((bytes, heads)) = kept else {
            return Ok(None);
        };
        let (heads, rest) = heads.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(StoreError::Damaged { doing });
        }
        Ok(Some(Snapshot {
            bytes: unpack(bytes),
            heads: heads.to_vec(),
        }))
    }

    /// Returns a chart's applied changes, own and others', in an order in which each has what it needs.
    pub fn changes_of(&self, chart: ChartId) -> Result<Vec<StoredChange>, StoreError> {
        self.changes(chart, "state = 0")
    }

    /// Finds a change of a chart that the hub holds as well, the newest or the one of this hash: one of the own log
    /// up to a place, or one of another device that came after so many others.
    pub fn earlier_change(
        &self,
        chart: ChartId,
        hash: Option<[u8; 32]>,
        log: (DeviceId, u32, u64),
        since: u64,
    ) -> Result<Option<(LogPosition, Vec<u8>)>, StoreError> {
        let doing = "find an earlier change";
        let Some(chart) = chart_number(&self.connection, chart)? else {
            return Ok(None);
        };
        let (device, epoch, seq) = log;
        let wanted = hash.as_ref().map(<[u8; 32]>::as_slice);
        let sql = format!(
            "SELECT device, epoch, seq, payload FROM entry INDEXED BY entry_change
             WHERE kind = 1 AND chart = ?1 AND state = 0 AND (?2 IS NULL OR hash = ?2)
             AND iif(device = ?3, epoch = ?4 AND seq <= ?5, id > ?6 AND {NOT_CARRIED})
             ORDER BY id DESC LIMIT 1"
        );
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut it| {
                let known = params![chart, wanted, device.0, epoch, seq, since];
                it.query_row(known, |row| Ok((position_of(row)?, row.get(3)?)))
                    .optional()
            })
            .doing(doing)
    }

    /// Returns the number of the newest entry here, own or another's.
    pub fn newest_entry(&self) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM entry";
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .doing("find the newest entry")
    }

    /// Returns a chart's changes that wait for others.
    pub fn waiting_of(&self, chart: ChartId) -> Result<Vec<StoredChange>, StoreError> {
        self.changes(chart, "state = 1")
    }

    /// Returns what could not be taken, with why.
    pub fn quarantined(&self) -> Result<Vec<(LogPosition, String)>, StoreError> {
        self.rows(
            "SELECT device, epoch, seq, reason FROM quarantine JOIN entry ON entry.id = quarantine.entry ORDER BY entry",
            "read what was set aside",
            |row| Ok((position_of(row)?, row.get(3)?)),
        )
    }

    /// Returns every chart that has a document.
    pub fn charts(&self) -> Result<Vec<ChartId>, StoreError> {
        self.names(
            "SELECT name FROM snapshot JOIN chart ON chart.id = snapshot.chart ORDER BY chart.id",
        )
    }

    /// Returns every chart that has changes that were taken up, whether or not it has a document.
    pub fn charts_in_log(&self) -> Result<Vec<ChartId>, StoreError> {
        self.names(
            "SELECT name FROM chart WHERE id IN (SELECT chart FROM entry WHERE kind = 1 AND state = 0) ORDER BY id",
        )
    }

    /// Returns every chart that was ever known here, also one that has left.
    pub fn charts_known(&self) -> Result<Vec<ChartId>, StoreError> {
        self.names("SELECT name FROM chart WHERE id <> 0 ORDER BY id")
    }

    /// Returns every chart that has a document or is in lists, whether or not it has changes.
    pub fn charts_in_caches(&self) -> Result<Vec<ChartId>, StoreError> {
        self.names(
            "SELECT name FROM chart WHERE id IN (SELECT chart FROM snapshot UNION SELECT chart FROM search)
             ORDER BY id",
        )
    }

    /// Tells whether a chart has this number on its card.
    pub fn has_number(&self, number: &str) -> Result<bool, StoreError> {
        self.connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM search WHERE number = ?1)")
            .and_then(|mut it| it.query_row([number], |row| row.get(0)))
            .doing("look for a patient number")
    }

    /// Returns how many charts there are.
    pub fn count_charts(&self) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached("SELECT count(*) FROM search WHERE about = 0")
            .and_then(|mut it| it.query_row([], |row| row.get(0)))
            .doing("count the charts")
    }

    /// Returns the charts about which a person must decide something.
    pub fn conflicts(&self) -> Result<Vec<ChartId>, StoreError> {
        self.names(
            "SELECT chart.name FROM search INDEXED BY search_conflict JOIN chart ON chart.id = search.chart
             WHERE conflict = 1 ORDER BY chart.id",
        )
    }

    /// Returns a chart's row in lists.
    pub fn row(&self, chart: ChartId) -> Result<Option<SearchRow>, StoreError> {
        let Some(number) = chart_number(&self.connection, chart)? else {
            return Ok(None);
        };
        Ok(self.row_numbered(number)?.map(|(row, _found_by)| row))
    }

    /// Tells whether a chart is listed and found as this row says.
    pub fn row_matches(&self, row: &SearchRow) -> Result<bool, StoreError> {
        let Some(number) = chart_number(&self.connection, row.chart)? else {
            return Ok(false);
        };
        let Some((kept, kept_by)) = self.row_numbered(number)? else {
            return Ok(false);
        };
        let shown = SearchRow {
            also: Vec::new(),
            ..row.clone()
        };
        Ok(kept == shown && kept_by == found_by(row) && self.words_match(number, &kept_by)?)
    }

    /// Returns where an imported object went.
    pub fn source_of(&self, key: &str) -> Result<Option<(ChartId, StatementId)>, StoreError> {
        let doing = "find where an imported object went";
        let found: Option<(Vec<u8>, [u8; 16])> = self
            .connection
            .prepare_cached(
                "SELECT name, statement FROM source JOIN chart ON chart.id = source.chart WHERE address = ?1",
            )
            .and_then(|mut it| {
                it.query_row([SourceAddress::of(key).0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .doing(doing)?;
        found
            .map(|(name, statement)| Ok((chart_named(name)?, StatementId::new(statement))))
            .transpose()
    }

    /// Returns all that is known of where imported objects went.
    pub fn sources(&self) -> Result<Vec<KeptSource>, StoreError> {
        self.rows(
            "SELECT address, chart.name, statement FROM source JOIN chart ON chart.id = source.chart",
            "list where imported objects went",
            |row| {
                Ok(KeptSource {
                    address: SourceAddress(row.get(0)?),
                    chart: ChartId::new(row.get(1)?),
                    statement: StatementId::new(row.get(2)?),
                })
            },
        )
    }

    /// Returns a row in lists and what it is found by.
    pub(super) fn row_numbered(
        &self,
        number: i64,
    ) -> Result<Option<(SearchRow, String)>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT chart.name, about, conflict, number, search.name, birth_date, sex, place, phone, found_by
                 FROM search JOIN chart ON chart.id = search.chart WHERE search.chart = ?1",
            )
            .doing("read a chart's row in lists")?
            .query_row([number], |row| {
                let chart: [u8; 16] = row.get(0)?;
                let about: i64 = row.get(1)?;
                let shown = SearchRow {
                    chart: ChartId::new(chart),
                    about: if about == 0 { About::Patient } else { About::Directory },
                    conflict: row.get(2)?,
                    number: row.get(3)?,
                    name: row.get(4)?,
                    birth_date: row.get(5)?,
                    sex: row.get(6)?,
                    place: row.get(7)?,
                    phone: row.get(8)?,
                    also: Vec::new(),
                };
                Ok((shown, row.get(9)?))
            })
            .optional()
            .doing("read a chart's row in lists")
    }

    fn changes(&self, chart: ChartId, which: &str) -> Result<Vec<StoredChange>, StoreError> {
        let doing = "read a chart's changes";
        let Some(chart) = chart_number(&self.connection, chart)? else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT device, epoch, seq, hlc, person, hash, payload
             FROM entry INDEXED BY entry_change WHERE kind = 1 AND chart = ?1 AND {which} ORDER BY id"
        );
        let mut statement = self.connection.prepare_cached(&sql).doing(doing)?;
        let rows = statement
            .query_map(params![chart], |row| {
                Ok(StoredChange {
                    position: position_of(row)?,
                    hlc: hlc_of(row.get(3)?),
                    person: PersonId(row.get(4)?),
                    hash: row.get(5)?,
                    bytes: row.get(6)?,
                })
            })
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    fn names(&self, sql: &str) -> Result<Vec<ChartId>, StoreError> {
        self.rows(sql, "list charts", |row| row.get(0).map(ChartId::new))
    }

    fn rows<T>(
        &self,
        sql: &str,
        doing: &'static str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).doing(doing)?;
        let rows = statement.query_map([], read).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }
}

/// Reads a place out of the first three columns.
fn position_of(row: &Row<'_>) -> rusqlite::Result<LogPosition> {
    Ok(LogPosition {
        device: DeviceId(row.get(0)?),
        epoch: row.get(1)?,
        seq: row.get(2)?,
    })
}
