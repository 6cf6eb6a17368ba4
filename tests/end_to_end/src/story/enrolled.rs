//! The first chapter: a hub, three sites, and a computer at each.

use std::path::Path;

use anyhow::Result;
use harness::programs::Programs;

use super::scene::Scene;
use crate::district::{Clinic, District, Staff};
use crate::narrator::Narrator;

/// Who works where.
const STAFF: [Staff<'static>; 3] = [
    Staff {
        site: "Kilima",
        kind: "clinic",
        person: "Asha Njoroge",
        role: "nurse",
    },
    Staff {
        site: "River",
        kind: "clinic",
        person: "Daniel Okafor",
        role: "clinician",
    },
    Staff {
        site: "Office",
        kind: "office",
        person: "Ingrid Solheim",
        role: "him-officer",
    },
];

/// Makes the hub and lets it serve.
pub(super) fn found(
    programs: &Programs,
    folder: &Path,
    narrator: &mut dyn Narrator,
) -> Result<District> {
    narrator.chapter("A hub, two clinics, an office");
    let mut district = District::found(programs.clone(), folder)?;
    district.serve()?;
    narrator.say(&format!(
        "The district's hub serves at {}",
        district.network.address()
    ));
    Ok(district)
}

/// Adds the sites and enrols a computer at each.
pub(super) fn enrol<'a>(district: District, narrator: &'a mut dyn Narrator) -> Result<Scene<'a>> {
    let mut clinics: Vec<Clinic> = Vec::new();
    for staff in STAFF {
        let (site, person) = district.add(staff)?;
        let invite = district.invite(&site, &person)?;
        let computer = district.computer(staff.site)?;
        let (clinic, words) = district.enrol(computer, &invite)?;
        let Staff {
            site, person, role, ..
        } = staff;
        narrator.say(&format!(
            "{site}: {person}, {role}, enrols device {}; both sides read “{words}” ✓",
            clinic.device
        ));
        clinics.push(clinic);
    }
    let [kilima, river, office] = clinics
        .try_into()
        .map_err(|_other| anyhow::anyhow!("three computers"))?;
    Ok(Scene {
        district,
        kilima,
        river,
        office,
        narrator,
    })
}
