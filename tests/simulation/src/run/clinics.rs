//! The clinics in a run: what people do, and sessions with the hub.

use audit::{AccessEvent, BeginReason};
use desktop_client::Carried;
use rand::RngExt as _;
use record::ChartId;
use sync::{ClientBlobEffect, ClientEffect, ClientEvent};
use wire::{FeedBatch, FeedItem, Message, RepairStep};

use super::files::as_if_kept;
use super::{Run, Stepping};
use crate::acts::{Act, Deeds};
use crate::clinic::Clinic;
use crate::laws;
use crate::ledger::{Shown, Standing, note_standing};
use crate::link::{End, LinkId};
use crate::machine::Killed;
use crate::plan::Who;
use crate::report::Seen;
use crate::sabotage::Sabotage;
use crate::violation::Violation;

impl Run {
    /// Somebody does something.
    pub(super) fn act(&mut self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get(at).filter(|it| it.is_up()) else {
            return Ok(());
        };
        let charts = clinic.store()?.charts()?;
        let disagreed = !clinic.store()?.conflicts()?.is_empty();
        self.acts += 1;
        let act = if disagreed && self.rng.random_bool(0.5) {
            Act::Resolve(self.rng.random_range(0..3))
        } else {
            Act::draw(&mut self.rng, &charts, self.acts)
        };
        self.perform(at, &act)
    }

    /// Somebody corrects what others correct elsewhere.
    pub(super) fn disagree(&mut self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get(at).filter(|it| it.is_up()) else {
            return Ok(());
        };
        let charts = clinic.store()?.charts()?;
        self.acts += 1;
        Act::disagree(&charts, self.acts).map_or(Ok(()), |act| self.perform(at, &act))
    }

