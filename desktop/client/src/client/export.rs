//! Exporting every chart held here as FHIR: a Bundle for each, or NDJSON for each type of resource.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use audit::AccessEvent;
use fhir::Resource;
use record::ChartId;
use roster::Action;

use super::Client;
use super::access::Deed;
use crate::home::{FileError, only_for_owner, private_folder};
use crate::views::{CommandError, ErrorCode, ExportReport};

/// How many charts' entries are stored before their files are written.
const CHARTS_AT_ONCE: usize = 100;

/// How an export is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// One Bundle for each chart, `CHART.json`.
    #[default]
    Bundles,
    /// One file for each type of resource, `Patient.ndjson`, a resource a line.
    Ndjson,
}

impl Client {
    /// Exports every chart into a new or empty folder. An access entry for each commits before its file is
    /// written. The files are readable to the computer's user alone, and not encrypted.
    pub fn export_fhir(
        &mut self,
        folder: &Path,
        format: ExportFormat,
    ) -> Result<ExportReport, CommandError> {
        self.permit(Action::ExportRecords, &Deed::new(AccessEvent::Export))?;
        private_folder(folder)?;
        if !is_empty(folder)? {
            let text = format!("{} is not empty", folder.display());
            return Err(CommandError::text(ErrorCode::FileFailed, text));
        }
        let mut writer = Writer {
            folder: folder.to_owned(),
            format,
            lines: BTreeMap::new(),
        };
        let mut report = ExportReport::default();
        let charts = self.driver.store().charts()?;
        for some in charts.chunks(CHARTS_AT_ONCE) {
            let deeds: Vec<Deed> = some
                .iter()
                .map(|chart| Deed::to(AccessEvent::Export, *chart))
                .collect();
            self.show(&deeds)?;
            for chart in some {
                let resources = fhir::export(&self.driver.held_chart(*chart)?.view());
                for left_out in &resources.left_out {
                    tracing::warn!(%chart, statement = ?left_out.statement, reason = left_out.reason, "left out of the export");
                }
                report.left_out += narrow(resources.left_out.len());
                report.resources += narrow(resources.resources.len());
                report.charts += 1;
                writer.write(*chart, &resources.resources, &mut report.files)?;
            }
        }
        writer.finish()?;
        Ok(report)
    }
}

struct Writer {
    folder: PathBuf,
    format: ExportFormat,
    lines: BTreeMap<String, BufWriter<File>>,
}

impl Writer {
    fn write(
        &mut self,
        chart: ChartId,
        resources: &[Resource],
        files: &mut Vec<String>,
    ) -> Result<(), CommandError> {
        match self.format {
            ExportFormat::Bundles => {
                let name = format!("{chart}.json");
                let path = self.folder.join(&name);
                let mut file = create(&path)?;
                file.write_all(fhir::bundle(resources).as_bytes())
                    .and_then(|()| file.sync_all())
                    .map_err(|error| FileError::new(&path, error))?;
                files.push(name);
            }
            ExportFormat::Ndjson => {
                for resource in resources {
                    self.add_line(resource, files)?;
                }
            }
        }
        Ok(())
    }

    fn add_line(
        &mut self,
        resource: &Resource,
        files: &mut Vec<String>,
    ) -> Result<(), CommandError> {
        // A type is FHIR's word and becomes a file's name: nothing but letters may reach the path.
        let name = match resource.resource_type.as_str() {
            word if !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic()) => word,
            _ => "Other",
        };
        let path = self.folder.join(format!("{name}.ndjson"));
        if !self.lines.contains_key(name) {
            self.lines
                .insert(name.to_owned(), BufWriter::new(create(&path)?));
            files.push(format!("{name}.ndjson"));
        }
        let Some(file) = self.lines.get_mut(name) else {
            return Ok(());
        };
        let line = fhir::ndjson(std::slice::from_ref(resource));
        file.write_all(line.as_bytes())
            .map_err(|error| FileError::new(&path, error))?;
        Ok(())
    }

    fn finish(self) -> Result<(), CommandError> {
        for (name, file) in self.lines {
            let path = self.folder.join(format!("{name}.ndjson"));
            file.into_inner()
                .map_err(std::io::IntoInnerError::into_error)
                .and_then(|file| file.sync_all())
                .map_err(|error| FileError::new(&path, error))?;
        }
        Ok(())
    }
}

fn create(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    only_for_owner(&mut options);
    options
        .open(path)
        .map_err(|error| FileError::new(path, error))
}

fn is_empty(folder: &Path) -> Result<bool, FileError> {
    let mut entries = std::fs::read_dir(folder).map_err(|error| FileError::new(folder, error))?;
    Ok(entries.next().is_none())
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
