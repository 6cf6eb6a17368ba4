//! What people ask of the hub: who did what, what was set aside, who was here, how much there is.

use record::{ChartId, DeviceId};
use rusqlite::{Connection, Row, params, params_from_iter, types::Value};

use super::entries::{ENTRY, POSITION, entry_of, position_of};
use super::{
    AuditFilter, AuditRow, Contact, HubCounts, HubStore, QuarantineRow, chart_number, one, run,
};
use crate::StoreError;
use crate::database;

/// The most rows of one page: more than a person reads at once.
pub(super) const MAX_PAGE: usize = 10_000;

impl HubStore {
    /// Lists entries, the newest first.
    pub fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        let mut wanted: Vec<(&str, Value)> = Vec::new();
        if let Some(chart) = filter.chart {
            let Some(number) = chart_number(&self.connection, chart)? else {
                return Ok(Vec::new());
            };
            wanted.push(("chart = ? AND chart <> 0", number.into()));
        }
        if let Some(person) = filter.person {
            wanted.push(("person = ?", person.0.into()));
        }
        if let Some(device) = filter.device {
            wanted.push(("device = ?", device.0.into()));
        }
        if let Some(kind) = filter.kind {
            wanted.push(("kind = ?", kind.0.into()));
        }
        if let Some(since_ms) = filter.since_ms {
            let since = record::Hlc::new(since_ms, 0).as_u64().cast_signed();
            wanted.push(("hlc >= ?", since.into()));
        }
        if let Some(before) = filter.before_leaf {
            wanted.push((
                "leaf < ?",
                before.min(i64::MAX.cast_unsigned()).cast_signed().into(),
            ));
        }
        let conditions: String = wanted
            .iter()
            .map(|(condition, _value)| format!(" AND {condition}"))
            .collect();
        let sql = format!(
            "SELECT leaf, {POSITION}, {ENTRY} FROM entry JOIN chart ON chart.id = entry.chart
             WHERE true{conditions} ORDER BY leaf DESC LIMIT {}",
            filter.limit.min(MAX_PAGE)
        );
        let values = params_from_iter(wanted.into_iter().map(|(_condition, value)| value));
        self.all(&sql, values, "list entries", |row| {
            Ok(AuditRow {
                leaf: row.get(0)?,
                position: position_of(row, 1)?,
                entry: entry_of(row, 4)?,
            })
        })
    }

    /// Returns the log that an automerge actor belongs to.
    pub fn actor(&self, actor: &[u8; 16]) -> Result<Option<(DeviceId, u32)>, StoreError> {
        let sql = "SELECT device, epoch FROM actor WHERE actor = ?1";
        self.one(sql, [actor], "look an actor up", |row| {
            Ok((DeviceId(row.get(0)?), row.get(1)?))
        })
    }

    /// Returns what was set aside from a leaf on, the oldest first; of a device, or of all.
    pub fn quarantined(
        &self,
        device: Option<DeviceId>,
        from_leaf: u64,
    ) -> Result<Vec<QuarantineRow>, StoreError> {
        let sql = format!(
            "{} WHERE quarantine.leaf >= ?1 AND (?2 IS NULL OR device = ?2) ORDER BY quarantine.leaf LIMIT {MAX_PAGE}",
            quarantine()
        );
        self.all(
            &sql,
            params![from_leaf, device.map(|it| it.0)],
            "list what was set aside",
            quarantine_of,
        )
    }

    /// Tells whether the change with this hash was set aside: what builds on it must be too.
    pub fn is_set_aside(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM quarantine WHERE hash = ?1 AND hash <> x''";
        let found = self.one(sql, [hash], "look for a change set aside", |_row| Ok(()))?;
        Ok(found.is_some())
    }

    /// Remembers a contact.
    pub fn note_contact(&mut self, contact: &Contact) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            run(
                connection,
                "INSERT INTO contact (device, at_ms, release) VALUES (?1, ?2, ?3)
                 ON CONFLICT (device) DO UPDATE SET at_ms = excluded.at_ms, release = excluded.release",
                params![contact.device.0, contact.at_ms, contact.release],
                "note a contact",
            )
            .map(drop)
        })
    }

    /// Returns the last contact of every device.
    pub fn contacts(&self) -> Result<Vec<Contact>, StoreError> {
        let sql = "SELECT device, at_ms, release FROM contact ORDER BY device";
        self.all(sql, [], "read the contacts", |row| {
            Ok(Contact {
                device: DeviceId(row.get(0)?),
                at_ms: row.get(1)?,
                release: row.get(2)?,
            })
        })
    }

    /// Returns how much there is.
    pub fn counts(&self) -> Result<HubCounts, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM snapshot),
                          (SELECT coalesce(max(leaf) + 1, 0) FROM entry),
                          (SELECT count(*) FROM entry WHERE leaf >= (SELECT looked_into FROM hub)) - (SELECT count(*) FROM ahead),
                          (SELECT count(*) FROM waiting),
                          (SELECT count(*) FROM quarantine),
                          (SELECT count(DISTINCT device || ' ' || epoch) FROM fork)";
        let counts = self.one(sql, [], "count", |row| {
            Ok(HubCounts {
                charts: row.get(0)?,
                entries: row.get(1)?,
                unmaterialised: row.get(2)?,
                waiting: row.get(3)?,
                quarantined: row.get(4)?,
                forks: row.get(5)?,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }
}

/// The beginning of a query for what was set aside, with the columns of [`quarantine_of`].
fn quarantine() -> String {
    format!(
        "SELECT quarantine.leaf, {POSITION}, chart.name, reason FROM quarantine
         JOIN entry ON entry.leaf = quarantine.leaf JOIN chart ON chart.id = entry.chart"
    )
}

fn quarantine_of(row: &Row<'_>) -> rusqlite::Result<QuarantineRow> {
    let name: Vec<u8> = row.get(4)?;
    Ok(QuarantineRow {
        leaf: row.get(0)?,
        position: position_of(row, 1)?,
        chart: name.try_into().ok().map(ChartId::new),
        reason: row.get(5)?,
    })
}

/// Returns an entry that was set aside.
pub(super) fn quarantine_row(
    connection: &Connection,
    leaf: u64,
) -> Result<QuarantineRow, StoreError> {
    let doing = "read what was set aside";
    let sql = format!("{} WHERE quarantine.leaf = ?1", quarantine());
    one(connection, &sql, [leaf], doing, quarantine_of)?.ok_or(StoreError::Damaged { doing })
}
