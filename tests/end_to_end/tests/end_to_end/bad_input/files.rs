//! Files that are not what they should be.

use std::fs::{self, File};

use anyhow::{Context as _, Result, ensure};

use super::{says, scene};

#[test]
fn files_that_are_not_what_they_should_be_are_told_apart() -> Result<()> {
    let mut scene = scene()?;
    let path = |name: &str| scene.folder.path().join(name);
    fs::write(path("not.json"), b"PK\x03\x04 a zip")?;
    fs::create_dir(path("empty"))?;
    let large = File::create(path("large.json"))?;
    large.set_len(2 << 30)?;
    fs::write(
        path("broken.json"),
        include_bytes!("../../../../fixtures/fhir/broken.json"),
    )?;
    let import = |name: &str| -> Result<(bool, String)> {
        let file = path(name);
        let file = file.to_str().context("a path of plain letters")?;
        let ended = scene
            .clinic
            .posta
            .end(&["import", "fhir", file, "--json"])?;
        ensure!(!ended.err.contains("panicked"), "{}", ended.err);
        Ok((ended.success, ended.out + &ended.err))
    };

    let (accepted, said) = import("not.json")?;
    ensure!(!accepted, "{said}");
    says(&said, "JSON")?;
    let (accepted, said) = import("large.json")?;
    ensure!(!accepted, "{said}");
    says(&said, "512")?;
    let (accepted, said) = import("empty")?;
    ensure!(!accepted, "{said}");
    says(&said, "there is no .json or .ndjson file in this folder")?;
    let (accepted, said) = import("broken.json")?;
    ensure!(
        accepted,
        "a broken resource must refuse only itself: {said}"
    );
    says(&said, "there is no such day in the calendar")?;
    scene.still_works(1)
}
