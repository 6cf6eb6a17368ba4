//! Entries a second: signature, chain, history and disk, everything before STORED.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use audit::{Entry, EntryKind, LogHead};
use record::{Hlc, PersonId};
use serde_json::{Value, json};
use sync_server::Hub;
use wire::Segment;

use super::{Member, fleet};

/// How many devices send at once, and at most how many segments the hub stores together.
const SENDERS: u32 = 64;

/// How many entries are sent in each way.
const ENTRIES: usize = 12_800;

/// The size of an entry's payload: a typed change has some 300 bytes.
const PAYLOAD: usize = 300;

/// Sends the same number of entries in three ways: a backlog in whole segments, single entries of many devices that are
/// each synced to the disk, and the same stored together.
pub(super) fn measure(home: &Path) -> Result<Value> {
    let (_home, mut hub, members) = fleet(home, SENDERS)?;
    let mut logs: Vec<Log> = members.into_iter().map(Log::new).collect();
    let whole = logs
        .first_mut()
        .context("no device")?
        .segments(ENTRIES, usize::MAX)?;
    let whole = timed(&mut hub, &whole, 1)?;
    let alone = timed(&mut hub, &rounds(&mut logs)?, 1)?;
    let together = timed(&mut hub, &rounds(&mut logs)?, SENDERS as usize)?;
    Ok(
        json!({"whole_segments": whole, "single_entries": alone, "single_entries_together": together}),
    )
}

/// One entry of each device after the other.
fn rounds(logs: &mut [Log]) -> Result<Vec<(usize, Segment)>> {
    let mut segments = Vec::with_capacity(ENTRIES);
    while segments.len() < ENTRIES {
        for log in &mut *logs {
            segments.extend(log.segments(1, 1)?);
        }
    }
    Ok(segments)
}

/// Stores segments, so many by one transaction.
fn timed(hub: &mut Hub, segments: &[(usize, Segment)], together: usize) -> Result<Value> {
    let entries: usize = segments.iter().map(|it| it.0).sum();
    let (began, before) = (Instant::now(), processor_seconds());
    for group in segments.chunks(together) {
        let is_group = group.len() > 1;
        if is_group {
            hub.begin_group()?;
        }
        for (_entries, segment) in group {
            hub.ingest(segment.device(), segment)
                .map_err(|it| anyhow!("not stored: {it:?}"))?;
        }
        if is_group {
            hub.end_group()?;
        }
    }
    let (seconds, processor) = (began.elapsed().as_secs_f64(), processor_seconds() - before);
    Ok(json!({
        "entries": entries,
        "entries_per_second": (entries as f64 / seconds).round(),
        "entries_per_processor_second": (entries as f64 / processor).round(),
    }))
}

/// What this process has used of the processors.
fn processor_seconds() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

/// A device's log as it grows.
struct Log {
    member: Member,
    head: LogHead,
    written: u64,
}

impl Log {
    fn new(member: Member) -> Self {
        let head = LogHead::start(member.device, 1);
        Self {
            member,
            head,
            written: 0,
        }
    }

    /// Writes entries, and seals them in segments of at most so many; returns each with how many it has.
    fn segments(&mut self, entries: usize, at_most: usize) -> Result<Vec<(usize, Segment)>> {
        let mut waiting: Vec<Vec<u8>> =
            (0..entries).map(|_| self.entry()).collect::<Result<_>>()?;
        let mut segments = Vec::new();
        while !waiting.is_empty() {
            let some = waiting
                .get(..at_most.min(waiting.len()))
                .context("none left")?;
            let segment = Segment::seal(self.head, some, &self.member.log)?;
            let count = usize::try_from(segment.last_seq() - self.head.seq)?;
            self.head = waiting
                .drain(..count)
                .fold(self.head, |head, it| head.next(&it));
            segments.push((count, segment));
        }
        Ok(segments)
    }

    /// An entry of a kind that this release does not know: it is stored and carried, and nothing is merged.
    fn entry(&mut self) -> Result<Vec<u8>> {
        self.written += 1;
        let mut payload = Vec::with_capacity(PAYLOAD);
        while payload.len() < PAYLOAD {
            let place = [
                self.written.to_be_bytes(),
                (payload.len() as u64).to_be_bytes(),
            ]
            .concat();
            let device = self.member.device.0.to_be_bytes();
            payload.extend(crypto::hash("posta/bench/entry", &[&device, &place]).as_bytes());
        }
        let entry = Entry {
            kind: EntryKind(4_000),
            chart: None,
            hlc: Hlc::new(self.written, 0),
            person: PersonId(1),
            payload,
        };
        Ok(entry.to_bytes()?)
    }
}
