//! Where a run begins: a hub, sites and enrolled devices, made once and copied for every run.

use anyhow::{Context as _, Result, bail};
use crypto::{BoxKey, SigningKey};
use desktop_client::{DeviceIdentity, HubPin, ReplicaDriver};
use record::{PersonId, ScopeId, SiteId};
use roster::{Role, SiteKind};
use store::{HubStore, ReplicaStore};
use sync_server::{Founding, Hub};
use wire::{Enrol, Enrolling};

use crate::machine::{Machine, Time};

/// When every run begins: the first minute of 2026.
pub(crate) const BEGIN_MS: u64 = 1_767_225_600_000;

/// A hub and clinics before anything was written.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) hub: HubStore,
    pub(crate) clinics: Vec<Seat>,
}

/// One device and the person at it.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) store: ReplicaStore,
    pub(crate) identity: DeviceIdentity,
    pub(crate) person: PersonId,
    pub(crate) sign: SigningKey,
    pub(crate) scopes: Vec<ScopeId>,
}

/// A site to be made: its name, kind, scope, and how many devices it has.
type Plan = (&'static str, SiteKind, &'static str, u32);

/// The fleets that runs begin with.
const FLEETS: &[&[Plan]] = &[
    // Two clinics that share nothing, and the office that sees both.
    &[
        ("hill", SiteKind::Clinic, "hill", 1),
        ("lake", SiteKind::Clinic, "lake", 1),
        ("office", SiteKind::Office, "office", 1),
    ],
    // One clinic with two devices.
    &[("hill", SiteKind::Clinic, "hill", 2)],
    // Two clinics of one district, and one outside it.
    &[
        ("hill", SiteKind::Clinic, "north", 1),
        ("lake", SiteKind::Clinic, "north", 1),
        ("port", SiteKind::Clinic, "south", 1),
    ],
];

/// Makes every fleet.
pub(crate) fn templates() -> Result<Vec<Template>> {
    FLEETS
        .iter()
        .zip(1..)
        .map(|(fleet, seed)| template(fleet, seed))
        .collect()
}

fn template(fleet: &[Plan], seed: u64) -> Result<Template> {
    let time = Time::starting_at(BEGIN_MS - 60_000);
    let world = Machine::new(&time, seed);
    let founding = Founding {
        name: "sim".into(),
        address: "hub.sim:1".into(),
    };
    let mut hub = Hub::found(HubStore::in_memory(1)?, &founding, Box::new(world.clone()))?;
    let mut seats = Vec::new();
    for (name, kind, scope, devices) in fleet {
        let site = hub.add_site(name, *kind, Some(scope))?;
        for device in 0..*devices {
            let person = hub.add_person(&format!("{name} {device}"), Role::Clinician, &[site])?;
            seats.push((site, seat(&mut hub, &world, site, person)?));
        }
    }
    let clinics = seats.into_iter().map(|(site, mut seat)| {
        seat.scopes = hub.roster().scopes_of(site);
        seat
    });
    let clinics = clinics.collect();
    Ok(Template {
        clinics,
        hub: hub.into_store(),
    })
}

/// Enrols a device, as the hub's administrator and the clinic do it together.
fn seat(hub: &mut Hub, world: &Machine, site: SiteId, person: PersonId) -> Result<Seat> {
    let key = || {
        let mut seed = [0; 32];
        desktop_client::Host::fill_random(world, &mut seed);
        seed
    };
    let [tls, log, sign] = [key(), key(), key()].map(SigningKey::from_seed);
    let invite = hub.invite_device(site, person, "", 24)?;
    let enrol = Enrol {
        token: invite.token,
        tls: tls.public(),
        log: log.public(),
        sign: sign.public(),
        seal: BoxKey::from_seed(key()).public(),
        person,
        label: String::new(),
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
    Ok(Seat {
        store: driver.into_store(),
        identity,
        person,
        sign,
        scopes: Vec::new(),
    })
}
