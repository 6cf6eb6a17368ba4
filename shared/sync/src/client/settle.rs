//! Between WELCOME and the two flows: the own log is put where it belongs.
//!
//! Nothing of a feed is taken before: what another copy of this device wrote has the places of what was written
//! here, until that is in a new log. Batches and packs that come meanwhile are kept; the window bounds them.

use audit::{BeginReason, LogHead};
use wire::limits::{MAX_SKIPPED_LOGS, MAX_UNTAKEN_BATCHES};
use wire::{Message, Refused, Version};

use super::branch::{Branch, Search};
use super::open::{Rest, unexpected};
use super::push::Pushing;
use super::{ClientEffect, ClientEvent, ClientStanding};
use crate::abort::AbortReason;

/// The own log on its way to where it belongs.
#[derive(Debug)]
pub(super) struct Settling {
    version: Version,
    own: LogHead,
    noted_seq: u64,
    /// The highest log that this device or the hub knows.
    highest: u32,
    search: Search,
    /// What goes on once the log is where it belongs.
    rest: Option<Rest>,
    waiting: Vec<Message>,
    begin: Begin,
    grew: bool,
}

/// How far a new log is, if one is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    No,
    Asked(BeginReason),
    Done(BeginReason, LogHead),
}

/// The log is where it belongs.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) pushing: Pushing,
    pub(super) rest: Rest,
    /// What came of the feeds meanwhile.
    pub(super) waiting: Vec<Message>,
    /// Why a new log was begun, if one was.
    pub(super) begun: Option<BeginReason>,
}

impl Settling {
    pub(super) fn begin(
        version: Version,
        standing: &ClientStanding,
        logs: &[LogHead],
        rest: Rest,
    ) -> Self {
        let of_ours = logs.iter().filter(|it| it.device == standing.device);
        let known = of_ours.chain(&standing.older).map(|it| it.epoch);
        Self {
            version,
            own: standing.log,
            noted_seq: standing.stored.seq,
            highest: known.max().unwrap_or(0).max(standing.log.epoch),
            search: Search::begin(standing, logs),
            rest: Some(rest),
            waiting: Vec::new(),
            begin: Begin::No,
            grew: false,
        }
    }

    /// Tells whether the log grew meanwhile.
    pub(super) const fn grew(&self) -> bool {
        self.grew
    }

    pub(super) fn react(&mut self, event: ClientEvent) -> Result<(), AbortReason> {
        match event {
            ClientEvent::Received(message) => self.received(message),
            ClientEvent::ChainsCompared(last) => self.search.compared(last),
            ClientEvent::LogBegun(head) => match self.begin {
                Begin::Asked(why) => {
                    self.begin = Begin::Done(why, head);
                    Ok(())
                }
                Begin::No | Begin::Done(..) => Err(AbortReason::OutOfStep),
            },
            ClientEvent::NewEntries => {
                self.grew = true;
                Ok(())
            }
            ClientEvent::SegmentRead(_)
            | ClientEvent::Taken(_)
            | ClientEvent::HeldRead { .. }
            | ClientEvent::Attachments { .. }
            | ClientEvent::GroupRead(_)
            | ClientEvent::GroupKept(_)
            | ClientEvent::Kept { .. }
            | ClientEvent::ProvableRead { .. }
            | ClientEvent::MarksRead { .. }
            | ClientEvent::ChangesRead { .. }
            | ClientEvent::CarriedRead(_) => Err(AbortReason::OutOfStep),
            ClientEvent::LinkLost => Err(AbortReason::LinkLost),
        }
    }

    fn received(&mut self, message: Message) -> Result<(), AbortReason> {
        match message {
            message @ (Message::Feed(_) | Message::Pack(_)) => {
                if self.waiting.len() >= MAX_UNTAKEN_BATCHES {
                    return Err(AbortReason::WindowExceeded);
                }
                self.waiting.push(message);
                Ok(())
            }
            Message::Probed(probed) => self.search.probed(probed),
            Message::Refused(Refused { code, text }) => Err(AbortReason::Refused { code, text }),
            Message::Wait(_) | Message::Unknown { .. } => Ok(()),
            message @ (Message::Hello(_)
            | Message::Welcome(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Show(_)
            | Message::Repair(_)
            | Message::Return(_)
            | Message::Meet(_)
            | Message::Declined(_)
            | Message::Early(_)
            | Message::Probe(_)) => Err(unexpected(&message)),
        }
    }

    /// Asks for what is next, unless an answer is to come.
    pub(super) fn go_on(&mut self) -> Result<Option<ClientEffect>, AbortReason> {
        match (self.begin, self.search.found()) {
            (Begin::No, None) => self.search.go_on(),
            (Begin::No, Some(Branch::Other { continues, why })) => {
                self.begin = Begin::Asked(why);
                let last = self.own.epoch.saturating_add(MAX_SKIPPED_LOGS);
                let epoch = self.highest.checked_add(1).filter(|it| *it <= last);
                let epoch = epoch.ok_or(AbortReason::OwnLogUnclear)?;
                Ok(Some(ClientEffect::BeginLog {
                    epoch,
                    continues,
                    why,
                }))
            }
            (Begin::No, Some(Branch::Same { .. })) | (Begin::Asked(_) | Begin::Done(..), _) => {
                Ok(None)
            }
        }
    }

    /// Returns what to go on with, once the log is where it belongs.
    pub(super) fn finish(&mut self) -> Option<Settled> {
        let (pushing, begun) = match (self.begin, self.search.found()) {
            (Begin::No, Some(Branch::Same { stored })) => (
                Pushing::from(self.version, self.own, stored, self.noted_seq),
                None,
            ),
            (Begin::Done(why, head), _) => {
                let start = LogHead::start(head.device, head.epoch);
                (Pushing::from(self.version, head, start, 0), Some(why))
            }
            (Begin::No, Some(Branch::Other { .. }) | None) | (Begin::Asked(_), _) => return None,
        };
        Some(Settled {
            pushing,
            rest: self.rest.take()?,
            waiting: std::mem::take(&mut self.waiting),
            begun,
        })
    }
}
