//! Reading a feed that has grown for years.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use harness::swell;
use record::ScopeId;
use serde_json::{Value, json};
use sync_server::{Hub, OsWorld};

use super::fleet;

/// How often each place is read.
const READS: usize = 201;

/// What a batch holds at most, and how many rows of a feed.
const MAX_BYTES: usize = 64 * 1024;
const ROWS: u64 = 100;
const MAX_ROWS: usize = 100;

/// Reads the newest hundred rows of a feed, and a hundred in its middle, at each length.
pub(super) fn measure(folder: &Path, depths: &[u64]) -> Result<Value> {
    let (home, hub, _members) = fleet(folder, 1)?;
    drop(hub);
    let mut figures = Vec::new();
    for &entries in depths {
        swell::fill(folder, entries)?;
        let hub = Hub::open(&home, Box::new(OsWorld))?;
        let newest = median(&hub, entries - ROWS)?;
        let middle = median(&hub, entries / 2)?;
        figures.push(json!({
            "entries": entries,
            "newest_microseconds": newest.as_micros(),
            "middle_microseconds": middle.as_micros(),
        }));
    }
    Ok(Value::Array(figures))
}

fn median(hub: &Hub, from: u64) -> Result<Duration> {
    let mut times = Vec::with_capacity(READS);
    for _ in 0..READS {
        let began = Instant::now();
        let read = hub
            .store()
            .read_feed(ScopeId(swell::SCOPE), from, MAX_BYTES, MAX_ROWS)?;
        times.push(began.elapsed());
        let rows = read.context("no feed")?.rows.len();
        anyhow::ensure!(rows == MAX_ROWS, "{rows} rows were read");
    }
    times.sort_unstable();
    times.get(READS / 2).copied().context("no times")
}
