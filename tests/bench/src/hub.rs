//! What one process of the hub carries: entries a second on to the disk, devices that stay connected, feeds of many years.

mod crowd;
mod depth;
mod ingest;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use crypto::{BoxKey, PublicKey, SigningKey};
use record::DeviceId;
use roster::{Role, SiteKind};
use serde_json::{Value, json};
use sync_server::{Founding, Home, Hub, OsWorld};
use wire::{Enrol, Enrolling};

/// A computer of the fleet.
struct Member {
    device: DeviceId,
    tls: SigningKey,
    log: SigningKey,
}

/// Measures it all. The folder is on the disk that is to be measured.
pub(crate) fn measure(devices: u32, depths: &[u64]) -> Result<Value> {
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let ingest = ingest::measure(&folder.path().join("ingest"))?;
    let crowd = crowd::measure(&folder.path().join("crowd"), devices)?;
    let depth = depth::measure(&folder.path().join("depth"), depths)?;
    Ok(json!({"ingest": ingest, "crowd": crowd, "depth": depth}))
}

/// Sets a hub up with one clinic and so many computers.
fn fleet(home: &Path, devices: u32) -> Result<(Home, Hub, Vec<Member>)> {
    let home = Home::new(home);
    let founding = Founding {
        name: "Bench".to_owned(),
        address: "127.0.0.1:1".to_owned(),
    };
    let mut hub = Hub::init(&home, &founding, Box::new(OsWorld))?;
    let site = hub.add_site("Clinic", SiteKind::Clinic, None)?;
    let person = hub.add_person("Nurse", Role::Nurse, &[site])?;
    let mut members = Vec::new();
    for number in 0..devices {
        let key = |kind: &str| {
            SigningKey::from_seed(
                *crypto::hash(
                    "posta/bench/member",
                    &[kind.as_bytes(), &number.to_be_bytes()],
                )
                .as_bytes(),
            )
        };
        let [tls, log, sign, seal] = [key("tls"), key("log"), key("sign"), key("seal")];
        let invite = hub.invite_device(site, person, "", 24)?;
        let enrol = Enrol {
            token: invite.token,
            tls: tls.public(),
            log: log.public(),
            sign: sign.public(),
            seal: BoxKey::from_seed(
                *crypto::hash("posta/bench/seal", &[seal.public().as_bytes()]).as_bytes(),
            )
            .public(),
            person,
            label: String::new(),
            proves_actors: true,
        };
        let device = enrolled(&mut hub, tls.public(), &enrol)?;
        members.push(Member { device, tls, log });
    }
    Ok((home, hub, members))
}

fn enrolled(hub: &mut Hub, tls: PublicKey, enrol: &Enrol) -> Result<DeviceId> {
    let refused = |code| anyhow!("the hub refused: {code:?}");
    hub.enrol(tls, enrol).map_err(refused)?;
    let request = hub.waiting_requests()?.pop().context("no request")?;
    hub.approve_device(request.id, None)?;
    match hub.enrol(tls, enrol).map_err(refused)? {
        Enrolling::Approved { device, .. } => Ok(device),
        Enrolling::Pending { .. } => {
            anyhow::bail!("the hub did not approve")
        }
    }
}
