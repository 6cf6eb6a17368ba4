//! Attachments' bytes, after everything else: one blob after another, one group at a time, each way in turn.
//!
//! What goes up is offered, and the hub says what it lacks; of what is wanted here the hub is told the same. Nothing is
//! sent while anything of the log or the feeds is under way. What goes wrong with one blob ends that one alone: it is
//! counted, and tried again in the next session.

use std::collections::{BTreeSet, VecDeque};

use crypto::Blob;
use wire::limits::MAX_BLOBS_OF_A_SESSION;
use wire::{BlobGroup, BlobMessage, GroupRange, Message, RefusalCode, Want};

use super::{ClientBlobEffect, ClientEffect, Summary};
use crate::abort::AbortReason;

/// A blob that is wanted here, and what is lacking of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub blob: Blob,
    /// What is lacking, in order.
    pub lacking: Vec<GroupRange>,
}

/// How far the attachments have come.
#[derive(Debug)]
pub(super) struct Attaching {
    /// Whether the version spoken has attachments.
    is_second: bool,
    offers: VecDeque<Blob>,
    wants: VecDeque<Wanted>,
    /// What this session has tried: once is enough.
    tried: BTreeSet<Blob>,
    now: Option<(Blob, Step)>,
    /// How many groups of the blob that goes up may still be read: a hub that never has enough is left.
    left: u32,
}

/// How far a blob has come.
#[derive(Debug)]
enum Step {
    /// It goes up: it is to be offered.
    Due,
    /// The hub was asked what it lacks, by an offer or a group.
    Sent,
    /// The hub lacks this.
    Lacked(GroupRange),
    /// The store was asked for a group.
    Reading(u32),
    /// It comes down: this is lacking here.
    Lacking(Vec<GroupRange>),
    /// The hub was asked for it.
    Asked(Vec<GroupRange>),
    /// The store was given a group.
    Keeping,
}

impl Attaching {
    pub(super) fn begin(is_second: bool) -> Self {
        Self {
            is_second,
            offers: VecDeque::new(),
            wants: VecDeque::new(),
            tried: BTreeSet::new(),
            now: None,
            left: 0,
        }
    }

    /// Says whether nothing is to go or to come.
    pub(super) fn is_finished(&self) -> bool {
        self.now.is_none() && self.offers.is_empty() && self.wants.is_empty()
    }

    /// Takes up what is to go and what is to come. A hub that does not know how is not asked.
    pub(super) fn take_up(&mut self, offers: Vec<Blob>, wants: Vec<Wanted>) {
        if !self.is_second {
            return;
        }
        let room = |tried: &BTreeSet<Blob>| tried.len() < 2 * MAX_BLOBS_OF_A_SESSION;
        for blob in offers.into_iter().take(MAX_BLOBS_OF_A_SESSION) {
            if room(&self.tried) && self.tried.insert(blob) {
                self.offers.push_back(blob);
            }
        }
        for wanted in wants.into_iter().take(MAX_BLOBS_OF_A_SESSION) {
            let is_new = !wanted.lacking.is_empty() && room(&self.tried);
            if is_new && self.tried.insert(wanted.blob) {
                self.wants.push_back(wanted);
            }
        }
    }

    /// Does what is next, once nothing else is under way.
    pub(super) fn go_on(&mut self, summary: &mut Summary) -> Option<ClientEffect> {
        if self.left == 0
            && let Some((blob, Step::Lacked(_))) = self.now
        {
            self.give_up(blob, RefusalCode::WindowExceeded, summary);
        }
        let (blob, step) = match self.now.take() {
            Some(now) => now,
            None => self.next()?,
        };
        let (step, effect) = match step {
            Step::Due => {
                let offer = Message::Blob(BlobMessage::offer(blob));
                (Step::Sent, Some(ClientEffect::Send(offer)))
            }
            Step::Lacked(GroupRange(number, _end)) => {
                self.left = self.left.saturating_sub(1);
                let effect = ClientEffect::Blob(ClientBlobEffect::Read { blob, number });
                (Step::Reading(number), Some(effect))
            }
            Step::Lacking(lacking) => {
                let want = Want {
                    blob,
                    lacking: lacking.clone(),
                    code: RefusalCode::Done,
                    told: 0,
                };
                let effect = ClientEffect::Send(Message::Want(want));
                (Step::Asked(lacking), Some(effect))
            }
            waits @ (Step::Sent | Step::Reading(_) | Step::Asked(_) | Step::Keeping) => {
                (waits, None)
            }
        };
        self.now = Some((blob, step));
        effect
    }

