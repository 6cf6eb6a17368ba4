//! What happens from outside: people, power cuts, clocks, bad weather.

use rand::RngExt as _;
use store::HubStore;
use sync_server::STEP;
use wire::Versions;

use super::{Event, Run};
use crate::laws;
use crate::link::{End, LinkId};
use crate::machine::Machine;
use crate::plan::{Happening, Who};
use crate::report::Seen;
use crate::sabotage::Sabotage;
use crate::violation::Violation;

impl Run {
    pub(super) fn happens(&mut self, happening: Happening) -> Result<(), Violation> {
        self.say(|| format!("{happening:?}"));
        match happening {
            Happening::Act(clinic) => self.act(clinic),
            Happening::Disagree(clinic) => self.disagree(clinic),
            Happening::Connect(clinic) => self.connect(clinic),
            Happening::Kill(who) => {
                let how = match who {
                    Who::Hub => Seen::HubKilled,
                    Who::Clinic(_) => Seen::ClinicKilled,
                };
                self.kill(who, how)
            }
            Happening::Fuse(who, questions) => {
                self.with_machine(who, |machine| machine.arm(questions));
                Ok(())
            }
            Happening::SetClock(who, wall_ms) => {
                let is_ahead = wall_ms > self.time.now();
                self.report.count(if is_ahead {
                    Seen::ClockAhead
                } else {
                    Seen::ClockBehind
                });
                self.with_machine(who, |machine| machine.set_wall(wall_ms));
                Ok(())
            }
            Happening::Partition(clinic, lasts) => {
                self.report.count(Seen::CutOff);
                let until = self.now() + lasts;
                if let Some(clinic) = self.clinics.get_mut(clinic) {
                    clinic.cut_off_until = until;
                }
                Ok(())
            }
            Happening::BackUp => {
                self.backup = Some(self.hub.store()?.copy_in_memory()?);
                Ok(())
            }
            Happening::RestoreHub => self.put_back(),
            Happening::Enrol(beside) => self.enrol(beside),
            Happening::Backup(clinic) => self.back_up(clinic),
            Happening::Restore(clinic) => self.restore(clinic),
            Happening::Clone(clinic) => self.clone_clinic(clinic),
            Happening::Materialise(entries) => self.materialise(entries),
            Happening::Move(which) => self.move_a_chart(which),
            Happening::Fetch(clinic, which) => self.fetch(clinic, which),
            Happening::Carry(clinic) => self.carry(clinic),
            Happening::Neighbours(one, other) => self.meet_neighbour(one, other),
            Happening::Attach(clinic, which) => self.attach(clinic, which),
            Happening::Frail(below) => {
                self.hub.die_over(below);
                Ok(())
            }
            Happening::Rate(clinic, rate) => {
                self.report.count(Seen::RateStep);
                self.rates.insert(clinic, rate);
                Ok(())
            }
            Happening::Update(who) => {
                self.set_versions(who, Versions::SPOKEN);
                self.kill(who, Seen::Updated)
            }
        }
    }

    /// Says which versions of the protocol a program speaks when it is started next.
    pub(super) fn set_versions(&mut self, who: Who, versions: Versions) {
        match who {
            Who::Hub => self.hub.versions = versions,
            Who::Clinic(clinic) => {
                if let Some(clinic) = self.clinics.get_mut(clinic) {
                    clinic.versions = versions;
                }
            }
        }
    }

    fn with_machine(&self, who: Who, set: impl FnOnce(&Machine)) {
        match who {
            Who::Hub => set(&self.hub.machine),
            Who::Clinic(clinic) => {
                if let Some(clinic) = self.clinics.get(clinic) {
                    set(&clinic.machine);
                }
            }
        }
    }

    /// Kills a process. Its links break, and it comes back later.
    pub(super) fn kill(&mut self, who: Who, how: Seen) -> Result<(), Violation> {
        if let Who::Clinic(clinic) = who
            && clinic >= self.clinics.len()
        {
            // The copy that this was for is not made yet.
            return Ok(());
        }
        self.say(|| format!("{who:?} is killed: {how:?}"));
        self.report.count(how);
        match who {
            Who::Hub => {
                self.hub.kill();
                if self.is_broken(Sabotage::RestoreTheHub) {
                    self.restore_hub()?;
                }
            }
            Who::Clinic(clinic) => {
                if let Some(clinic) = self.clinics.get_mut(clinic) {
                    clinic.kill();
                }
                if self.is_broken(Sabotage::ReplayRandomness) {
                    self.with_machine(who, Machine::replay_randomness);
                }
            }
        }
        for (link, end) in self.links_of(who) {
            if let Some(state) = self.links.get_mut(&link) {
                state.close_at(end);
            }
            self.break_link(link);
        }
        let at = self.now() + self.rng.random_range(50..4_000);
        self.schedule(at, Event::Restart(who));
        Ok(())
    }

    /// Puts the copy in the hub's place. What it acknowledged since is lost there, and nowhere else.
    fn put_back(&mut self) -> Result<(), Violation> {
        let Some(backup) = &self.backup else {
            return Ok(());
        };
        let backup = backup.copy_in_memory()?;
        self.note_lost(&backup)?;
        self.note_forgotten(&backup)?;
        self.kill(Who::Hub, Seen::HubRestored)?;
        self.hub.restore(backup);
        Ok(())
    }

    /// Notes what the hub has and its copy has not.
    fn note_lost(&mut self, backup: &HubStore) -> Result<(), Violation> {
        self.ledger.restores += 1;
        for clinic in &self.clinics {
            let own = clinic.store()?.log_head()?;
            let head = self.hub.store()?.log_head(own.device, own.epoch)?;
            if backup.log_head(own.device, own.epoch)?.seq < head.seq {
                self.ledger.lost.push(head);
            }
        }
        Ok(())
    }

    fn links_of(&self, who: Who) -> Vec<(LinkId, End)> {
        let end = match who {
            Who::Hub => End::Hub,
            Who::Clinic(_) => End::Clinic,
        };
        let theirs = self.links.iter().filter(|(_, link)| {
            link.is_open_at(end) && (who == Who::Hub || who == Who::Clinic(link.clinic))
        });
        theirs.map(|(link, _)| (*link, end)).collect()
    }

    pub(super) fn restart(&mut self, who: Who) -> Result<(), Violation> {
        self.say(|| format!("{who:?} starts again"));
        match who {
            Who::Hub => {
                self.hub.start()?;
                laws::acknowledged(self)?;
                self.materialise(STEP)
            }
            Who::Clinic(clinic) => {
                if let Some(clinic) = self.clinics.get_mut(clinic) {
                    clinic.start()?;
                }
                laws::held(self, clinic)
            }
        }
    }
}
