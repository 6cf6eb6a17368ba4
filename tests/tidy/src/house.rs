//! The tree under test: where it is and which files it tracks.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// One source tree.
#[derive(Debug)]
pub struct House {
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl House {
    /// Opens the tree that this crate is part of, with the files that git knows or would add.
    pub fn of_this_project() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()?;
        let listing = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(&root)
            .output()
            .context("listing the files with git")?;
        anyhow::ensure!(
            listing.status.success(),
            "git ls-files failed in {}",
            root.display()
        );
        let files = String::from_utf8(listing.stdout)?
            .lines()
            .map(PathBuf::from)
            .filter(|file| root.join(file).is_file())
            .collect();
        Ok(Self { root, files })
    }

    /// Opens another tree, with these files.
    #[cfg(test)]
    pub(crate) const fn of(root: PathBuf, files: Vec<PathBuf>) -> Self {
        Self { root, files }
    }

    /// Returns the files whose name ends like this, relative to the root.
    pub fn files(&self, ending: &str) -> impl Iterator<Item = &Path> {
        self.files
            .iter()
            .map(PathBuf::as_path)
            .filter(move |file| file.to_string_lossy().ends_with(ending))
    }

    /// Reads a file of the tree.
    pub fn read(&self, file: impl AsRef<Path>) -> Result<String> {
        let path = self.root.join(file);
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
    }

    /// Tells whether the tree has the file.
    #[must_use]
    pub fn has(&self, file: impl AsRef<Path>) -> bool {
        self.root.join(file).is_file()
    }
}
