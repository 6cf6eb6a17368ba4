//! Who may use whom: the arrows between crates and the owners of heavy dependencies.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use crate::House;

/// Returns every arrow between our crates that the layers table does not allow.
///
/// Crates under `tests/` may use everything; nothing outside may use them.
pub fn layers(house: &House) -> Result<Vec<String>> {
    let root: Table = house.read("Cargo.toml")?.parse()?;
    let allowed = allowed(&root, "layers")?;
    let mut faults = Vec::new();
    let crates = crates(house)?;
    let ours: BTreeSet<&str> = crates.iter().map(|it| it.name.as_str()).collect();
    for it in crates.iter().filter(|it| !it.path.starts_with("tests/")) {
        let Some(may) = allowed.get(&it.name) else {
            faults.push(format!(
                "{} has no row in [workspace.metadata.layers]",
                it.name
            ));
            continue;
        };
        for used in it.uses.iter().filter(|used| ours.contains(used.as_str())) {
            if !may.contains(used) {
                faults.push(format!("{} may not use {used}", it.name));
            }
        }
    }
    for name in allowed.keys().filter(|name| !ours.contains(name.as_str())) {
        faults.push(format!(
            "[workspace.metadata.layers] names {name}, which is no crate"
        ));
    }
    Ok(faults)
}

/// Returns every crate that names a dependency it does not own.
pub fn owners(house: &House) -> Result<Vec<String>> {
    let root: Table = house.read("Cargo.toml")?.parse()?;
    let owners = allowed(&root, "owners")?;
    let mut faults = Vec::new();
    for it in crates(house)? {
        for (dependency, may) in &owners {
            if it.uses.contains(dependency) && !may.contains(&it.name) {
                faults.push(format!("{} may not use {dependency}; {may:?} may", it.name));
            }
        }
    }
    Ok(faults)
}

/// Returns every profile in which a panic ends the process: one over a hostile change is caught only where it unwinds.
pub fn profiles_that_abort(house: &House) -> Result<Vec<String>> {
    let root: Table = house.read("Cargo.toml")?.parse()?;
    let profiles = root.get("profile").and_then(Value::as_table);
    let abort = |profile: &Value| profile.get("panic").and_then(Value::as_str) == Some("abort");
    let found = profiles.into_iter().flatten().filter(|it| abort(it.1));
    Ok(found
        .map(|(name, _)| format!("a panic in profile {name} cannot be caught"))
        .collect())
}

/// One crate of the workspace.
struct Crate {
    name: String,
    path: String,
    /// The packages it depends on, by their own names and not by what it calls them.
    uses: BTreeSet<String>,
}

fn crates(house: &House) -> Result<Vec<Crate>> {
    let root: Table = house.read("Cargo.toml")?.parse()?;
    let shared = root.get("workspace").and_then(|it| it.get("dependencies"));
    let mut found = Vec::new();
    for file in house.files("/Cargo.toml") {
        let manifest: Table = house
            .read(file)?
            .parse()
            .with_context(|| file.display().to_string())?;
        let Some(name) = manifest
            .get("package")
            .and_then(|it| it.get("name"))
            .and_then(Value::as_str)
        else {
            continue;
        };
        let uses = sections(&manifest)
            .flatten()
            .map(|(name, value)| package(name, value, shared))
            .collect();
        let path = file.to_string_lossy().into_owned();
        found.push(Crate {
            name: name.to_owned(),
            path,
            uses,
        });
    }
    Ok(found)
}

/// Returns every table of dependencies in a manifest, those of single targets too.
fn sections(manifest: &Table) -> impl Iterator<Item = &Table> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    tables.flat_map(|table| {
        ["dependencies", "build-dependencies", "dev-dependencies"]
            .into_iter()
            .filter_map(|section| table.get(section).and_then(Value::as_table))
    })
}

/// Returns the package that a dependency stands for: it may bear another name in the crate or in the workspace.
fn package(name: &str, value: &Value, shared: Option<&Value>) -> String {
    let renamed = |value: &Value| {
        value
            .get("package")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let inherits = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let inherited = || {
        shared
            .filter(|_shared| inherits)
            .and_then(|it| it.get(name))
            .and_then(renamed)
    };
    renamed(value)
        .or_else(inherited)
        .unwrap_or_else(|| name.to_owned())
}

/// Reads a table of lists from the workspace's metadata.
fn allowed(root: &Table, table: &str) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let rows = root
        .get("workspace")
        .and_then(|it| it.get("metadata"))
        .and_then(|it| it.get(table))
        .and_then(Value::as_table)
        .with_context(|| format!("[workspace.metadata.{table}] is missing"))?;
    let mut allowed = BTreeMap::new();
    for (name, list) in rows {
        let list = list
            .as_array()
            .with_context(|| format!("{table}.{name} is not a list"))?;
        let list = list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        allowed.insert(name.clone(), list);
    }
    Ok(allowed)
}
