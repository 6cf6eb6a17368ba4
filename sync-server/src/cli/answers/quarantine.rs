//! What `posta-hub quarantine` answers.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::answer::Answer;
use crate::status::QuarantineStatus;

/// What was set aside.
#[derive(Serialize)]
pub(crate) struct AsideList {
    pub(crate) quarantine: Vec<QuarantineStatus>,
}

impl Answer for AsideList {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        for entry in &self.quarantine {
            write_entry(entry, out)?;
        }
        if self.quarantine.is_empty() {
            writeln!(out, "nothing is set aside")
        } else {
            Ok(())
        }
    }
}

/// One entry that was set aside.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AsideShown {
    pub(crate) entry: QuarantineStatus,
    /// The leaves of what builds on it.
    pub(crate) builds_on: Vec<u64>,
}

impl Answer for AsideShown {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        write_entry(&self.entry, out)?;
        match &self.builds_on[..] {
            [] => writeln!(out, "nothing builds on it"),
            leaves => writeln!(out, "what builds on it is set aside too: leaves {leaves:?}"),
        }
    }
}

/// Entries are looked into again.
#[derive(Serialize)]
pub(crate) struct LetGo {
    pub(crate) entries: usize,
    /// Whether it is set aside again; unknown while another process serves the hub.
    pub(crate) still: Option<bool>,
}

impl Answer for LetGo {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let entries = self.entries;
        match self.still {
            None => writeln!(
                out,
                "{entries} entries are released; the hub that is serving looks into them now (`status` shows what came of it)"
            ),
            Some(true) => writeln!(
                out,
                "{entries} entries were looked into again, and it is set aside again: `quarantine list` says why"
            ),
            Some(false) => writeln!(
                out,
                "{entries} entries were looked into again; it is merged"
            ),
        }
    }
}

/// A chart was made again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChartAgain {
    pub(crate) chart: String,
    pub(crate) changes: usize,
    pub(crate) feed_positions: usize,
}

impl Answer for ChartAgain {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            chart,
            changes,
            feed_positions,
        } = self;
        writeln!(
            out,
            "chart {chart} was made again from its {changes} changes; {feed_positions} positions were added to feeds"
        )
    }
}

fn write_entry(entry: &QuarantineStatus, out: &mut dyn Write) -> io::Result<()> {
    let QuarantineStatus {
        leaf,
        device,
        epoch,
        seq,
        chart,
        reason,
    } = entry;
    let chart = chart.as_deref().unwrap_or("no chart");
    writeln!(
        out,
        "leaf {leaf}: device {device}, log {epoch}, entry {seq}, {chart}: {reason}"
    )
}