    pub(super) fn perform(&mut self, at: usize, act: &Act) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let charts = clinic.store()?.charts()?;
        let before = standing(clinic, act, &charts)?;
        let unlogged = match act {
            Act::Open(chart) if self.sabotage == Some(Sabotage::ShowUnlogged) => Some(*chart),
            Act::Open(_)
            | Act::Register(_)
            | Act::Correct(..)
            | Act::Visit(..)
            | Act::Find(_)
            | Act::Ask(_)
            | Act::Attach(..)
            | Act::Resolve(_) => None,
        };
        let done = match unlogged {
            Some(chart) => Ok(Some(Ok(vec![(AccessEvent::OpenChart, Some(chart))]))),
            None => clinic.with(|client| act.perform(client)),
        };
        self.report.count(act.seen());
        // Killed or not: what was committed counts.
        let after = standing(clinic, act, &charts)?;
        self.ledger.births.note(&before, &after);
        self.say(|| format!("clinic {at} has done {act:?}: {}", done.is_ok()));
        match done {
            Err(Killed) => self.kill(Who::Clinic(at), Seen::ClinicKilledActing),
            Ok(None) => Ok(()),
            Ok(Some(deeds)) => self.note_deeds(at, deeds?),
        }
    }

    /// Somebody registers the first patient of a scope.
    pub(crate) fn first_patient(&mut self, at: usize) -> Result<(), Violation> {
        let act = Act::draw(&mut self.rng, &[], 0);
        let clinic = self.clinics.get_mut(at);
        match clinic.map(|it| it.with(|client| act.perform(client))) {
            Some(Ok(Some(deeds))) => self.note_deeds(at, deeds?),
            Some(Ok(None) | Err(Killed)) | None => Ok(()),
        }
    }

    fn note_deeds(&mut self, at: usize, deeds: Deeds) -> Result<(), Violation> {
        let tells = self.rng.random_bool(0.5);
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let (device, person) = (clinic.seat.identity.device, clinic.seat.person);
        for (event, chart) in deeds {
            if event == AccessEvent::Resolve {
                self.report.count(Seen::Settled);
            }
            self.ledger.shown.push(Shown {
                device,
                person,
                event,
                chart,
            });
        }
        let newest = clinic.store()?.log_head()?;
        // A session is told now, or finds out when it is finished.
        if let Some(meeting) = clinic.meeting.as_mut().filter(|it| tells || it.finished) {
            meeting.told = newest;
            meeting.tell(ClientEvent::NewEntries);
            self.wake(Stepping::Clinic(at));
        }
        Ok(())
    }

    /// A clinic tries to reach the hub.
    pub(super) fn connect(&mut self, at: usize) -> Result<(), Violation> {
        let cut_off = self
            .clinics
            .get(at)
            .is_none_or(|it| it.cut_off_until > self.now());
        let up = self.clinics.get(at).is_some_and(Clinic::is_up);
        if !up || !self.hub.is_up() || (cut_off && !self.calm) {
            return Ok(());
        }
        // An old session is sometimes given up for a new one: what it sent still arrives, late.
        let busy = self.clinics.get(at).is_some_and(|it| it.meeting.is_some());
        if busy && self.rng.random_bool(0.5) {
            return Ok(());
        }
        self.give_up_meeting(at);
        let link = self.open_link(at);
        let stays = !self.calm && self.rng.random_bool(self.plan.stays);
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let key = clinic.seat.identity.tls.public();
        match self.hub.admit(link, key) {
            Err(Killed) => return self.kill(Who::Hub, Seen::HubKilledInSession),
            Ok(admitted) => admitted?,
        }
        self.report.count(Seen::Session);
        if clinic.meet(link, stays)? {
            self.wake(Stepping::Clinic(at));
        }
        Ok(())
    }

    /// Gives a session up without a word.
    pub(super) fn give_up_meeting(&mut self, at: usize) {
        let meeting = self.clinics.get_mut(at).and_then(|it| it.meeting.take());
        if let Some(meeting) = meeting {
            if let Some(link) = self.links.get_mut(&meeting.link) {
                link.close_at(End::Clinic);
            }
            self.break_link(meeting.link);
        }
    }

    pub(super) fn clinic_received(
        &mut self,
        at: usize,
        link: LinkId,
        message: Message,
    ) -> Result<(), Violation> {
        match &message {
            Message::Feed(batch) => laws::delivered(self, at, batch)?,
            Message::Hello(_)
            | Message::Welcome(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Refused(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Pack(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Show(_)
            | Message::Repair(_)
            | Message::Return(_)
            | Message::Meet(_)
            | Message::Declined(_)
            | Message::Early(_)
            | Message::Wait(_)
            | Message::Probe(_)
            | Message::Probed(_)
            | Message::Unknown { .. } => {}
        }
        if let Message::Repair(repair) = &message
            && let RepairStep::Items { items, .. } = &repair.step
        {
            laws::of_scope(self, at, repair.scope, items)?;
        }
        let meeting = self.clinics.get_mut(at).and_then(|it| it.meeting.as_mut());
        if let Some(meeting) = meeting.filter(|it| it.link == link) {
            meeting.tell(ClientEvent::Received(message));
            self.wake(Stepping::Clinic(at));
        }
        Ok(())
    }

    pub(super) fn step_clinic(&mut self, at: usize) -> Result<(), Violation> {
        let passes = self.is_broken(Sabotage::PassOverAChange);
        let drops = self.is_broken(Sabotage::DropAFile);
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let Some(effect) = clinic
            .meeting
            .as_mut()
            .and_then(|it| it.effects.pop_front())
        else {
            return Ok(());
        };
        let effect = match effect {
            ClientEffect::Take(batch) if passes => ClientEffect::Take(without_changes(&batch)),
            effect @ (ClientEffect::Take(_)
            | ClientEffect::TakePack(_)
            | ClientEffect::NoteFetched(_)
            | ClientEffect::Blob(_)
            | ClientEffect::Send(_)
            | ClientEffect::ReadSegment { .. }
            | ClientEffect::ReadCarried { .. }
            | ClientEffect::NoteDelivered(_)
            | ClientEffect::NoteDeclined(_)
            | ClientEffect::CompareChains { .. }
            | ClientEffect::BeginLog { .. }
            | ClientEffect::NoteStored(_)
            | ClientEffect::NoteLost(_)
            | ClientEffect::ReadHeld { .. }
            | ClientEffect::ReadProvable { .. }
            | ClientEffect::ReadMarks { .. }
            | ClientEffect::ReadChanges { .. }
            | ClientEffect::NoteNotAtHub { .. }
            | ClientEffect::Keep { .. }
            | ClientEffect::MoveCursor(_)
            | ClientEffect::TakeRoster(_)
            | ClientEffect::NoteContact(_)
            | ClientEffect::NoteShown
            | ClientEffect::Show(_)
            | ClientEffect::Finished(_)
            | ClientEffect::Abort(_)) => effect,
        };
        if drops && let Some(kept) = as_if_kept(&effect) {
            if let Some(meeting) = &mut clinic.meeting {
                meeting.tell(kept);
            }
            self.wake(Stepping::Clinic(at));
            return Ok(());
        }
        if let ClientEffect::TakePack(pack) = &effect {
            laws::packed(self, at, pack)?;
        }
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let carried = clinic.carry_out(effect.clone());
        self.say(|| format!("clinic {at} carries out {effect:?}"));
        match carried {
            Err(Killed) => return self.kill(Who::Clinic(at), Seen::ClinicKilledInSession),
            Ok(None) => return Ok(()),
            Ok(Some(carried)) => self.carried(at, &effect, carried?)?,
        }
        self.wake(Stepping::Clinic(at));
        Ok(())
    }

    fn carried(
        &mut self,
        at: usize,
        effect: &ClientEffect,
        carried: Carried,
    ) -> Result<(), Violation> {
        match effect {
            ClientEffect::NoteStored(head) => laws::stored(self, head)?,
            ClientEffect::Take(batch) => laws::taken(self, at, batch.scope(), batch.from())?,
            ClientEffect::BeginLog { continues, why, .. } => {
                self.report.count(Seen::LogBegun);
                if *why == BeginReason::Removed {
                    self.ledger.forget_after(continues);
                }
            }
            ClientEffect::MoveCursor(cursor) => {
                self.report.count(Seen::Repaired);
                laws::taken(self, at, cursor.scope, 0)?;
            }
            // The hub was shown the order of the feed, and found its own signature over it.
            ClientEffect::ReadChanges { .. } => self.report.count(Seen::GivenBack),
            ClientEffect::TakePack(pack) => {
                self.report.count(Seen::Packed);
                laws::taken(self, at, pack.head().scope, 0)?;
            }
            ClientEffect::NoteFetched(_) => self.report.count(Seen::Answered),
            ClientEffect::NoteDelivered(_) => self.report.count(Seen::Delivered),
            ClientEffect::Blob(ClientBlobEffect::NoteAtHub { blob, .. }) => {
                self.report.count(Seen::FileSent);
                self.ledger.files.insert(*blob);
            }
            ClientEffect::Blob(ClientBlobEffect::Keep { .. }) => {
                self.report.count(Seen::GroupTaken);
            }
            ClientEffect::Blob(ClientBlobEffect::Read { .. })
            | ClientEffect::Send(_)
            | ClientEffect::ReadSegment { .. }
            | ClientEffect::ReadCarried { .. }
            | ClientEffect::NoteDeclined(_)
            | ClientEffect::CompareChains { .. }
            | ClientEffect::NoteLost(_)
            | ClientEffect::ReadHeld { .. }
            | ClientEffect::ReadProvable { .. }
            | ClientEffect::ReadMarks { .. }
            | ClientEffect::NoteNotAtHub { .. }
            | ClientEffect::Keep { .. }
            | ClientEffect::TakeRoster(_)
            | ClientEffect::NoteContact(_)
            | ClientEffect::NoteShown
            | ClientEffect::Show(_)
            | ClientEffect::Finished(_)
            | ClientEffect::Abort(_) => {}
        }
        let clinic = self.clinics.get_mut(at);
        let Some(meeting) = clinic.and_then(|it| it.meeting.as_mut()) else {
            return Ok(());
        };
        let link = meeting.link;
        match carried {
            Carried::Done => Ok(()),
            Carried::Event(event) => {
                meeting.tell(event);
                Ok(())
            }
            Carried::Send(message) => self.send(link, End::Clinic, &message),
            Carried::Finished(_summary) => self.finished(at),
            Carried::Aborted(reason) => self.aborted(at, link, &reason),
        }
    }
}

/// Returns the birth dates that stand in those charts of a clinic's store that an act may change.
fn standing(clinic: &Clinic, act: &Act, known: &[ChartId]) -> Result<Standing, Violation> {
    let store = clinic.store()?;
    let mut standing = Standing::new();
    for chart in store.charts()? {
        let may_change = match act {
            Act::Register(_) => !known.contains(&chart),
            Act::Correct(corrected, _) => *corrected == chart,
            Act::Resolve(_) => true,
            Act::Visit(..) | Act::Open(_) | Act::Find(_) | Act::Ask(_) | Act::Attach(..) => false,
        };
        if may_change {
            let view = laws::view(chart, &store.snapshot(chart)?)?;
            note_standing(&mut standing, chart, view.and_then(|it| it.birth_date));
        }
    }
    Ok(standing)
}

/// Takes every change out of a batch that covers as much. What a client cannot read keeps it from computing the
/// digest, so that it goes on.
fn without_changes(batch: &FeedBatch) -> FeedBatch {
    let position = match batch.items().first() {
        Some(
            FeedItem::Own { position }
            | FeedItem::Change { position, .. }
            | FeedItem::Gone { position, .. }
            | FeedItem::Leave { position, .. }
            | FeedItem::Other { position, .. },
        ) => *position,
        None => return batch.clone(),
    };
    let unreadable = FeedItem::Other {
        kind: u16::MAX,
        position,
        payload: Vec::new(),
    };
    let items = vec![unreadable; batch.items().len()];
    let (scope, epoch) = (batch.scope(), batch.feed_epoch());
    FeedBatch::new(scope, epoch, batch.from(), batch.digest(), items)
        .unwrap_or_else(|_above| batch.clone())
}
