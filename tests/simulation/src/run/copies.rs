//! Disks in a run: copied, put back, and copied to a second computer.

use audit::{Access, Entry, EntryKind};
use rand::RngExt as _;
use store::ReplicaStore;

use super::{Event, Run};
use crate::clinic::Clinic;
use crate::ledger::Shown;
use crate::machine::Machine;
use crate::plan::Who;
use crate::report::Seen;
use crate::violation::Violation;

impl Run {
    /// Tells whether a session may refer to a change that the hub lacks: one that it has lost, or of a branch that it does
    /// not take. The session that follows names none of them.
    pub(super) const fn may_lack_a_change(&self) -> bool {
        self.ledger.restores > 0 || !self.ledger.copied.is_empty()
    }

    /// Says whether there was ever a copy of a clinic's device.
    pub(crate) fn is_copied(&self, at: usize) -> bool {
        let device = self.clinics.get(at).map(|it| it.seat.identity.device);
        device.is_some_and(|it| self.ledger.copied.contains(&it))
    }

    /// Copies a clinic's disk, for later.
    pub(super) fn back_up(&mut self, at: usize) -> Result<(), Violation> {
        if let Some(clinic) = self.clinics.get_mut(at) {
            clinic.backup = Some(Box::new(clinic.store()?.copy_in_memory()?));
        }
        Ok(())
    }

    /// Puts what was copied in the place of a clinic's disk. What was only there is lost.
    pub(super) fn restore(&mut self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let Some(backup) = clinic.backup.take() else {
            return Ok(());
        };
        self.note_copied(at)?;
        self.note_lost_disk(at, &backup)?;
        self.kill(Who::Clinic(at), Seen::ClinicRestored)?;
        if let Some(clinic) = self.clinics.get_mut(at) {
            clinic.restore(*backup);
        }
        Ok(())
    }

    /// Copies a clinic's disk to a second computer.
    pub(super) fn clone_clinic(&mut self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get(at) else {
            return Ok(());
        };
        let seat = clinic.seat.clone();
        let store = clinic.store()?.copy_in_memory()?;
        self.note_copied(at)?;
        self.report.count(Seen::ClinicCloned);
        let machine = Machine::new(&self.time, self.rng.random());
        let copy = Clinic::down(machine, &seat, &store)?;
        self.clinics.push(copy);
        let starts = self.now() + self.rng.random_range(50..4_000);
        let copy = self.clinics.len().saturating_sub(1);
        self.schedule(starts, Event::Restart(Who::Clinic(copy)));
        Ok(())
    }

    fn note_copied(&mut self, at: usize) -> Result<(), Violation> {
        if let Some(clinic) = self.clinics.get(at) {
            if clinic.meeting.is_some() {
                self.report.count(Seen::CopiedInSession);
            }
            self.ledger.copied.push(clinic.seat.identity.device);
        }
        Ok(())
    }

    /// Takes what is only on a disk, and neither at the hub nor on the copy, out of what the run has seen.
    fn note_lost_disk(&mut self, at: usize, backup: &ReplicaStore) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get(at) else {
            return Ok(());
        };
        let store = clinic.store()?;
        let log = store.log_head()?;
        let mut lost = Vec::new();
        for kept in store.own_entries(log.epoch, 0, usize::MAX)? {
            let hub = self
                .hub
                .store()?
                .chain_at(log.device, log.epoch, kept.seq)?;
            let copy = backup.chain_at(log.epoch, kept.seq)?;
            if hub != Some(kept.chain) && copy != Some(kept.chain) {
                lost.extend(Entry::from_bytes(&kept.bytes));
            }
        }
        for entry in lost {
            self.report.count(Seen::EntryLost);
            if let (EntryKind::CHANGE, Some(chart)) = (entry.kind, entry.chart) {
                self.ledger.births.forget(chart);
            }
            if entry.kind != EntryKind::ACCESS {
                continue;
            }
            let Ok(access) = Access::from_bytes(&entry.payload) else {
                continue;
            };
            let shown = Shown {
                device: log.device,
                person: entry.person,
                event: access.event,
                chart: entry.chart,
            };
            let known = self.ledger.shown.iter().position(|it| *it == shown);
            if let Some(known) = known {
                self.ledger.shown.swap_remove(known);
            }
        }
        Ok(())
    }
}