    /// Returns the blob whose turn it is.
    fn next(&mut self) -> Option<(Blob, Step)> {
        if let Some(blob) = self.offers.pop_front() {
            self.left = blob.groups();
            return Some((blob, Step::Due));
        }
        let wanted = self.wants.pop_front()?;
        Some((wanted.blob, Step::Lacking(wanted.lacking)))
    }

    /// The hub says what it lacks.
    pub(super) fn wanted(
        &mut self,
        want: Want,
        summary: &mut Summary,
    ) -> Result<Option<ClientEffect>, AbortReason> {
        let is_due = matches!(&self.now, Some((blob, Step::Sent)) if *blob == want.blob);
        if !is_due {
            let kind = Message::Want(want).kind();
            return Err(AbortReason::UnexpectedMessage { kind });
        }
        let blob = want.blob;
        if want.code != RefusalCode::Done {
            self.give_up(blob, want.code, summary);
            return Ok(None);
        }
        let Some(range) = want.lacking.first() else {
            self.now = None;
            summary.attachments_sent = summary.attachments_sent.saturating_add(1);
            let told = want.told;
            let noted = ClientBlobEffect::NoteAtHub { blob, told };
            return Ok(Some(ClientEffect::Blob(noted)));
        };
        self.now = Some((blob, Step::Lacked(*range)));
        Ok(None)
    }

    /// The store answered with a group that the hub lacks; none if it is not here any more.
    pub(super) fn group_read(
        &mut self,
        group: Option<BlobGroup>,
        summary: &mut Summary,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        let Some((blob, Step::Reading(number))) = self.now.take() else {
            return Err(AbortReason::OutOfStep);
        };
        let Some(group) = group else {
            self.give_up(blob, RefusalCode::BlobMissing, summary);
            return Ok(());
        };
        if group.number != number {
            return Err(AbortReason::OutOfStep);
        }
        self.now = Some((blob, Step::Sent));
        let message = BlobMessage::group(blob, group);
        effects.push(ClientEffect::Send(Message::Blob(message)));
        Ok(())
    }

    /// The hub sends a group, or says why it does not.
    pub(super) fn received(
        &mut self,
        message: BlobMessage,
        summary: &mut Summary,
    ) -> Result<Option<ClientEffect>, AbortReason> {
        let asked = match &self.now {
            Some((blob, Step::Asked(lacking))) if *blob == message.blob => lacking,
            Some(_) | None => return Err(unasked(message)),
        };
        let BlobMessage { blob, group, code } = message;
        let Some(group) = group else {
            let is_silent = code == RefusalCode::Done;
            let code = if is_silent {
                RefusalCode::BlobMissing
            } else {
                code
            };
            self.give_up(blob, code, summary);
            return Ok(None);
        };
        let number = group.number;
        if !asked.iter().any(|it| it.has(number)) {
            return Err(unasked(BlobMessage::group(blob, group)));
        }
        match blob.verify(number, &group.bytes, &group.proof) {
            Ok(hash) => {
                self.now = Some((blob, Step::Keeping));
                Ok(Some(ClientEffect::Blob(ClientBlobEffect::Keep {
                    blob,
                    number,
                    bytes: group.bytes,
                    hash,
                })))
            }
            Err(_not_proven) => {
                let code = RefusalCode::BlobMismatch;
                self.give_up(blob, code, summary);
                let lacking = Vec::new();
                let want = Want {
                    blob,
                    lacking,
                    code,
                    told: 0,
                };
                Ok(Some(ClientEffect::Send(Message::Want(want))))
            }
        }
    }

    /// The store has a group, and this is still lacking.
    pub(super) fn kept(&mut self, kept: Wanted, summary: &mut Summary) -> Result<(), AbortReason> {
        let is_due = matches!(&self.now, Some((blob, Step::Keeping)) if *blob == kept.blob);
        if !is_due {
            return Err(AbortReason::OutOfStep);
        }
        self.now = None;
        if kept.lacking.is_empty() {
            summary.attachments_taken = summary.attachments_taken.saturating_add(1);
        } else {
            self.now = Some((kept.blob, Step::Lacking(kept.lacking)));
        }
        Ok(())
    }

    /// Leaves a blob for the next session.
    fn give_up(&mut self, blob: Blob, code: RefusalCode, summary: &mut Summary) {
        self.now = None;
        summary.attachments_refused.push((blob, code));
    }
}

fn unasked(message: BlobMessage) -> AbortReason {
    AbortReason::UnexpectedMessage {
        kind: Message::Blob(message).kind(),
    }
}
