//! The unlocked client: one person at one device.

use std::path::{Path, PathBuf};

use crate::{
    ChartView, CommandError, ConflictView, CorrectionInput, ExportReport, HomeView, Host,
    ImportReport, PatientRow, RegisterInput, ResolveInput, StatusView, SyncReport, VerifyReport,
    VisitInput,
};

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes of all files.
    pub total_bytes: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// Resources handled so far.
    pub resources: u32,
}

/// One person working at one device, until it is dropped.
pub struct Client {}

impl Client {
    /// Says what a home is, and who can unlock it.
    pub fn home(_home: &Path) -> Result<HomeView, CommandError> {
        todo!()
    }

    /// Unlocks the home for a person (the only one, if there is one) by passphrase.
    pub fn unlock(
        _home: &Path,
        _person: Option<u32>,
        _passphrase: &str,
        _host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        todo!()
    }

    /// Finds patients by any part of name, number, phone or place. An access entry commits first.
    pub fn find(&mut self, _text: &str) -> Result<Vec<PatientRow>, CommandError> {
        todo!()
    }

    /// Opens a chart. An access entry commits first.
    pub fn open(&mut self, _chart: &str) -> Result<ChartView, CommandError> {
        todo!()
    }

    /// Registers a patient under a number from this device's block.
    pub fn register(&mut self, _input: &RegisterInput) -> Result<ChartView, CommandError> {
        todo!()
    }

    /// Corrects who a patient is.
    pub fn correct(
        &mut self,
        _chart: &str,
        _input: &CorrectionInput,
    ) -> Result<ChartView, CommandError> {
        todo!()
    }

    /// Records a visit: vitals, a diagnosis, a note.
    pub fn record_visit(
        &mut self,
        _chart: &str,
        _input: &VisitInput,
    ) -> Result<ChartView, CommandError> {
        todo!()
    }

    /// Lists what a person must decide.
    pub fn conflicts(&mut self) -> Result<Vec<ConflictView>, CommandError> {
        todo!()
    }

    /// Decides between values that were written apart.
    pub fn resolve(&mut self, _input: &ResolveInput) -> Result<ChartView, CommandError> {
        todo!()
    }

    /// Says where this replica stands.
    pub fn status(&mut self) -> Result<StatusView, CommandError> {
        todo!()
    }

    /// Derives every cache again from the log and the changes, and compares.
    pub fn verify(&mut self) -> Result<VerifyReport, CommandError> {
        todo!()
    }

    /// Imports FHIR files and folders.
    pub fn import_fhir(
        &mut self,
        _paths: &[PathBuf],
        _progress: &mut dyn FnMut(ImportProgress),
    ) -> Result<ImportReport, CommandError> {
        todo!()
    }

    /// Exports every chart held as FHIR into a folder.
    pub fn export_fhir(&mut self, _dir: &Path) -> Result<ExportReport, CommandError> {
        todo!()
    }

    /// Meets the hub once; blocks until both are level, or a limit passes.
    pub fn sync_once(&mut self) -> Result<SyncReport, CommandError> {
        todo!()
    }

    /// Meets the hub once for a client that others use meanwhile: it is locked for one step at a time, never
    /// while waiting for the network.
    pub fn sync_shared(_client: &std::sync::Mutex<Self>) -> Result<SyncReport, CommandError> {
        todo!()
    }

    /// Keeps an unfinished form for a chart, encrypted on this computer only. It is no part of the record.
    pub fn keep_draft(&mut self, _chart: &str, _draft: &str) -> Result<(), CommandError> {
        todo!()
    }

    /// Returns the unfinished form of a chart.
    pub fn draft(&self, _chart: &str) -> Result<Option<String>, CommandError> {
        todo!()
    }

    /// Drops the unfinished form of a chart.
    pub fn drop_draft(&mut self, _chart: &str) -> Result<(), CommandError> {
        todo!()
    }

    /// Closes: the person's keys are dropped, and the log says so.
    pub fn lock(self) -> Result<(), CommandError> {
        todo!()
    }
}
