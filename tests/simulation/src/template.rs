//! Where a run begins: a hub, sites and enrolled devices, made once and copied for every run.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use crypto::{BoxKey, SigningKey};
use desktop_client::{DeviceIdentity, HubPin, ReplicaDriver};
use record::{PersonId, ScopeId, SiteId};
use roster::{Role, SiteKind};
use store::{HubStore, ReplicaStore};
use sync_server::{Founding, Hub};
use wire::{Enrol, Enrolling};

use crate::machine::{Machine, Time};
use crate::plan::{BEGIN_MS, Plan};
use crate::run::Run;
use crate::violation::Violation;

/// How long before the runs the fleets are made, and their first patients registered.
const MADE_MS: u64 = BEGIN_MS - 7_200_000;
const FIRST_PATIENTS_MS: u64 = BEGIN_MS - 3_600_000;

/// A hub and clinics, and in each scope one patient whom everybody there knows.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) hub: HubStore,
    pub(crate) clinics: Vec<(Seat, ReplicaStore)>,
}

/// One device and the person at it.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) identity: DeviceIdentity,
    pub(crate) person: PersonId,
    pub(crate) sign: SigningKey,
    pub(crate) seal: BoxKey,
    pub(crate) scopes: Vec<ScopeId>,
}

/// Sites to be made: their name, kind, scope, how many there are, and how many devices each has.
type SitePlan = (&'static str, SiteKind, &'static str, u32, u32);

/// The fleets that runs begin with. The last is large, and few runs begin with it.
const FLEETS: &[&[SitePlan]] = &[
    // Two clinics that share nothing, and the office that sees both.
    &[
        ("hill", SiteKind::Clinic, "hill", 1, 1),
        ("lake", SiteKind::Clinic, "lake", 1, 1),
        ("office", SiteKind::Office, "office", 1, 1),
    ],
    // One clinic with two devices.
    &[("hill", SiteKind::Clinic, "hill", 1, 2)],
    // Two clinics of one district, and one outside it.
    &[
        ("hill", SiteKind::Clinic, "north", 1, 1),
        ("lake", SiteKind::Clinic, "north", 1, 1),
        ("port", SiteKind::Clinic, "south", 1, 1),
    ],
    // A country of thirty sites: four districts, and the office that sees them all.
    &[
        ("hill", SiteKind::Clinic, "north", 9, 1),
        ("lake", SiteKind::Clinic, "south", 9, 1),
        ("port", SiteKind::Clinic, "coast", 8, 1),
        ("mine", SiteKind::Clinic, "east", 3, 1),
        ("office", SiteKind::Office, "office", 1, 1),
    ],
];

/// Makes every fleet.
pub(crate) fn templates() -> Result<Vec<Template>> {
    FLEETS
        .iter()
        .zip(1..)
        .map(|(fleet, seed)| with_patients(template(fleet, seed)?))
        .collect()
}

/// Registers a patient in each scope that has new charts, and lets everybody meet the hub.
fn with_patients(template: Template) -> Result<Template> {
    let mut run = Run::begin(&template, Plan::quiet(0, FIRST_PATIENTS_MS), None)?;
    let mut scopes = BTreeSet::new();
    for (at, (seat, _store)) in template.clinics.iter().enumerate() {
        // An office holds every scope, and is no place where one registers.
        let own: Vec<ScopeId> = (seat.scopes.iter().copied())
            .filter(|it| !it.is_of_guests())
            .collect();
        if let [scope] = own[..]
            && scopes.insert(scope)
        {
            run.first_patient(at)?;
        }
    }
    run.finish()?;
    let clinics = template.clinics.into_iter().zip(&run.clinics);
    let clinics: Result<_, Violation> = clinics
        .map(|((seat, _empty), clinic)| Ok((seat, clinic.store()?.copy_in_memory()?)))
        .collect();
    Ok(Template {
        clinics: clinics?,
        hub: run.hub.store()?.copy_in_memory()?,
    })
}

fn template(fleet: &[SitePlan], seed: u64) -> Result<Template> {
    let time = Time::starting_at(MADE_MS);
    let world = Machine::new(&time, seed);
    let founding = Founding {
        name: "sim".into(),
        address: "hub.sim:1".into(),
    };
    let mut hub = Hub::found(HubStore::in_memory(1)?, &founding, Box::new(world.clone()))?;
    let mut seats = Vec::new();
    for (name, kind, scope, sites, devices) in fleet {
        for number in 1..=*sites {
            let name = match number {
                1 => (*name).to_owned(),
                _ => format!("{name} {number}"),
            };
            let site = hub.add_site(&name, *kind, Some(scope))?;
            for device in 0..*devices {
                let name = format!("{name} {device}");
                let person = hub.add_person(&name, Role::Clinician, &[site])?;
                seats.push((site, seat(&mut hub, &world, site, person)?));
            }
        }
    }
    let clinics = seats.into_iter().map(|(site, (seat, store))| {
        let scopes = hub.roster().scopes_of(site);
        (Seat { scopes, ..seat }, store)
    });
    let clinics = clinics.collect();
    Ok(Template {
        clinics,
        hub: hub.into_store(),
    })
}

/// Enrols a device, as the hub's administrator and the clinic do it together.
pub(crate) fn seat(
    hub: &mut Hub,
    world: &Machine,
    site: SiteId,
    person: PersonId,
) -> Result<(Seat, ReplicaStore)> {
    let key = || {
        let mut seed = [0; 32];
        desktop_client::Host::fill_random(world, &mut seed);
        seed
    };
    let [tls, log, sign] = [key(), key(), key()].map(SigningKey::from_seed);
    let invite = hub.invite_device(site, person, "", 24)?;
    let seal = BoxKey::from_seed(key());
    let enrol = Enrol {
        token: invite.token,
        tls: tls.public(),
        log: log.public(),
        sign: sign.public(),
        seal: seal.public(),
        person,
        label: String::new(),
        proves_actors: true,
    };
    let asked = hub.enrol(tls.public(), &enrol);
    if !matches!(asked, Ok(Enrolling::Pending { .. })) {
        bail!("the hub did not take the request: {asked:?}");
    }
    let request = hub.waiting_requests()?.pop().context("the request waits")?;
    hub.approve_device(request.id, None)?;
    let Ok(Enrolling::Approved { device, roster, .. }) = hub.enrol(tls.public(), &enrol) else {
        bail!("the hub did not approve the request");
    };
    let pin = HubPin {
        address: invite.hub_addr,
        tls: invite.tls,
        roster: invite.roster,
    };
    let identity = DeviceIdentity {
        device,
        tls,
        log,
        hub: pin,
    };
    let store = ReplicaStore::in_memory()?;
    let driver = ReplicaDriver::found(store, identity.clone(), &roster, Box::new(world.clone()))?;
    let seat = Seat {
        identity,
        person,
        sign,
        seal,
        scopes: Vec::new(),
    };
    Ok((seat, driver.into_store()))
}
