//! What the wire's dictionary is trained on: edits of many days at a clinic whose people do not exist.

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use audit::{Entry, EntryKind, LogHead};
use harness::population::Population;
use serde_json::{Value, json};
use wire::EarlierChange;

use crate::Held;
use crate::desk::Desk;
use crate::phase::{Day, work_a_day};

/// How many days are worked.
const DAYS: u64 = 30;
/// The most entries of one edit: what was looked at, the change, what was written.
const EDIT: usize = 5;

/// Works many days and writes each edit's entries in brief, a file for each.
pub(crate) fn write(held: Held, folder: &Path) -> Result<Value> {
    let failed = |error| anyhow!("{error:?}");
    let people = tempfile::tempdir()?;
    Population::new(held.seed).write_bundles(people.path(), held.charts)?;
    std::fs::create_dir_all(folder)?;
    let mut desk = Desk::new()?;
    let imported = desk
        .client
        .import_fhir(&[people.path().to_path_buf()], &mut |_progress| {})
        .map_err(failed)?;
    let from = desk.client.driver().log_head().map_err(failed)?.seq;
    let clock = desk.clock.clone();
    for number in 0..DAYS {
        let day = Day {
            seed: held.seed + 1 + number,
            ..Day::busy(held)
        };
        work_a_day(&mut desk.client, held, &day, &mut || clock.tick())?;
    }
    let store = desk.client.driver().store();
    let (device, mut files) = (desk.client.driver().identity().device, 0);
    let log = store.own_entries(1, from, usize::MAX)?;
    let mut begin = 0;
    for (at, entry) in log.iter().enumerate() {
        if Entry::from_bytes(&entry.bytes)?.kind != EntryKind::CHANGE {
            continue;
        }
        // The change and the access entry after it end an edit.
        let end = log.len().min(at + 2);
        let first = begin.max(end.saturating_sub(EDIT));
        begin = end;
        let seq = from + first as u64;
        let chain = store.chain_at(1, seq)?.context("no such entry")?;
        let before = LogHead {
            device,
            epoch: 1,
            seq,
            chain,
        };
        let edit = log.get(first..end).unwrap_or_default();
        let edit: Vec<Vec<u8>> = edit.iter().map(|it| it.bytes.clone()).collect();
        let sample = wire::training_sample(before, &edit, &mut |chart, hash| {
            let found = store
                .earlier_change(chart, hash, (device, 1, seq), 0)
                .ok()?;
            let (position, bytes) = found?;
            Some(EarlierChange {
                position,
                chart,
                bytes,
            })
        });
        let sample = sample.context("an edit cannot be written in brief")?;
        std::fs::write(folder.join(format!("edit-{files:05}")), sample)?;
        files += 1;
    }
    Ok(json!({"imported": imported.imported, "samples": files}))
}
