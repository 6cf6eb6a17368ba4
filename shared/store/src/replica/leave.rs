//! Charts that leave: removed without a trace, attachments too, once the hub has all that was written here about them.
//!
//! What stays is this device's own log without what its changes said: their places, their chain and their hashes. Who
//! looked at the chart, and when, stays too: a history that forgets is none. SQLite overwrites what is deleted (`secure_delete`), and the journal is emptied after it.

use audit::EntryKind;
use record::{ChartId, ScopeId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{ReplicaStore, blob, chart_number, find};
use crate::StoreError;
use crate::error::Doing as _;

/// What of an entry is the patient's, and not the history of who looked.
const CONTENT: [u16; 2] = [EntryKind::CHANGE.0, EntryKind::ATTACHMENT.0];

/// What was written here about a chart.
const OWN: &str = "entry.chart = ?1 AND entry.chain <> x'' AND EXISTS (SELECT 1 FROM own_log
     WHERE own_log.device = entry.device AND own_log.epoch = entry.epoch)";

impl ReplicaStore {
    /// Returns how many charts are in no scope of this site any more and wait for the hub to have what was written
    /// here about them.
    pub fn count_leaving(&self) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached("SELECT count(*) FROM leaving")
            .and_then(|mut it| it.query_row([], |row| row.get(0)))
            .doing("count the charts that leave")
    }

    /// Empties the journal, so that nothing of what was removed stays in it.
    pub(super) fn empty_journal(&self) -> Result<(), StoreError> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))
            .doing("empty the journal")
    }
}

/// Takes a chart out of a scope. One that is in no other is to be removed.
pub(super) fn leave(
    connection: &Connection,
    chart: ChartId,
    scope: ScopeId,
) -> Result<(), StoreError> {
    let doing = "take a chart out of a scope";
    let Some(chart) = chart_number(connection, chart)? else {
        return Ok(());
    };
    connection
        .prepare_cached("DELETE FROM member WHERE chart = ?1 AND scope = ?2")
        .and_then(|mut it| it.execute(params![chart, scope.0]))
        .doing(doing)?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO leaving (chart)
             SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM member WHERE chart = ?1)",
        )
        .and_then(|mut it| it.execute([chart]))
        .doing(doing)?;
    Ok(())
}

/// Keeps charts that have come back into a scope.
pub(super) fn keep_members(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM leaving WHERE chart IN (SELECT chart FROM member)")
        .and_then(|mut it| it.execute([]))
        .doing("keep a chart that came back")?;
    Ok(())
}

/// Removes the charts that leave and of which the hub has all that was written here. Returns how many.
pub(super) fn remove_ready(connection: &Connection) -> Result<usize, StoreError> {
    let doing = "find charts to remove";
    let ready: Vec<i64> = {
        let sql = "SELECT chart FROM leaving WHERE NOT EXISTS (
                       SELECT 1 FROM entry JOIN own_log ON own_log.device = entry.device AND own_log.epoch = entry.epoch
                       WHERE entry.chart = leaving.chart AND entry.seq > own_log.stored AND entry.chain <> x'')
                   AND NOT EXISTS (
                       SELECT 1 FROM attachment JOIN blob ON blob.hash = attachment.hash AND blob.size = attachment.size
                       WHERE attachment.chart = leaving.chart AND whole = 1 AND at_hub = 0)";
        let mut statement = connection.prepare_cached(sql).doing(doing)?;
        let rows = statement.query_map([], |row| row.get(0)).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)?
    };
    for chart in &ready {
        remove(connection, *chart)?;
    }
    if !ready.is_empty() {
        blob::drop_unnamed(connection)?;
    }
    Ok(ready.len())
}

fn remove(connection: &Connection, chart: i64) -> Result<(), StoreError> {
    let doing = "remove a chart";
    forget_numbered(connection, chart)?;
    let [change, attachment] = CONTENT;
    let is_content = format!("kind IN ({change}, {attachment})");
    let statements = [
        "DELETE FROM source WHERE chart = ?1".to_owned(),
        "DELETE FROM quarantine WHERE entry IN (SELECT id FROM entry WHERE chart = ?1)".to_owned(),
        format!("UPDATE entry SET state = 3, payload = x'' WHERE {OWN} AND {is_content}"),
        format!(
            "DELETE FROM entry WHERE chart = ?1 AND state <> 3 AND ({is_content} OR NOT ({OWN}))"
        ),
        "DELETE FROM leaving WHERE chart = ?1".to_owned(),
    ];
    for sql in statements {
        connection
            .prepare_cached(&sql)
            .and_then(|mut it| it.execute([chart]))
            .doing(doing)?;
    }
    let name: Option<Vec<u8>> = connection
        .prepare_cached("SELECT name FROM chart WHERE id = ?1")
        .and_then(|mut it| it.query_row([chart], |row| row.get(0)).optional())
        .doing(doing)?;
    let Some(name) = name.and_then(|it| it.try_into().ok()).map(ChartId::new) else {
        return Ok(());
    };
    // What is remembered under a name that ends with the chart's goes with it: drafts.
    connection
        .prepare_cached("DELETE FROM meta WHERE key GLOB '*/' || ?1")
        .and_then(|mut it| it.execute([name.to_string()]))
        .doing(doing)?;
    Ok(())
}

/// Removes a chart from the caches.
pub(super) fn forget_chart(connection: &Connection, chart: ChartId) -> Result<(), StoreError> {
    match chart_number(connection, chart)? {
        Some(chart) => forget_numbered(connection, chart),
        None => Ok(()),
    }
}

/// Removes a chart from the caches by its short number.
fn forget_numbered(connection: &Connection, chart: i64) -> Result<(), StoreError> {
    let doing = "remove a chart from lists";
    let found_by: Option<String> = connection
        .prepare_cached("SELECT found_by FROM search WHERE chart = ?1")
        .and_then(|mut it| it.query_row([chart], |row| row.get(0)).optional())
        .doing(doing)?;
    if let Some(found_by) = found_by {
        find::replace_words(connection, chart, &found_by, "")?;
        connection
            .prepare_cached(
                "INSERT INTO search_part (search_part, rowid, found_by) VALUES ('delete', ?1, ?2)",
            )
            .and_then(|mut it| it.execute(params![chart, found_by]))
            .doing(doing)?;
    }
    for table in ["search", "snapshot"] {
        connection
            .execute(&format!("DELETE FROM {table} WHERE chart = ?1"), [chart])
            .doing(doing)?;
    }
    blob::forget_chart(connection, chart)
}
