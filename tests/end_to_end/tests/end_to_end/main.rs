//! The real programs, end to end: the story, and what must not break them.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON answer is indexed by name, and what is missing reads as null"
)]

mod attachments;
mod bad_input;
mod commands;
mod crash;
mod lan;
mod skew;
mod sticks;
mod story;
mod synthea;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod tour;

use std::path::Path;
use std::sync::OnceLock;

use anyhow::Result;
use end_to_end::district::{Clinic, District, Staff};
use harness::programs::Programs;

const UPHILL: Staff<'static> = Staff {
    site: "Uphill",
    kind: "clinic",
    person: "Asha Njoroge",
    role: "clinician",
};
const DOWNHILL: Staff<'static> = Staff {
    site: "Downhill",
    kind: "clinic",
    person: "Ben Otieno",
    role: "nurse",
};

/// The programs, built once as they are now.
fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| Programs::build().expect("the programs build"))
}

/// Enrols two clinics at a hub that serves.
fn two_clinics(folder: &Path) -> Result<(District, [Clinic; 2])> {
    let mut district = District::found(programs().clone(), folder)?;
    district.serve()?;
    let mut clinics = Vec::new();
    for staff in [UPHILL, DOWNHILL] {
        let (site, person) = district.add(staff)?;
        let invite = district.invite(&site, &person)?;
        let computer = district.computer(staff.site)?;
        clinics.push(district.enrol(computer, &invite)?.0);
    }
    let clinics = clinics
        .try_into()
        .map_err(|_count| anyhow::anyhow!("two clinics"))?;
    Ok((district, clinics))
}
