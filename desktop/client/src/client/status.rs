//! The honest line: what is at the hub, what is only here, when we last met; and whether every cache is true.

use std::time::Duration;

use record::{HybridClock, When};

use super::Client;
use crate::driver::EARLIEST_MS;
use crate::gauge::{Gauge, Sample};
use crate::meta;
use crate::views::{AttemptView, CommandError, StatusView, SyncState, SyncView, VerifyReport};

impl Client {
    /// Says where this replica stands. Nothing of any patient is in it.
    pub fn status(&mut self) -> Result<StatusView, CommandError> {
        let store = self.driver.store();
        let contact: Option<meta::Contact> = meta::read(store, meta::CONTACT)?;
        let met = contact.as_ref().filter(|it| it.wall_ms > 0);
        let attempt: Option<meta::Attempt> = meta::read(store, meta::ATTEMPT)?;
        let set_aside: meta::SetAside = meta::read(store, meta::SET_ASIDE)?.unwrap_or_default();
        let begun: Option<meta::LogBegun> = meta::read(store, meta::LOG_BEGUN)?;
        let (to_go, to_come) = store.count_blobs(self.driver.attachments_up_to()?)?;
        let device = self.driver.identity().device;
        let roster = self.driver.roster();
        let today = self.driver.today();
        let lens = self.driver.lens(&today);
        Ok(StatusView {
            person: lens.person(self.person),
            person_id: self.person.0,
            may_vouch: self.may_vouch()?,
            role: self.role.clone(),
            site: lens.site(self.driver.site()?),
            device: lens.device(device),
            device_id: device.0,
            charts: narrow(store.count_charts()?),
            at_hub: narrow(store.stored()?),
            unsent: narrow(store.unsent()?),
            last_contact: met.map(|it| instant(it.wall_ms)),
            last_attempt: attempt.map(|it| AttemptView {
                when: instant(it.wall_ms),
                problem: it.problem,
            }),
            roster_epoch: narrow(roster.epoch),
            conflicts: narrow(store.conflicts()?.len() as u64),
            quarantined: narrow(store.quarantined()?.len() as u64),
            set_aside: narrow(set_aside.len() as u64),
            restored: begun.map(|it| instant(it.wall_ms)),
            not_at_hub: narrow(self.driver.count_not_at_hub()?),
            hub_restored: contact
                .as_ref()
                .and_then(|it| it.rewritten.as_ref())
                .map(|it| instant(it.wall_ms)),
            leaving: narrow(store.count_leaving()?),
            asked_for: narrow(self.driver.fetches()?.len() as u64),
            attachments_to_go: narrow(to_go),
            attachments_to_come: narrow(to_come),
            clock_looks_wrong: self.clock_looks_wrong(contact.as_ref()),
            sync: self.sync_at_rest()?,
        })
    }

    /// Says what syncing has before it while no meeting is under way.
    fn sync_at_rest(&self) -> Result<SyncView, CommandError> {
        let (link, store) = (self.link_settings(), self.driver.store());
        let at_rest = Gauge::default().look(
            Duration::ZERO,
            Sample {
                own_entries: store.unsent()?,
                own_bytes: store.unsent_bytes()?,
                ..Sample::default()
            },
        );
        Ok(SyncView {
            state: SyncState::Idle,
            seconds_left: None,
            limit: link.limit,
            is_metered: link.is_metered(),
            ..at_rest
        })
    }

    /// Derives every cache again from the log and the changes, and compares. Shows nothing of any patient.
    pub fn verify(&mut self) -> Result<VerifyReport, CommandError> {
        let found = self.driver.verify()?;
        Ok(VerifyReport {
            ok: found.count == 0,
            entries: narrow(found.entries),
            charts: narrow(found.charts),
            changes: narrow(found.changes),
            digest: found.digest.to_string(),
            problems: found.problems,
        })
    }

    /// Writes the caches that differ again, from the changes. Returns how many entries of them there were.
    pub fn repair(&mut self) -> Result<u32, CommandError> {
        let repair = self.driver.verify()?.repair;
        let sources = repair.no_sources.len().max(repair.sources.len());
        let count = repair.charts.len() + repair.ghosts.len() + sources + repair.groups.len();
        let count = narrow(count as u64);
        self.driver.store_mut().repair(&repair)?;
        Ok(count)
    }

    /// A wall clock far behind what is known to have happened, or far from the hub's, is wrong.
    fn clock_looks_wrong(&self, contact: Option<&meta::Contact>) -> bool {
        let now = self.driver.host().now_ms();
        let day = HybridClock::MAX_AHEAD_MS;
        let newest = contact
            .map_or(0, |it| it.hub_ms)
            .max(self.driver.newest().ms());
        let far_from_hub = contact.is_some_and(|it| it.wall_ms.abs_diff(it.hub_ms) > day);
        now < EARLIEST_MS || now.saturating_add(day) < newest || far_from_hub
    }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn instant(ms: u64) -> String {
    When::from_ms(ms).as_str().to_owned()
}
