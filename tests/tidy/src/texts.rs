//! The files that are not Rust: the front end's one door, the bindings, lock files, specifications.

use anyhow::Result;

use crate::House;

/// Returns every front-end file outside `platform/` that reaches for the host by itself.
pub fn front_end_doors(house: &House) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in house.files(".ts").chain(house.files(".tsx")) {
        let path = file.to_string_lossy();
        if !path.starts_with("desktop/src/") || path.starts_with("desktop/src/platform/") {
            continue;
        }
        let text = house.read(file)?;
        if text.contains("@tauri-apps/") || text.contains("/bindings\"") {
            faults.push(format!(
                "{path} reaches for the host; only desktop/src/platform may"
            ));
        }
    }
    Ok(faults)
}

/// Returns a fault if the generated bindings are not part of the tree.
pub fn bindings_are_committed(house: &House) -> Vec<String> {
    let bindings = "desktop/src/platform/bindings.ts";
    if house.has(bindings) {
        Vec::new()
    } else {
        vec![format!("{bindings} is missing")]
    }
}

/// Returns every lock file that names the address of a package server.
pub fn locked_addresses(house: &House) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in house.files("package-lock.json") {
        if house.read(file)?.contains("\"resolved\":") {
            faults.push(format!(
                "{} names package servers: set omit-lockfile-registry-resolved",
                file.display()
            ));
        }
    }
    Ok(faults)
}

/// Returns every document that the project promises and the tree lacks, and an overlong map of the house.
pub fn specifications(house: &House) -> Result<Vec<String>> {
    let promised = [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "shared/wire/PROTOCOL.md",
    ];
    let mut faults: Vec<String> = promised
        .iter()
        .filter(|file| !house.has(file))
        .map(|file| format!("{file} is missing"))
        .collect();
    if house.has("ARCHITECTURE.md") && house.read("ARCHITECTURE.md")?.lines().count() > 300 {
        faults.push("ARCHITECTURE.md has more than 300 lines".to_owned());
    }
    Ok(faults)
}
