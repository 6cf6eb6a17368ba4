//! Frames on their way, and links that break.

use rand::RngExt as _;
use wire::{Early, Message};

use super::{Event, Run, Stepping};
use crate::link::{End, Link, LinkId};
use crate::report::Seen;
use crate::violation::{Law, Violation};

impl Run {
    /// Opens a link for a clinic.
    pub(super) fn open_link(&mut self, clinic: usize) -> LinkId {
        let link = self.next_link;
        self.next_link += 1;
        self.links.insert(link, Link::new(clinic));
        link
    }

    /// Sends a message from an end. Whether it arrives is for the network to say.
    pub(super) fn send(
        &mut self,
        link: LinkId,
        from: End,
        message: &Message,
    ) -> Result<(), Violation> {
        let bytes = message.to_bytes().map_err(|error| {
            Violation::new(
                Law::EverybodyGetsOn,
                format!("a message was not written: {error}"),
            )
        })?;
        let Some(clinic) = self
            .links
            .get(&link)
            .filter(|it| !it.broken)
            .map(|it| it.clinic)
        else {
            return Ok(());
        };
        if let (Message::Push(segment) | Message::Early(Early { segment, .. }), Some(link)) =
            (message, self.links.get_mut(&link))
        {
            link.pushed.extend(segment.after());
        }
        if self.is_lost(clinic) {
            self.break_link(link);
            return Ok(());
        }
        let to = from.other();
        if self.goes_amiss(self.plan.overtaken) {
            // It takes its own time, and those sent after it do not wait for it.
            self.comes_amiss(link, to, bytes, Seen::FrameOvertaken);
            return Ok(());
        }
        let sent = self.sent_at(link, to, clinic, bytes.len());
        let at = sent + self.latency();
        let at = self.arrival(link, to, at);
        if self.goes_amiss(self.plan.again) {
            self.comes_amiss(link, to, bytes.clone(), Seen::FrameAgain);
        }
        let amiss = None;
        self.schedule(
            at,
            Event::Arrive {
                link,
                to,
                bytes,
                amiss,
            },
        );
        Ok(())
    }

    /// Returns when the last byte of a frame is on its way, behind those sent before it.
    fn sent_at(&mut self, link: LinkId, to: End, clinic: usize, bytes: usize) -> u64 {
        let now = self.now();
        let rate = self.rates.get(&clinic).copied().unwrap_or(0);
        let takes = (bytes as u64 * 1_000).checked_div(rate).unwrap_or(0);
        if self.calm || takes == 0 {
            return now;
        }
        let link = self.links.get_mut(&link);
        let sent = link.map_or(now, |it| it.busy(to, now, takes));
        if sent > now + 1_000 {
            self.report.count(Seen::FrameSlow);
        }
        sent
    }

    fn goes_amiss(&mut self, likely: f64) -> bool {
        !self.calm && self.rng.random_bool(likely)
    }

    /// Lets a frame arrive some time after the newest, whatever is sent meanwhile.
    fn comes_amiss(&mut self, link: LinkId, to: End, bytes: Vec<u8>, how: Seen) {
        let Some(state) = self.links.get_mut(&link) else {
            return;
        };
        state.disturbed = true;
        let newest = state.last_arrival(to).max(self.now());
        let at = newest + self.rng.random_range(1..1_500);
        let amiss = Some(how);
        self.schedule(
            at,
            Event::Arrive {
                link,
                to,
                bytes,
                amiss,
            },
        );
    }

    /// Says whether a frame of the link came again or was overtaken.
    pub(super) fn is_disturbed(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|it| it.disturbed)
    }

    /// Says whether the link is of a device of which there was a copy.
    pub(super) fn is_link_of_copy(&self, link: LinkId) -> bool {
        self.links
            .get(&link)
            .is_some_and(|it| self.is_copied(it.clinic))
    }

    fn is_lost(&mut self, clinic: usize) -> bool {
        let cut_off = self
            .clinics
            .get(clinic)
            .is_some_and(|it| it.cut_off_until > self.now());
        !self.calm && (cut_off || self.rng.random_bool(self.plan.loss))
    }

    fn latency(&mut self) -> u64 {
        if !self.calm && self.rng.random_bool(self.plan.lag) {
            self.rng.random_range(500..6_000)
        } else {
            self.rng.random_range(1..80)
        }
    }

    fn arrival(&mut self, link: LinkId, to: End, at: u64) -> u64 {
        self.links
            .get_mut(&link)
            .map_or(at, |it| it.arrival(to, at))
    }

    /// Breaks a link: what is sent from now on is lost, what is on its way may still arrive, and each
    /// end learns of it in its own time.
    pub(super) fn break_link(&mut self, link: LinkId) {
        let now = self.now();
        let Some(state) = self.links.get_mut(&link).filter(|it| !it.broken) else {
            return;
        };
        state.broken = true;
        let arrives = state.last_arrival(End::Hub).max(now);
        self.report.count(Seen::Broken);
        self.say(|| format!("link {link} breaks"));
        let clinic_learns = now + self.rng.random_range(10..2_000);
        let hub_learns = arrives + self.rng.random_range(10..8_000);
        self.schedule(
            clinic_learns,
            Event::Lost {
                link,
                at: End::Clinic,
            },
        );
        self.schedule(hub_learns, Event::Lost { link, at: End::Hub });
    }

    /// Closes a link in order: what was sent before still arrives.
    pub(super) fn close_link(&mut self, link: LinkId, by: End) {
        let now = self.now();
        let Some(state) = self.links.get_mut(&link) else {
            return;
        };
        state.close_at(by);
        let other = by.other();
        let at = state.last_arrival(other).max(now) + 1;
        self.schedule(at, Event::Lost { link, at: other });
    }

    /// A frame arrives.
    pub(super) fn arrived(
        &mut self,
        link: LinkId,
        to: End,
        bytes: &[u8],
        amiss: Option<Seen>,
    ) -> Result<(), Violation> {
        let Some(state) = self.links.get(&link).filter(|it| it.is_open_at(to)) else {
            return Ok(());
        };
        let clinic = state.clinic;
        self.report.count(Seen::Frame);
        if let Some(how) = amiss {
            self.report.count(how);
        }
        let message = Message::from_bytes(bytes).map_err(|error| {
            Violation::new(
                Law::EverybodyGetsOn,
                format!("a message was not read: {error}"),
            )
        })?;
        self.say(|| format!("link {link} to {to:?} {clinic}: {amiss:?} {message:?}"));
        match to {
            End::Clinic => self.clinic_received(clinic, link, message),
            End::Hub => self.hub_received(link, message),
        }
    }

    /// An end learns that its link is gone.
    pub(super) fn lost(&mut self, link: LinkId, at: End) -> Result<(), Violation> {
        let Some(state) = self.links.get_mut(&link).filter(|it| it.is_open_at(at)) else {
            return Ok(());
        };
        state.close_at(at);
        let clinic = state.clinic;
        self.say(|| format!("link {link} is gone for {at:?}"));
        match at {
            End::Hub => self.forget_peer(link)?,
            End::Clinic => {
                let meeting = self
                    .clinics
                    .get_mut(clinic)
                    .and_then(|it| it.meeting.as_mut());
                if let Some(meeting) = meeting.filter(|it| it.link == link) {
                    meeting.tell(sync::ClientEvent::LinkLost);
                    self.wake(Stepping::Clinic(clinic));
                }
            }
        }
        Ok(())
    }
}
