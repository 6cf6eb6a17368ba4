//! Computers in a run that were not there when it began.

use rand::RngExt as _;
use roster::Role;
use store::HubStore;

use super::Run;
use crate::clinic::Clinic;
use crate::machine::Machine;
use crate::report::Seen;
use crate::template::{Seat, seat};
use crate::violation::{Law, Violation};

impl Run {
    /// Enrols another computer at a clinic's site, if the hub runs.
    pub(super) fn enrol(&mut self, beside: usize) -> Result<(), Violation> {
        let Some(device) = self.clinics.get(beside).map(|it| it.seat.identity.device) else {
            return Ok(());
        };
        // Power stays until it is done: a person stands beside it.
        self.hub.machine.disarm();
        let machine = Machine::new(&self.time, self.rng.random());
        let Some(hub) = self.hub.hub() else {
            return Ok(());
        };
        let Some(site) = hub.roster().device(device).map(|it| it.site) else {
            return Ok(());
        };
        let enrolled = hub
            .add_person("late", Role::Clinician, &[site])
            .map_err(anyhow::Error::from)
            .and_then(|person| seat(hub, &machine, site, person));
        let (late, store) = enrolled.map_err(|error| {
            let why = format!("a computer was not enrolled: {error}");
            Violation::new(Law::EverybodyGetsOn, why)
        })?;
        let scopes = hub.roster().scopes_of(site);
        self.report.count(Seen::Enrolled);
        let mut clinic = Clinic::down(machine, &Seat { scopes, ..late }, &store)?;
        clinic.start()?;
        self.clinics.push(clinic);
        Ok(())
    }

    /// Notes whether a hub that is put back from a copy forgets a computer.
    pub(super) fn note_forgotten(&mut self, backup: &HubStore) -> Result<(), Violation> {
        let epochs = (backup.roster_epoch()?, self.hub.store()?.roster_epoch()?);
        if epochs.0 < epochs.1 {
            self.report.count(Seen::EnrolmentLost);
        }
        Ok(())
    }
}
