//! A hub's database as it is after many years: filled behind the store's back, for a bench cannot wait for so many entries.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::intruder;

/// The scope whose feed was made long, with made-up entries of a device that does not exist.
pub const SCOPE: u32 = 7_777;

/// How many charts the entries are spread over.
const CHARTS: u64 = 1_000;

/// How many rows a transaction writes.
const AT_ONCE: u64 = 100_000;

/// Fills the database in a home that no process serves, until so many entries are in the long feed. Each has a payload
/// of 200 random bytes. They are made up: what reads them by place does its work, what verifies them finds them wrong.
pub fn fill(home: &Path, entries: u64) -> Result<()> {
    let database = intruder::open(home)?;
    database.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")?;
    let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0));
    database.execute_batch(&format!(
        "INSERT OR IGNORE INTO scope (scope, position, digest) VALUES ({SCOPE}, 0, zeroblob(16));
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {CHARTS})
         INSERT OR IGNORE INTO chart (name) SELECT unhex(printf('%032x', i)) FROM n;
         INSERT OR IGNORE INTO member (chart, scope)
         SELECT id, {SCOPE} FROM chart WHERE name BETWEEN zeroblob(16) AND unhex(printf('%032x', {CHARTS}));"
    ))
    .context("making room for entries")?;
    let chart = number("SELECT min(chart) FROM member WHERE scope = 7777")?;
    let held = number("SELECT count(*) FROM feed WHERE scope = 7777")?;
    let mut held = u64::try_from(held)?;
    while held < entries {
        let many = AT_ONCE.min(entries - held);
        let leaf = number("SELECT coalesce(max(leaf), 0) + 1 FROM entry")?;
        let change = number("SELECT coalesce(max(id), 0) + 1 FROM change")?;
        let numbers = format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {many})"
        );
        database
            .execute_batch(&format!(
                "BEGIN;
                 {numbers} INSERT INTO entry (leaf, device, epoch, seq, chain, salt, tree, kind, chart, hlc, person, payload)
                 SELECT {leaf} + i, 7777, 1, {held} + i + 1, zeroblob(32), zeroblob(16), zeroblob(32), 1,
                        {chart} + ({held} + i) % {CHARTS}, {leaf} + i, 1, randomblob(200) FROM n;
                 {numbers} INSERT INTO change (id, leaf, chart, hash)
                 SELECT {change} + i, {leaf} + i, {chart} + ({held} + i) % {CHARTS}, randomblob(32) FROM n;
                 {numbers} INSERT INTO feed (scope, position, change, digest)
                 SELECT {SCOPE}, {held} + i + 1, {change} + i, randomblob(16) FROM n;
                 COMMIT;"
            ))
            .context("making entries up")?;
        held += many;
    }
    database
        .execute_batch(&format!(
            "UPDATE scope SET position = {held} WHERE scope = {SCOPE};
         UPDATE hub SET looked_into = (SELECT max(leaf) + 1 FROM entry);
         PRAGMA wal_checkpoint(TRUNCATE)"
        ))
        .context("moving the feed's head")?;
    ensure!(held == entries, "the feed has {held} entries already");
    Ok(())
}
