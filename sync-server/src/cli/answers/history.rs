//! What is answered about the history.

use std::io::{self, Write};

use serde::Serialize;

use crate::cli::answer::Answer;
use crate::listing::HistoryLine;
use crate::verify::{Problem, Verification, place};

/// What a verification found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    ok: bool,
    entries: u64,
    covered: u64,
    checkpoints: u64,
    feed_positions: u64,
    charts: u64,
    problems: Vec<ProblemLine>,
    more: u64,
}

/// One problem, with where it is as far as it has a place.
#[derive(Default, Serialize)]
pub(crate) struct ProblemLine {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<String>,
}

impl From<Verification> for Verified {
    fn from(it: Verification) -> Self {
        Self {
            ok: it.is_clean(),
            entries: it.entries,
            covered: it.covered,
            checkpoints: it.checkpoints,
            feed_positions: it.feed_positions,
            charts: it.charts,
            problems: it.problems.iter().map(ProblemLine::from).collect(),
            more: it.more,
        }
    }
}

impl From<&Problem> for ProblemLine {
    fn from(problem: &Problem) -> Self {
        let line = Self {
            text: problem.to_string(),
            ..Self::default()
        };
        match problem {
            Problem::History(finding) => {
                let (position, leaf) = place(finding);
                let (device, epoch) = (position.map(|it| it.device.0), position.map(|it| it.epoch));
                Self {
                    device,
                    epoch,
                    seq: position.map(|it| it.seq),
                    leaf,
                    ..line
                }
            }
            Problem::Seal { position, leaf, .. } => Self {
                device: Some(position.device.0),
                epoch: Some(position.epoch),
                seq: Some(position.seq),
                leaf: Some(*leaf),
                ..line
            },
            Problem::Feed {
                scope, position, ..
            } => Self {
                scope: Some(scope.0),
                position: Some(*position),
                ..line
            },
            Problem::Unserved { position, leaf } | Problem::Unlisted { position, leaf } => Self {
                device: Some(position.device.0),
                epoch: Some(position.epoch),
                seq: Some(position.seq),
                leaf: Some(*leaf),
                ..line
            },
            Problem::NotInFeed { scope, leaf } => Self {
                scope: Some(scope.0),
                leaf: Some(*leaf),
                ..line
            },
            Problem::Chart { chart } | Problem::WrongScope { chart } => Self {
                chart: Some(chart.to_string()),
                ..line
            },
            Problem::Checkpoint { .. }
            | Problem::File(_)
            | Problem::Attachment { .. }
            | Problem::LookedTooFar
            | Problem::NoCheckpoint
            | Problem::Unreadable { .. } => line,
        }
    }
}

impl Answer for Verified {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            entries,
            covered,
            checkpoints,
            feed_positions,
            charts,
            ..
        } = self;
        writeln!(
            out,
            "checked {entries} entries ({covered} under {checkpoints} signed checkpoints),"
        )?;
        writeln!(out, "{feed_positions} positions of feeds, {charts} charts")?;
        for problem in &self.problems {
            writeln!(out, "PROBLEM: {}", problem.text)?;
        }
        if self.more > 0 {
            writeln!(out, "and {} more", self.more)?;
        }
        if self.ok {
            writeln!(out, "everything is as it was written")
        } else {
            writeln!(
                out,
                "The hub's store is not as it was written. Stop the hub, keep this copy as evidence,"
            )?;
            writeln!(
                out,
                "and compare it with a backup and with the checkpoints that sites hold."
            )
        }
    }
}

/// A part of the history.
#[derive(Serialize)]
pub(crate) struct History {
    pub(crate) entries: Vec<HistoryLine>,
}

impl Answer for History {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        for line in &self.entries {
            write!(
                out,
                "{} device {}/{}/{}",
                line.when, line.device, line.epoch, line.seq
            )?;
            write!(out, " person {}", line.person)?;
            if let Some(name) = &line.person_name {
                write!(out, " ({name})")?;
            }
            write!(out, ": {}", line.what)?;
            let parts = [
                ("", &line.chart),
                ("purpose ", &line.purpose),
                ("", &line.outcome),
                ("searched ", &line.query),
                ("because ", &line.reason),
            ];
            for (word, part) in parts {
                if let Some(part) = part {
                    write!(out, ", {word}{part}")?;
                }
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
