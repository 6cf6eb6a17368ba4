//! The records that the first clinic brings in.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use harness::archive;
use harness::population::Population;

use super::Options;
use crate::narrator::Narrator;

/// The seed of the generated people: the same story every time.
const SEED: u64 = 2026;

/// Generates people, or finds the records that were named; returns what to import.
pub(super) fn gather(
    options: &Options,
    folder: &Path,
    narrator: &mut dyn Narrator,
) -> Result<PathBuf> {
    narrator.chapter("Records from before");
    let Some(records) = &options.records else {
        let into = folder.join("records");
        let written = Population::new(SEED).write_bundles(&into, options.people)?;
        narrator.say(&format!(
            "{} people who do not exist were made up, with their families, villages and visits: {:.1} MB of FHIR",
            options.people,
            megabytes(written.json_bytes),
        ));
        return Ok(into);
    };
    let is_archive = records.to_str().is_some_and(|it| it.ends_with(".tar.zst"));
    if is_archive {
        let into = folder.join("records");
        let files = archive::unpack(records, &into)?;
        narrator.say(&format!(
            "{} files were unpacked from {}",
            files.len(),
            records.display()
        ));
        return Ok(into);
    }
    let records = records
        .canonicalize()
        .with_context(|| records.display().to_string())?;
    narrator.say(&format!("The records are in {}", records.display()));
    Ok(records)
}

#[expect(clippy::cast_precision_loss, reason = "a size to look at")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
