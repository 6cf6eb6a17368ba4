//! Records of other systems: not part of the project, found beside it.

use std::path::{Path, PathBuf};

use crate::skipped;

/// Finds sample records by name: in `POSTA_DATA`, else in a folder beside the project. Where they are not, that is
/// said, and the test that wants them cannot run.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("POSTA_DATA").map(PathBuf::from);
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let beside = ["../shared/data", "../data"].map(|it| project.join(it));
    let found = named
        .into_iter()
        .chain(beside)
        .map(|it| it.join("fhir").join(name))
        .find(|it| it.exists());
    if found.is_none() {
        skipped(&format!(
            "{name} is not here; POSTA_DATA names the folder that holds fhir/{name}"
        ));
    }
    found
}
