//! A passphrase that is not the right one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::{is, says, scene};

/// The wrong passphrases that cost no wait.
const FREE: usize = 3;
/// More tries than fit into the first wait, which is a second.
const MAX_TRIES: usize = 1_000;

/// Returns every file of a home with its bytes, but for the count of wrong passphrases.
fn contents(home: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(home)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(contents(&path)?);
        } else if !path.ends_with("attempts") {
            found.insert(path.clone(), fs::read(&path)?);
        }
    }
    Ok(found)
}

#[test]
fn a_wrong_passphrase_touches_nothing_and_the_right_one_opens_after_the_wait() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let home = scene.clinic.home.clone();
    let right = fs::read(&scene.clinic.passphrase)?;
    let before = contents(&home)?;
    let has_records = before.keys().any(|it| it.ends_with("replica.db"));
    ensure!(has_records, "the records are elsewhere");

    fs::write(&scene.clinic.passphrase, "not this one\n")?;
    for _try in 1..FREE {
        let refused = scene.clinic.posta.refused(&["status"])?;
        is(&refused, "wrongPassphrase")?;
    }
    let said = scene.clinic.posta.refusal(&["status"])?;
    let waiting = scene.clinic.posta.refused(&["status"])?;
    fs::write(&scene.clinic.passphrase, right)?;

    says(&said, "the passphrase is wrong")?;
    is(&waiting, "waitBeforeNextTry")?;
    ensure!(waiting["detail"]["waitSeconds"] == 1, "{waiting}");
    ensure!(contents(&home)? == before, "a file of the home was changed");
    let opened = (0..MAX_TRIES).find_map(|_try| {
        let ended = scene.clinic.posta.end(&["patient", "find", "Otieno"]);
        ended.ok().filter(|it| it.success)
    });
    says(&opened.map(|it| it.out).unwrap_or_default(), "Juma Otieno")?;
    scene.still_works(1)
}
