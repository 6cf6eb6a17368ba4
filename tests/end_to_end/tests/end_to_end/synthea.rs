//! The records of a hundred people that another system made up, in and out through the real program.
//!
//! All of them: about a minute for an unoptimised program. Without the records, the test says so and passes.

use anyhow::{Context as _, Result, ensure};
use end_to_end::district::{District, Staff};
use end_to_end::resources;
use harness::{archive, data};

use crate::programs;

/// Who may take records in and out.
const CLINICIAN: Staff<'static> = Staff {
    site: "Kilima",
    kind: "clinic",
    person: "Asha Njoroge",
    role: "clinician",
};

#[test]
fn a_hundred_patients_of_synthea_come_out_of_the_real_program_equal() -> Result<()> {
    let Some(records) = data::find("synthea-100.tar.zst") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let (came, went) = (folder.path().join("in"), folder.path().join("out"));
    let files = archive::unpack(&records, &came)?;
    let mut district = District::found(programs().clone(), folder.path())?;
    district.serve()?;
    let (site, person) = district.add(CLINICIAN)?;
    let invite = district.invite(&site, &person)?;
    let (clinic, _words) = district.enrol(district.computer("Kilima")?, &invite)?;
    let [came_path, went_path] = [&came, &went].map(|it| it.to_str().context("a path"));

    let imported = clinic.posta.json(&["import", "fhir", came_path?])?;
    let exported = clinic
        .posta
        .json(&["export", "fhir", "--out", went_path?])?;

    ensure!(files.len() == 103, "{} files", files.len());
    ensure!(imported["refused"] == 0, "{imported}");
    ensure!(exported["leftOut"] == 0, "{}", exported["leftOut"]);
    let (came, went) = (resources::of(&came)?, resources::of(&went)?);
    let missing = resources::missing(&came, &went);
    ensure!(missing.is_empty(), "{} differ: {missing:?}", missing.len());
    ensure!(came.len() > 38_000, "only {} resources", came.len());
    ensure!(exported["resources"] == went.len(), "{exported}");
    Ok(())
}
