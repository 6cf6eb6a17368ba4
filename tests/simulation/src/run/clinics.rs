//! The clinics in a run: what people do, and sessions with the hub.

use desktop_client::Carried;
use rand::RngExt as _;
use sync::{AbortReason, ClientEffect, ClientEvent};
use wire::{FeedBatch, FeedItem, Message};

use super::{Run, Stepping};
use crate::acts::{Act, Deeds};
use crate::clinic::Clinic;
use crate::laws;
use crate::ledger::Shown;
use crate::link::{End, LinkId};
use crate::machine::Killed;
use crate::plan::Who;
use crate::sabotage::Sabotage;
use crate::violation::{Law, Violation};

impl Run {
    /// Somebody does something.
    pub(super) fn act(&mut self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get_mut(at).filter(|it| it.is_up()) else {
            return Ok(());
        };
        let charts = clinic.store()?.charts()?;
        let act = Act::draw(&mut self.rng, &charts);
        let unlogged = match &act {
            Act::Open(chart) if self.sabotage == Some(Sabotage::ShowUnlogged) => Some(*chart),
            Act::Open(_)
            | Act::Register(_)
            | Act::Correct(..)
            | Act::Visit(..)
            | Act::Find(_)
            | Act::Resolve(_) => None,
        };
        let done = match unlogged {
            Some(chart) => Ok(Some(Ok(vec![(audit::AccessEvent::OpenChart, Some(chart))]))),
            None => clinic.with(|client| act.perform(client)),
        };
        self.report.acts += 1;
        self.say(|| format!("clinic {at} has done {act:?}: {}", done.is_ok()));
        match done {
            Err(Killed) => self.kill(Who::Clinic(at)),
            Ok(None) => Ok(()),
            Ok(Some(deeds)) => self.note_deeds(at, deeds?),
        }
    }

    fn note_deeds(&mut self, at: usize, deeds: Deeds) -> Result<(), Violation> {
        let tells = self.rng.random_bool(0.5);
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let (device, person) = (clinic.seat.identity.device, clinic.seat.person);
        for (event, chart) in deeds {
            self.ledger.shown.push(Shown {
                device,
                person,
                event,
                chart,
            });
        }
        let newest = clinic.store()?.log_head()?.seq;
        // A session is told now, or finds out when it is finished.
        if let Some(meeting) = clinic.meeting.as_mut().filter(|it| tells || it.finished) {
            meeting.told_seq = newest;
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
            Err(Killed) => return self.kill(Who::Hub),
            Ok(admitted) => admitted?,
        }
        self.report.sessions += 1;
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
        if let Message::Feed(batch) = &message {
            laws::delivered(self, at, batch)?;
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
            | ClientEffect::Send(_)
            | ClientEffect::ReadSegment { .. }
            | ClientEffect::NoteStored(_)
            | ClientEffect::TakeRoster(_)
            | ClientEffect::NoteContact { .. }
            | ClientEffect::Finished(_)
            | ClientEffect::Abort(_)) => effect,
        };
        let carried = clinic.carry_out(effect.clone());
        self.say(|| format!("clinic {at} carries out {effect:?}"));
        match carried {
            Err(Killed) => return self.kill(Who::Clinic(at)),
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
            ClientEffect::Send(_)
            | ClientEffect::ReadSegment { .. }
            | ClientEffect::TakeRoster(_)
            | ClientEffect::NoteContact { .. }
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
            Carried::Aborted(AbortReason::LinkLost) => {
                self.give_up_meeting(at);
                Ok(())
            }
            Carried::Aborted(reason) => Err(Violation::new(
                Law::EverybodyGetsOn,
                format!("clinic {at} gave up: {reason}"),
            )),
        }
    }

    /// A session is finished: it goes on for what was written meanwhile, stays, or ends.
    fn finished(&mut self, at: usize) -> Result<(), Violation> {
        let Some(clinic) = self.clinics.get_mut(at) else {
            return Ok(());
        };
        let newest = clinic.store()?.log_head()?.seq;
        let Some(meeting) = &mut clinic.meeting else {
            return Ok(());
        };
        meeting.finished = true;
        if newest > meeting.told_seq {
            meeting.told_seq = newest;
            meeting.tell(ClientEvent::NewEntries);
        } else if !meeting.stays {
            let link = meeting.link;
            clinic.meeting = None;
            clinic.meetings_finished += 1;
            self.close_link(link, End::Clinic);
        }
        Ok(())
    }
}

/// Takes every change out of a batch that covers as much. What a client cannot read keeps it from computing the
/// digest, so that it goes on.
fn without_changes(batch: &FeedBatch) -> FeedBatch {
    let position = match batch.items().first() {
        Some(
            FeedItem::Own { position }
            | FeedItem::Change { position, .. }
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
