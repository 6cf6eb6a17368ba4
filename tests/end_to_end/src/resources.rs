//! FHIR resources in files, to be compared: what came in with what goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Resources by `type/id`, each with a digest of the JSON of every version there is.
pub type Resources = BTreeMap<String, BTreeSet<u64>>;

/// Reads the resources of a folder, or of one file.
pub fn of(path: &Path) -> Result<Resources> {
    let mut resources = Resources::new();
    for file in files(path)? {
        gather(&file, &mut resources)?;
    }
    Ok(resources)
}

/// Returns those that are not among the others as they are here. Where here are several versions, the others may
/// have any of them: the later one stands.
pub fn missing<'a>(here: &'a Resources, others: &Resources) -> Vec<&'a str> {
    let differs = |(name, versions): &(&String, &BTreeSet<u64>)| {
        others
            .get(*name)
            .is_none_or(|it| !it.is_subset(versions) || it.is_empty())
    };
    here.iter()
        .filter(differs)
        .map(|it| it.0.as_str())
        .collect()
}

/// Returns the JSON files of a folder, or the one file, sorted by name.
pub fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(|| path.display().to_string())? {
        let path = entry?.path();
        let is_json = path
            .extension()
            .is_some_and(|it| it == "json" || it == "ndjson");
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if is_json {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Adds the resources of a file by `type/id`, each as a digest of its JSON.
fn gather(file: &Path, resources: &mut Resources) -> Result<()> {
    let bytes = fs::read(file).with_context(|| file.display().to_string())?;
    let is_lines = file.extension().is_some_and(|it| it == "ndjson");
    let texts: Vec<&[u8]> = if is_lines {
        bytes.split(|b| *b == b'\n').collect()
    } else {
        vec![&bytes]
    };
    for text in texts {
        // What is no JSON was refused.
        let Ok(mut value) = serde_json::from_slice::<Value>(text) else {
            continue;
        };
        if value["resourceType"] == "Bundle" {
            let entries = value["entry"].take();
            for mut entry in entries.as_array().cloned().unwrap_or_default() {
                add(entry["resource"].take(), resources);
            }
        } else {
            add(value, resources);
        }
    }
    Ok(())
}

fn add(mut resource: Value, resources: &mut Resources) {
    resource.sort_all_objects();
    let member = |name: &str| resource[name].as_str().unwrap_or("?").to_owned();
    let name = format!("{}/{}", member("resourceType"), member("id"));
    let mut hasher = DefaultHasher::new();
    resource.to_string().hash(&mut hasher);
    resources.entry(name).or_default().insert(hasher.finish());
}
